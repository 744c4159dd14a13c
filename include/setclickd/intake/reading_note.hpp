// Which line of which file is being read at this moment, for a signal handler that must write it
// down before the process ends.
//
// Written by the one thread that reads files, read by whichever thread a fatal signal meets. Costs
// a store or two for a line and is never on disk by itself. Never allocates, never locks.
#pragma once

#include <unistd.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace setclick::intake {

class reading_note {
public:
    enum class what : std::uint8_t { nothing, between, line };

    /// While it lives `file` is being read; begins between lines.
    class scope {
    public:
        scope(reading_note& note, std::string_view file, std::uint64_t offset) noexcept
            : note_(&note) {
            note.reader_.store(::gettid(), std::memory_order_relaxed);
            note.length_ = file.size() < note.file_.size() ? file.size() : note.file_.size();
            std::memcpy(note.file_.data(), file.data(), note.length_);
            note.between(offset);
        }
        ~scope() { note_->what_.store(what::nothing, std::memory_order_release); }
        scope(scope const&) = delete;
        scope& operator=(scope const&) = delete;

    private:
        reading_note* note_;
    };

    /// The line at `offset` is being read.
    void at(std::uint64_t offset) noexcept { set(what::line, offset); }
    /// The next one is being looked for.
    void between(std::uint64_t offset) noexcept { set(what::between, offset); }

    // for the signal handler
    what now() const noexcept { return what_.load(std::memory_order_acquire); }
    std::uint64_t offset() const noexcept { return offset_.load(std::memory_order_relaxed); }
    /// Where there is something to say: whether this very thread reads it.
    bool is_mine() const noexcept { return reader_.load(std::memory_order_relaxed) == ::gettid(); }
    std::string_view file() const noexcept { return {file_.data(), length_}; }

private:
    void set(what w, std::uint64_t offset) noexcept {
        offset_.store(offset, std::memory_order_relaxed);
        what_.store(w, std::memory_order_release);
    }

    std::array<char, 256> file_{};  // a name in work/ has at most 255 bytes
    std::size_t length_ = 0;
    std::atomic<std::uint64_t> offset_{0};
    std::atomic<what> what_{what::nothing};
    std::atomic<pid_t> reader_{0};
};

}  // namespace setclick::intake
