#include "confirm.hpp"

#include <istream>

#include "setclickd/base/text.hpp"

namespace setclick::cli {

result<void> confirmed(std::uint64_t count, std::string const& what, bool yes, console const& io,
                       std::string_view look_first) {
    if (yes) return {};
    if (!io.in_is_terminal || !io.err_is_terminal)
        return fail(errc::refused,
                    "this would " + what + "; confirm with --yes" + std::string(look_first));
    io.out.flush();
    io.err << "This will " << what << ". Type " << count << " to confirm: " << std::flush;
    std::string answer;
    std::getline(io.in, answer);
    if (answer == std::to_string(count)) return {};
    return fail(errc::refused, "not confirmed; nothing was changed");
}

}  // namespace setclick::cli
