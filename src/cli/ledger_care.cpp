#include "ledger_care.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "configuration.hpp"
#include "confirm.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "setclickd/setup/adoption.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/spool/node_identity.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

result<bool> check_it(ledger_options const& options, settings::settings const& s,
                      console const& io) {
    auto const report = ledger::check_ledger(setup::ledger_place_of(s));
    if (!report) return report.error();
    if (options.json) {
        json::array findings;
        for (auto const& f : report->findings)
            findings.push_back(json::value(f));
        io.out << json::serialize(json::object{{"sound", report->findings.empty()},
                                               {"events", report->events},
                                               {"spans", report->spans},
                                               {"packs", report->packs},
                                               {"identities", report->identities},
                                               {"findings", std::move(findings)}})
               << "\n";
        return report->findings.empty();
    }
    for (auto const& f : report->findings)
        io.out << io.on_out(colour::red, f) << "\n";
    io.out << printable(setup::ledger_place_of(s).shown(), 4096) << ": "
           << counted(report->events, "event") << ", " << grouped(report->identities)
           << " identities"
           << "; "
           << (report->findings.empty()
                   ? "sound"
                   : "NOT sound: bring a backup back, see \"setclickd ledger adopt --help\"")
           << "\n";
    return report->findings.empty();
}

result<void> adopt_it(ledger_options const& options, settings::settings const& s,
                      console const& io) {
    // Before anything reads it: an old log beside it would be counted, too.
    auto where = setup::ledger_place_of(s);
    if (auto const own = ledger::verify_files(where); !own) return own.error();
    auto const pending = ledger::count_pending(where);
    if (!pending) return pending.error();
    if (auto asked = confirmed(*pending,
                               "mark " + counted(*pending, "event") +
                                   " as in doubt, because they may have been delivered after this "
                                   "copy was made",
                               options.yes, io);
        !asked)
        return asked.error();
    // The spool's lock first, as the daemon does: one that runs is refused here with its pid.
    auto spool = spool::directory::open(s.spool.dir);
    if (!spool) return spool.error();
    auto const how = setup::adoption_of(s, *spool);
    if (!how) return how.error();
    if (where.is_in_postgres()) {
        auto const node = spool::node_identity_of(*spool);
        if (!node) return node.error();
        where.node = node->id;
        where.acknowledged = spool::acknowledged_of(*spool);
    }
    auto const now = wall_now();
    auto const report = ledger::adopt_ledger(where, *how, now);
    if (!report) return report.error();
    if (auto done = spool->adopt_identity(report->id, report->run); !done) return done.error();
    if (options.json) {
        io.out << json::serialize(json::object{{"in_doubt", report->in_doubt},
                                               {"resent", report->resent},
                                               {"held", report->held},
                                               {"files", report->files}})
               << "\n";
        return {};
    }
    io.out << counted(report->in_doubt, "event") << " in doubt: " << grouped(report->resent)
           << " will be sent again, " << grouped(report->held)
           << " held (setclickd list --state held)\n";
    if (report->files > 0)
        io.out << "what is read from now on of " << counted(report->files, "file")
               << " in work/ or done/ is in doubt, too: it may have been sent since the copy was "
                  "made\n";
    if (where.is_in_postgres())
        io.out << "start the nodes again: each puts what it reads on of its files in doubt, too\n";
    io.out << printable(s.spool.dir, 4096) << " now belongs to ledger " << report->id << "\n";
    return {};
}

}  // namespace

int ledger_check(ledger_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const sound = check_it(options, read->values, io);
    if (!sound) return io.complain(sound.error());
    return static_cast<int>(*sound ? exit_code::done : exit_code::io);
}

int ledger_backup(ledger_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const done =
        ledger::backup_ledger(setup::ledger_place_of(read->values), options.backup_to);
    if (!done) return io.complain(done.error());
    io.out << printable(options.backup_to, 4096) << " is a complete copy of "
           << printable(read->values.ledger.path, 4096) << "\n";
    return 0;
}

int ledger_adopt(ledger_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const done = adopt_it(options, read->values, io);
    return done ? 0 : io.complain(done.error());
}

}  // namespace setclick::cli
