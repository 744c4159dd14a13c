// The terminal of this process, taken for a full screen and given back as it was.
//
// Promises: while it is taken the alternate screen is shown, without a cursor, and keys come one by
// one without an echo; given back (by the destructor at the latest) the terminal's modes are those
// that it had, the cursor is shown and what stood there before stands there again. A terminal that
// takes nothing (Ctrl-S, a dead connection) never blocks: what it did not take is left out, and
// giving it back waits for it for a moment only. Never: another process's descriptor flags (the
// terminal is opened once more); the keys of signals (Ctrl-C, Ctrl-Z stay what they are).
#pragma once

#include <termios.h>

#include <memory>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "top_frame.hpp"

namespace setclick::cli {

class full_screen {
public:
    /// The terminal on standard output. An error where it is none, or cannot be opened.
    static result<std::unique_ptr<full_screen>> open();
    ~full_screen();
    full_screen(full_screen const&) = delete;
    full_screen& operator=(full_screen const&) = delete;

    void take();
    void give_back();

    int fd() const noexcept { return fd_.get(); }
    screen_size size() const;
    /// Replaces what is shown, as far as the terminal takes it now; the rest by `write_on`.
    void show(std::string_view bytes);
    /// True while something waits to be written.
    bool is_behind() const noexcept { return !writing_.empty() || !next_.empty(); }
    void write_on();
    /// What was typed; nothing where nothing was, and an error when the terminal is gone.
    result<std::string> typed();

private:
    explicit full_screen(unique_fd fd) : fd_(std::move(fd)) {}
    void write_all_soon(std::string_view bytes);

    unique_fd fd_;
    termios before_{};
    bool is_taken_ = false;
    std::string writing_;  // begun
    std::string next_;     // the newest that was not begun
};

}  // namespace setclick::cli
