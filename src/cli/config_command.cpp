#include "config_command.hpp"

#include <span>
#include <vector>

#include "configuration.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/csv/profile_text.hpp"
#include "setclickd/csv/profiles.hpp"
#include "setclickd/settings/effective.hpp"

namespace setclick::cli {
namespace {

std::string origin_text(settings::effective_value const& value) {
    if (!value.from) return "default";
    auto text = printable(value.from->file, 4096);
    if (value.from->line != 0) text += ":" + std::to_string(value.from->line);
    return text;
}

std::string head_of(settings::effective_value const& value) {
    if (value.table == "account") return "[[account]]";
    return "[" + value.table + "]";
}

/// Of tables; with `all` the built-in ones, too.
void print_profiles(std::vector<csv::profile> const& own, bool all, console const& io) {
    auto const known = all ? csv::profiles(own) : csv::profiles();
    for (auto const& p : all ? known.all() : std::span<csv::profile const>(own))
        io.out << "\n" << csv::toml_of(p);
}

}  // namespace

int config_show(config_show_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    std::string table;
    int account = -1;
    for (auto const& value : settings::effective(*read)) {
        if (!value.from && !options.all) continue;
        if (value.table != table || value.account != account) {
            io.out << (table.empty() ? "" : "\n") << head_of(value) << "\n";
            table = value.table;
            account = value.account;
        }
        io.out << value.name << " = " << value.value;
        if (options.origin) io.out << io.on_out(colour::dim, "    # " + origin_text(value));
        io.out << "\n";
    }
    print_profiles(read->values.profiles, options.all, io);
    return 0;
}

}  // namespace setclick::cli
