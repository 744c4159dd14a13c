#include "ledger_postgres.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <string>
#include <string_view>

#include "configuration.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/ledger/transfer.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/spool/directory.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

/// One line that is written over, on a terminal.
class stage_line {
public:
    explicit stage_line(console const& io) : io_(io) {}
    ~stage_line() {
        if (!shown_.empty()) io_.err << "\r\x1b[K" << std::flush;
    }
    stage_line(stage_line const&) = delete;
    stage_line& operator=(stage_line const&) = delete;

    void show(std::string_view stage) {
        if (!io_.err_is_terminal || stage == shown_) return;
        shown_ = stage;
        io_.err << "\r\x1b[K" << shown_ << " …" << std::flush;
    }

private:
    console const& io_;
    std::string shown_;
};

result<ledger::place> postgres_of(settings::settings const& s) {
    auto where = setup::ledger_place_of(s);
    if (!where.is_in_postgres())
        return fail(errc::usage, "[ledger] postgres names no database: the ledger is the file " +
                                     printable(s.ledger.path, 4096));
    return where;
}

void print(ledger::transfer_report const& report, std::string const& from, ledger::place const& to,
           bool as_json, console const& io) {
    auto const& c = report.counts;
    if (as_json) {
        json::object counts;
        for (auto const& count : ledger::transfer_count_names)
            counts[count.name] = c.*count.value;
        io.out << json::serialize(json::object{{"ledger", report.id},
                                               {"run", report.run},
                                               {"was_there", report.was_there},
                                               {"counts", std::move(counts)}})
               << "\n";
        return;
    }
    io.out << printable(from, 4096)
           << (report.was_there ? " had been taken over already, and is marked now: "
                                : " is taken over: ")
           << counted(c.events, "event") << ", " << grouped(c.delivered) << " delivered, "
           << grouped(c.pending) << " on their way or held; " << counted(c.files, "file") << ", "
           << grouped(c.identities) << " identities, " << grouped(c.attempts)
           << " lines of receipts; all counts and sums are equal\n"
           << "the ledger " << report.id << " is in " << printable(to.shown(), 4096)
           << " now; no daemon works with the file any more\n";
}

}  // namespace

int ledger_import(ledger_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto where = postgres_of(read->values);
    if (!where) return io.complain(where.error());
    // The spool's lock first, as the daemon does: one that runs is refused here with its pid.
    auto const spool = spool::directory::open(read->values.spool.dir);
    if (!spool) return io.complain(spool.error());
    stage_line line(io);
    ledger::transfer_options how;
    how.progress = [&](std::string_view stage) { line.show(stage); };
    auto const report = ledger::transfer_ledger(options.import_from, *where, how);
    line.show("");
    if (!report) return io.complain(report.error());
    print(*report, options.import_from, *where, options.json, io);
    return 0;
}

int ledger_migrate(ledger_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto where = postgres_of(read->values);
    if (!where) return io.complain(where.error());
    if (!options.migrate_as.empty()) {
        where->postgres = options.migrate_as;
        where->password = {};
    }
    auto const report = ledger::migrate_ledger(*where, options.contracts);
    if (!report) return io.complain(report.error());
    if (options.json) {
        json::array granted;
        for (auto const& role : report->granted)
            granted.push_back(json::value(role));
        io.out << json::serialize(json::object{{"from", report->from},
                                               {"to", report->to},
                                               {"min_writer", report->min_writer},
                                               {"can_contract", report->can_contract},
                                               {"granted", std::move(granted)}})
               << "\n";
        return 0;
    }
    if (report->from == 0)
        io.out << "made the ledger's tables, version " << report->to;
    else if (report->from == report->to)
        io.out << "the ledger's tables are of version " << report->to << " already";
    else
        io.out << "migrated the ledger from version " << report->from << " to " << report->to;
    io.out << "; ";
    if (report->granted.empty()) io.out << "there are no roles to grant (setclickd ledger roles)";
    for (std::size_t i = 0; i < report->granted.size(); ++i)
        io.out << (i == 0 ? "granted " : ", ") << report->granted[i];
    io.out << "\n";
    if (report->contracted)
        io.out << "contracted: only programs that know version " << report->min_writer
               << " or later may write from now on\n";
    else if (options.contracts)
        io.out << "there is nothing to contract\n";
    else if (report->can_contract)
        io.out << "when every node runs this version: setclickd ledger migrate --contract\n";
    return 0;
}

int ledger_roles(ledger_options const&, console const& io) {
    io.out << ledger::ledger_roles();
    return 0;
}

}  // namespace setclick::cli
