#include "configuration.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

namespace setclick::cli {

std::optional<settings::loaded> usable_configuration(std::string const& path, console const& io) {
    auto read = settings::load(path, settings::process_environment());
    if (read.usable()) return read;
    for (auto const& f : read.findings)
        if (f.level == settings::severity::error) io.err << to_text(f) << "\n";
    io.err << "setclickd: the configuration has errors; \"setclickd check\" shows everything"
           << std::endl;
    return std::nullopt;
}

double effective_rate(settings::settings const& all, settings::account_settings const& account) {
    auto const limit = [](double rate) {
        return rate == 0 ? std::numeric_limits<double>::infinity() : rate;
    };
    return std::min(limit(account.rate_per_minute), limit(all.endpoint.rate_per_minute));
}

std::string credentials_directory() {
    auto const* directory = std::getenv("CREDENTIALS_DIRECTORY");
    return directory == nullptr ? "" : directory;
}

}  // namespace setclick::cli
