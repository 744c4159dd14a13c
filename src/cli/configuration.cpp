#include "configuration.hpp"

#include <algorithm>

namespace setclick::cli {
namespace {

void say_errors(settings::loaded const& read, console const& io, char const* then) {
    for (auto const& f : read.findings)
        if (f.level == settings::severity::error) io.err << to_text(f) << "\n";
    // Nothing more is to be seen of one that is not there.
    if (!read.is_there) return;
    io.err << "setclickd: the configuration has errors; \"setclickd check\" shows everything"
           << then << std::endl;
}

}  // namespace

bool knows_places(settings::loaded const& read) {
    return read.is_toml && std::ranges::none_of(read.findings, [](settings::finding const& f) {
               return f.level == settings::severity::error &&
                      (f.key.starts_with("ledger.") || f.key == "spool.dir" ||
                       f.key == "control.socket");
           });
}

std::optional<settings::loaded> usable_configuration(std::string const& path, console const& io) {
    auto read = settings::load(path, settings::process_environment());
    if (read.usable()) return read;
    say_errors(read, io, "");
    return std::nullopt;
}

std::optional<settings::loaded> located_configuration(std::string const& path, console const& io) {
    auto read = settings::load(path, settings::process_environment());
    if (read.usable()) return read;
    bool const is_enough = knows_places(read);
    say_errors(read, io, is_enough ? "; this command goes on without it" : "");
    if (!is_enough) return std::nullopt;
    return read;
}

}  // namespace setclick::cli
