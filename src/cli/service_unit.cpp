#include "service_unit.hpp"

#include <filesystem>

#include "configuration.hpp"

namespace setclick::cli {

std::optional<setup::unit_sandbox> unit_that_reads(std::string const& config) {
    if (!setup::is_under_systemd()) return std::nullopt;
    auto unit = setup::installed_unit("setclickd.service");
    if (!unit) return std::nullopt;
    auto const& its = unit->config();
    if (std::filesystem::path(config) != std::filesystem::path(its.empty() ? default_config : its))
        return std::nullopt;
    return unit;
}

}  // namespace setclick::cli
