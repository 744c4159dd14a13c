#include "console.hpp"

#include <unistd.h>

#include <cstdlib>
#include <iostream>

#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

std::string_view code_of(colour c) noexcept {
    switch (c) {
        case colour::red:
            return "\x1b[31m";
        case colour::yellow:
            return "\x1b[33m";
        case colour::green:
            return "\x1b[32m";
        case colour::dim:
            return "\x1b[2m";
    }
    return "";
}

std::string painted(bool really, colour c, std::string_view text) {
    if (!really) return std::string(text);
    return std::string(code_of(c)) + std::string(text) + "\x1b[0m";
}

bool is_smart_terminal() {
    std::string_view const terminal = std::getenv("TERM") != nullptr ? std::getenv("TERM") : "";
    return !terminal.empty() && terminal != "dumb";
}

bool environment_allows_colour() {
    auto const* no_colour = std::getenv("NO_COLOR");
    return (no_colour == nullptr || *no_colour == '\0') && is_smart_terminal();
}

}  // namespace

std::string console::on_out(colour c, std::string_view text) const {
    return painted(out_is_terminal && may_colour, c, text);
}

std::string console::on_err(colour c, std::string_view text) const {
    return painted(err_is_terminal && may_colour, c, text);
}

int console::complain(error const& e) const {
    out.flush();  // in the order in which it happened, where both are one terminal
    err << "setclickd: " << e.message << std::endl;
    return static_cast<int>(exit_code_of(e.code));
}

console process_console() {
    return {std::cout,
            std::cerr,
            std::cin,
            ::isatty(1) == 1,
            ::isatty(2) == 1,
            ::isatty(0) == 1,
            environment_allows_colour(),
            ::isatty(1) == 1 && is_smart_terminal()};
}

std::string counted(std::uint64_t n, std::string_view what) {
    return grouped(n) + " " + std::string(what) + (n == 1 ? "" : "s");
}

}  // namespace setclick::cli
