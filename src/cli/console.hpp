// Where a command writes: data and talk apart, colour only where a person looks.
#pragma once

#include <ostream>
#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"

namespace setclick::cli {

enum class colour { red, yellow, green, dim };

struct console {
    std::ostream& out;  ///< data
    std::ostream& err;  ///< talk
    std::istream& in;
    bool out_is_terminal = false;
    bool err_is_terminal = false;
    bool in_is_terminal = false;
    bool may_colour = true;   ///< false with NO_COLOR or TERM=dumb
    bool has_screen = false;  ///< `out` is a terminal on which a place can be written to again

    /// The text for `out`, coloured when that is a terminal.
    std::string on_out(colour c, std::string_view text) const;
    std::string on_err(colour c, std::string_view text) const;

    /// "setclickd: MESSAGE" on `err`; the exit code of the error.
    int complain(error const& e) const;
};

/// Of this process.
console process_console();

/// "1 event", "1,234 events".
std::string counted(std::uint64_t n, std::string_view what);

}  // namespace setclick::cli
