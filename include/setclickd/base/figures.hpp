// Numbers that a part counts while it works, and that other threads read: counter, gauge, histogram.
//
// Promises: counting takes no lock and no memory, and is done in nanoseconds; a reader on another
// thread gets numbers of about the same moment, and a counter that it reads again is never smaller.
// A histogram's count is the sum of its buckets, whatever is counted meanwhile. Never: order between
// two figures; a name (the exporter gives names).
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace setclick {

/// Only goes up. From any thread.
class counter {
public:
    counter() = default;
    counter(counter const&) = delete;
    counter& operator=(counter const&) = delete;

    void add(std::uint64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
    std::uint64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::uint64_t> value_{0};
};

/// A number as it is now. From any thread.
class gauge {
public:
    gauge() = default;
    gauge(gauge const&) = delete;
    gauge& operator=(gauge const&) = delete;

    void set(std::int64_t to) noexcept { value_.store(to, std::memory_order_relaxed); }
    void add(std::int64_t n = 1) noexcept { value_.fetch_add(n, std::memory_order_relaxed); }
    std::int64_t value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<std::int64_t> value_{0};
};

/// What a histogram held at one moment, as plain data. Empty: not known.
struct histogram_values {
    std::vector<double> bounds;  ///< upper ones, each included; ascending
    /// Of each bucket alone, and last what is above all bounds: one more than there are bounds.
    std::vector<std::uint64_t> counts;
    double sum = 0;

    std::uint64_t count() const noexcept {
        std::uint64_t all = 0;
        for (auto const n : counts)
            all += n;
        return all;
    }

    friend bool operator==(histogram_values const&, histogram_values const&) = default;
};

/// How often which value was met, by fixed upper bounds. Durations are in seconds. From any thread.
class histogram {
public:
    static constexpr std::size_t most_bounds = 20;

    /// `bounds`: ascending, at most `most_bounds`; they live as long as this (a constant).
    explicit histogram(std::span<double const> bounds) noexcept
        : bounds_(bounds.first(bounds.size() < most_bounds ? bounds.size() : most_bounds)) {}
    histogram(histogram const&) = delete;
    histogram& operator=(histogram const&) = delete;

    /// The same value, `times` times.
    void add(double value, std::uint64_t times = 1) noexcept {
        std::size_t at = 0;
        while (at < bounds_.size() && value > bounds_[at])
            ++at;
        counts_[at].fetch_add(times, std::memory_order_relaxed);
        sum_.fetch_add(value * static_cast<double>(times), std::memory_order_relaxed);
    }
    /// A time span below zero (a clock that was set back) counts as none.
    template <class Rep, class Period>
    void add(std::chrono::duration<Rep, Period> span, std::uint64_t times = 1) noexcept {
        auto const in_seconds = std::chrono::duration<double>(span).count();
        add(in_seconds > 0 ? in_seconds : 0.0, times);
    }

    histogram_values values() const {
        histogram_values out;
        out.bounds.assign(bounds_.begin(), bounds_.end());
        out.counts.reserve(bounds_.size() + 1);
        for (std::size_t i = 0; i <= bounds_.size(); ++i)
            out.counts.push_back(counts_[i].load(std::memory_order_relaxed));
        out.sum = sum_.load(std::memory_order_relaxed);
        return out;
    }

private:
    std::span<double const> bounds_;
    std::array<std::atomic<std::uint64_t>, most_bounds + 1> counts_{};
    std::atomic<double> sum_{0};
};

}  // namespace setclick
