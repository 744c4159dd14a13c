#include "rejected.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <utility>

#include "configuration.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/spool/shared_names.hpp"

namespace setclick::cli {

namespace json = boost::json;

int rejected(rejected_options const& options, console const& io) {
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const& spool = read->values.spool.dir;
    auto const files = spool::files_to_fetch(spool);
    if (!files) return io.complain(files.error());
    auto const path_of = [&](spool::rejected_file const& file) {
        return printable(spool + "/rejected/" + file.name, 4096);
    };
    if (options.json) {
        json::array all;
        for (auto const& file : *files)
            all.push_back({{"path", path_of(file)},
                           {"bytes", file.bytes},
                           {"written", wall_text(file.written)}});
        io.out << json::serialize(json::object{{"files", std::move(all)}}) << "\n";
        return 0;
    }
    for (auto const& file : *files)
        io.out << path_of(file) << "  " << counted(file.bytes, "byte") << "  "
               << wall_text(file.written) << "\n";
    io.out.flush();
    if (files->empty())
        io.err << "nothing lies in rejected/ for this user" << std::endl;
    else if (io.out_is_terminal)
        io.err
            << "Each refused line stands after its reason (#! line N: …); of a table, behind the "
               "columns setclickd_line and setclickd_error. Copy a file, mend its lines, and "
               "submit it "
               "as it is: what was added is skipped."
            << std::endl;
    return 0;
}

}  // namespace setclick::cli
