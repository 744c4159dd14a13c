#include "files.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iomanip>
#include <string_view>

#include "configuration.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/status_model/collect_page.hpp"
#include "setclickd/status_model/page_json.hpp"

namespace setclick::cli {
namespace {

using status_model::file_report;

std::string where(file_report const& f) {
    return f.path.empty() ? std::string(name_of(f.place)) : printable(f.path, 500);
}

void print(file_report const& f, console const& io) {
    io.out << std::left << std::setw(22) << wall_text(f.taken_at) << std::setw(11)
           << name_of(f.stage) << std::right;
    for (auto const count :
         {f.waiting, f.held, f.delivered, f.rejected(), f.duplicate, f.discarded})
        io.out << std::setw(10) << count;
    io.out << "  " << printable(f.name, 500) << "  (" << where(f) << ")\n";
    for (auto const& [reason, count] : f.refused_reasons)
        io.out << "      " << grouped(count) << " refused: " << printable(reason, 400) << "\n";
    for (auto const& [reason, count] : f.rejected_reasons)
        io.out << "      " << grouped(count)
               << " rejected by the server: " << printable(reason, 400) << "\n";
}

}  // namespace

int files(files_options const& options, console const& io) {
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const opened = ledger::reader::open(setup::ledger_place_of(read->values));
    if (!opened) return io.complain(opened.error());
    auto const found = status_model::newest_files(**opened, options.limit);
    if (!found) return io.complain(found.error());
    if (!options.json && !found->empty())
        io.out << std::left << std::setw(22) << "TAKEN" << std::setw(11) << "STATE"
               << "   WAITING      HELD DELIVERED  REJECTED DUPLICATE DISCARDED  FILE (WHERE)\n";
    for (auto const& f : *found)
        if (options.json)
            io.out << boost::json::serialize(to_json(f)) << "\n";
        else
            print(f, io);
    io.out.flush();
    if (found->empty()) io.err << "no file was taken yet" << std::endl;
    return 0;
}

}  // namespace setclick::cli
