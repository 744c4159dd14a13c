#include "hidden_input.hpp"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <istream>
#include <optional>

#include "setclickd/base/ascii.hpp"

namespace setclick::cli {
namespace {

constexpr std::size_t longest = 64 * 1024;

volatile std::sig_atomic_t caught = 0;

extern "C" void note_signal(int number) {
    caught = number;
}

/// No echo while it lives. A signal ends the read, not the process: the terminal is put back first.
class without_echo {
public:
    without_echo() {
        caught = 0;
        struct sigaction noting {};
        noting.sa_handler = note_signal;  // without SA_RESTART: read returns
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals[i], &noting, &before_signal_[i]);
        if (::tcgetattr(STDIN_FILENO, &before_) != 0) return;
        auto quiet = before_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        quiet.c_lflag |= ECHONL;
        is_quiet_ = ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
    }
    without_echo(without_echo const&) = delete;
    without_echo& operator=(without_echo const&) = delete;
    ~without_echo() {
        if (is_quiet_) ::tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
        for (std::size_t i = 0; i < signals.size(); ++i)
            ::sigaction(signals[i], &before_signal_[i], nullptr);
    }

private:
    static constexpr std::array signals{SIGINT, SIGTERM, SIGHUP, SIGQUIT};

    termios before_{};
    std::array<struct sigaction, signals.size()> before_signal_{};
    bool is_quiet_ = false;
};

/// A line of the terminal, without std::cin, which goes on reading after a signal. The question comes when the echo is
/// off: whoever answers at once, a program mostly, would else see the secret and lose it.
std::optional<std::string> typed_line(std::string const& question, console const& io) {
    without_echo const quiet;
    io.err << question << ": " << std::flush;
    std::string line;
    char c = 0;
    while (line.size() < longest && ::read(STDIN_FILENO, &c, 1) == 1) {
        if (c == '\n') return line;
        line.push_back(c);
    }
    return std::nullopt;
}

error no_answer() {
    return fail(errc::refused, "no answer; nothing was changed");
}

}  // namespace

result<std::string> asked(std::string const& question, console const& io) {
    io.out.flush();
    io.err << question << ": " << std::flush;
    std::string line;
    if (!std::getline(io.in, line)) return no_answer();
    return std::string(trimmed(line, white_space));
}

result<secret<std::string>> asked_hidden(std::string const& question, console const& io) {
    io.out.flush();
    if (io.in_is_terminal) {
        auto line = typed_line(question, io);
        if (caught != 0) ::raise(caught);  // as if it had come without a question
        if (!line) return no_answer();
        return secret<std::string>(std::move(*line));
    }
    io.err << question << ": " << std::flush;
    std::string line;
    if (!std::getline(io.in, line)) return no_answer();
    return secret<std::string>(std::move(line));
}

result<secret<std::string>> piped_secret(console const& io) {
    std::string text;
    char buffer[4096];
    while (io.in.read(buffer, sizeof buffer), io.in.gcount() > 0) {
        text.append(buffer, static_cast<std::size_t>(io.in.gcount()));
        if (text.size() > longest)
            return fail(errc::invalid_data, "more than 64 KiB on standard input: not a token");
    }
    return secret<std::string>(std::move(text));
}

}  // namespace setclick::cli
