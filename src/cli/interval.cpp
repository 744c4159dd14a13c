#include "interval.hpp"

namespace setclick::cli {
namespace {

constexpr milliseconds least{200};
constexpr milliseconds most = std::chrono::days{1};

}  // namespace

result<milliseconds> interval_from(std::string_view option, std::string const& text) {
    auto const read = parse_duration(text);
    if (read && *read >= least && *read <= most) return *read;
    return fail(errc::usage, std::string(option) +
                                 ": write a duration from \"200ms\" to \"1d\", such as \"2s\"");
}

}  // namespace setclick::cli
