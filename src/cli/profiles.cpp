#include "profiles.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "configuration.hpp"
#include "input_file.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/csv/profile_text.hpp"
#include "setclickd/csv/profiles.hpp"
#include "table_file.hpp"

namespace setclick::cli {
namespace {

/// A file's name as a profile's: what it may hold of it.
std::string name_for(std::string_view path) {
    auto base = path.substr(path.rfind('/') + 1);
    base = base.substr(0, base.rfind('.'));
    std::string out;
    for (char const c : base.substr(0, 40)) {
        bool const is_plain = is_letter(c) || is_digit(c);
        if (is_plain || (!out.empty() && out.back() != '-')) out += is_plain ? c : '-';
    }
    while (out.ends_with('-'))
        out.pop_back();
    return out.empty() ? "ours" : out;
}

bool may_be_a_name(std::string_view text) {
    return is_utf8(text) && std::ranges::any_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                      static_cast<unsigned char>(c) >= 0x80;
           });
}

int starter(std::string const& path, settings::settings const& s, csv::profiles const& known,
            console const& io) {
    auto const file = open_again(path, s.spool.max_file);
    if (!file) return io.complain(file.error());
    auto const looked = header_of_table(file->fd.get(), path, known, s.spool.max_line);
    if (!looked) return io.complain(looked.error());
    auto const shown = printable(path, 4096);
    if (!looked->refusal.empty())
        return io.complain(fail(errc::refused, shown + ": " + looked->refusal));
    if (looked->is_empty) return io.complain(fail(errc::refused, shown + " holds nothing"));
    std::vector<std::string_view> const names(looked->header.names.begin(),
                                              looked->header.names.end());
    if (std::ranges::none_of(names, may_be_a_name))
        return io.complain(fail(errc::refused, shown + " has no row with the columns' names"));
    io.out << csv::starter_profile(known, name_for(path), names);
    return 0;
}

}  // namespace

int profiles(profiles_options const& options, console const& io) {
    // Built-in ones are there without a configuration, too.
    auto read = settings::load(options.config, settings::process_environment());
    for (auto const& f : read.findings)
        if (f.level == settings::severity::error && f.key.starts_with("csv."))
            io.err << to_text(f) << "\n";
    csv::profiles const known(read.values.profiles);
    if (!options.from.empty()) return starter(options.from, read.values, known, io);
    if (!options.name.empty()) {
        auto const* p = known.named(options.name);
        if (p != nullptr) {
            io.out << csv::toml_of(*p);
            return 0;
        }
        std::vector<std::string_view> names;
        for (auto const& one : known.all())
            names.push_back(one.name);
        auto const near = nearest(options.name, names);
        return io.complain(
            fail(errc::usage,
                 "there is no profile " + shown_value(options.name, 60) +
                     (near.empty() ? "" : "; did you mean \"" + std::string(near) + "\"?")));
    }
    bool is_first = true;
    for (auto const& p : known.all()) {
        io.out << (std::exchange(is_first, false) ? "" : "\n") << csv::toml_of(p);
    }
    return 0;
}

}  // namespace setclick::cli
