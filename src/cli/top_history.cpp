#include "top_history.hpp"

#include <algorithm>
#include <limits>

namespace setclick::cli {
namespace {

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();
/// Less of a column than this share is known: it is not shown.
constexpr double least_known = 0.25;

double in_seconds(steady_time::duration d) {
    return std::chrono::duration<double>(d).count();
}

std::uint64_t value_of(top_sample const& s, top_history::figure of) noexcept {
    switch (of) {
        case top_history::figure::delivered:
            return s.delivered;
        case top_history::figure::attempts:
            return s.attempts;
        case top_history::figure::rejected:
            break;
    }
    return s.rejected;
}

/// What the ledger counts goes on over a restart; what the daemon counts begins anew with it.
bool follow(top_sample const& a, top_sample const& b, top_history::figure of) noexcept {
    bool const is_of_daemon = of == top_history::figure::attempts;
    if (is_of_daemon && (a.pid == 0 || a.pid != b.pid)) return false;
    return value_of(b, of) >= value_of(a, of);
}

/// Counts of two histograms of one daemon; empty where they are of two.
std::vector<double> counted_between(top_sample const& a, top_sample const& b) {
    auto const& from = a.request_seconds;
    auto const& to = b.request_seconds;
    if (a.pid == 0 || a.pid != b.pid || from.bounds != to.bounds || to.counts.empty()) return {};
    std::vector<double> out;
    for (std::size_t i = 0; i < to.counts.size(); ++i) {
        if (to.counts[i] < from.counts[i]) return {};
        out.push_back(static_cast<double>(to.counts[i] - from.counts[i]));
    }
    return out;
}

/// The value below which this share lies: as if each bucket's were spread evenly over it. Above the
/// last bound there is nothing to spread over: that bound.
double quantile(double share, std::vector<double> const& bounds,
                std::vector<double> const& counts) {
    double all = 0;
    for (auto const n : counts)
        all += n;
    if (!(all > 0) || bounds.empty()) return unknown;
    auto left = share * all;
    double lower = 0;
    for (std::size_t i = 0; i < bounds.size(); ++i) {
        if (counts[i] > 0 && left <= counts[i])
            return lower + (bounds[i] - lower) * left / counts[i];
        left -= counts[i];
        lower = bounds[i];
    }
    return bounds.back();
}

}  // namespace

void top_history::add(top_sample sample) {
    if (!samples_.empty() && sample.at <= samples_.back().at) return;
    // One column more than is shown: the first one begins before the oldest time.
    auto const oldest = sample.at - looks_back_ - looks_back_ / 4;
    samples_.push_back(std::move(sample));
    while (samples_.size() > 2 && samples_[1].at < oldest)
        samples_.pop_front();
}

seconds top_history::column_length(std::size_t columns) const noexcept {
    auto const all = std::chrono::ceil<seconds>(looks_back_).count();
    auto const count = static_cast<std::int64_t>(std::max<std::size_t>(columns, 1));
    return seconds{std::max<std::int64_t>((all + count - 1) / count, 1)};
}

std::vector<top_history::span> top_history::columns(std::size_t count) const {
    std::vector<span> out;
    if (samples_.empty() || count == 0) return out;
    auto const length = column_length(count);
    auto const newest = samples_.back().at;
    auto const since_epoch = std::chrono::floor<seconds>(newest.time_since_epoch());
    auto const whole = steady_time{since_epoch - since_epoch % length};  // begins the column of now
    for (std::size_t i = 0; i + 1 < count; ++i) {
        auto const end = whole - length * static_cast<std::int64_t>(count - 2 - i);
        out.push_back({end - length, end});
    }
    // The last one rolls, so that it does not begin with next to nothing.
    out.push_back({newest - length, newest});
    return out;
}

/// The sample that the time after `when` begins with.
std::size_t top_history::first_before(steady_time when) const {
    auto const after = std::ranges::upper_bound(samples_, when, {}, &top_sample::at);
    return static_cast<std::size_t>(std::max<std::ptrdiff_t>(after - samples_.begin() - 1, 0));
}

double top_history::rate_in(figure of, span when, double least) const {
    double counted = 0;
    double known = 0;
    for (auto i = first_before(when.from); i + 1 < samples_.size() && samples_[i].at < when.to;
         ++i) {
        auto const& a = samples_[i];
        auto const& b = samples_[i + 1];
        auto const common = in_seconds(std::min(b.at, when.to) - std::max(a.at, when.from));
        if (common <= 0 || !follow(a, b, of)) continue;
        counted += static_cast<double>(value_of(b, of) - value_of(a, of)) * common /
                   in_seconds(b.at - a.at);
        known += common;
    }
    bool const is_known = known > 0 && known >= least * in_seconds(when.to - when.from);
    return is_known ? counted / known : unknown;
}

double top_history::duration_in(double share, span when) const {
    std::vector<double> all;
    std::vector<double> const* bounds = nullptr;
    for (auto i = first_before(when.from); i + 1 < samples_.size() && samples_[i].at < when.to;
         ++i) {
        auto const& a = samples_[i];
        auto const& b = samples_[i + 1];
        auto const common = in_seconds(std::min(b.at, when.to) - std::max(a.at, when.from));
        if (common <= 0) continue;
        auto const counts = counted_between(a, b);
        if (counts.empty() || (!all.empty() && all.size() != counts.size())) continue;
        all.resize(counts.size());
        auto const part = common / in_seconds(b.at - a.at);
        for (std::size_t k = 0; k < counts.size(); ++k)
            all[k] += counts[k] * part;
        bounds = &b.request_seconds.bounds;
    }
    return bounds == nullptr ? unknown : quantile(share, *bounds, all);
}

std::vector<double> top_history::rates(figure of, std::size_t count) const {
    std::vector<double> out;
    for (auto const& when : columns(count))
        out.push_back(rate_in(of, when, least_known));
    return out;
}

std::vector<double> top_history::durations(double share, std::size_t count) const {
    std::vector<double> out;
    for (auto const& when : columns(count))
        out.push_back(duration_in(share, when));
    return out;
}

double top_history::rate(figure of, milliseconds lately) const {
    if (samples_.empty()) return unknown;
    auto const newest = samples_.back().at;
    return rate_in(of, {newest - lately, newest}, 0);
}

double top_history::duration(double share, milliseconds lately) const {
    if (samples_.empty()) return unknown;
    auto const newest = samples_.back().at;
    return duration_in(share, {newest - lately, newest});
}

}  // namespace setclick::cli
