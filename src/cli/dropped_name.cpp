#include "dropped_name.hpp"

#include <string_view>

#include "setclickd/base/text.hpp"
#include "setclickd/spool/name.hpp"

namespace setclick::cli {

std::string name_problem(std::string const& name, csv::profiles const& known) {
    auto const shown = printable(name, 300);
    if (name.find('/') != std::string::npos)
        return "the name " + shown + " has a slash; --name gives a file's name, no folder";
    if (name.size() > spool::max_name)
        return "the name " + shown + " is longer than " + std::to_string(spool::max_name) +
               " bytes";
    if (spool::is_packed(name)) return shown + " is compressed: unpack it first";
    if (auto const cure = spool::cure_of_document(name); !cure.empty())
        return shown + " " + std::string(cure);
    auto const is_table = [&](std::string_view text) { return known.has_match(text); };
    if (spool::kind_of(name, is_table) == spool::name_kind::take) return {};
    return "the daemon would not take the name " + shown +
           "; it must end in .csv, .tsv, .ndjson, .jsonl or .json (.txt where match of a profile "
           "has it) and not begin with a dot: \"setclickd submit --name\" gives another one";
}

}  // namespace setclick::cli
