// From one store into another: whatever they are, the order is this one.
#include "setclickd/ledger/transfer.hpp"

#include <string>

#include "core/failure.hpp"
#include "core/whole_ledger.hpp"
#include "postgres/open.hpp"
#include "setclickd/base/text.hpp"
#include "sqlite/open.hpp"

namespace setclick::ledger {
namespace {

void require_equal(transfer_counts const& given, transfer_counts const& taken) {
    std::string differences;
    for (auto const& count : transfer_count_names)
        if (given.*count.value != taken.*count.value)
            differences += (differences.empty() ? "" : ", ") + std::string(count.name) + " " +
                           std::to_string(given.*count.value) + " in the file and " +
                           std::to_string(taken.*count.value) + " in PostgreSQL";
    if (!differences.empty())
        throw failure(fail(errc::refused, "what arrived is not what was sent (" + differences +
                                              "); nothing was changed"));
}

transfer_report transfer(ledger_source& source, ledger_target& target, std::string const& from,
                         transfer_options const& how) {
    auto const stage = [&](std::string_view text) {
        if (how.progress) how.progress(text);
    };
    auto const name = source.name();
    transfer_report out;
    out.id = name.id;
    out.run = name.run;
    out.was_there = target.begin(name) == ledger_target::content::this_ledger;
    if (out.was_there) {
        out.counts = target.counts();
    } else {
        stage("taking over");
        out.counts = source.give(target, [&] { stage("taking over"); });
        stage("comparing");
        require_equal(out.counts, target.counts());
        stage("checking");
        if (auto const found = target.findings(); !found.empty())
            throw failure(fail(errc::refused, "what arrived is not sound (" + found.front() +
                                                  "); nothing was changed"));
        stage("committing");
        target.commit();
    }
    stage("marking " + printable(from, 4096));
    source.mark_as_taken_over();
    return out;
}

}  // namespace

result<transfer_report> transfer_ledger(std::string const& from, place const& to,
                                        transfer_options const& how) {
    if (to.postgres.empty())
        return fail(errc::config, "the settings name no PostgreSQL to take the ledger over into");
    try {
        // Its lock first: no daemon works with it from here on.
        auto const source = open_sqlite_source(from);
        if (!source) return source.error();
        if (how.progress) how.progress("checking " + printable(from, 4096));
        auto const report = check_sqlite_ledger(from);
        if (!report) return report.error();
        if (!report->findings.empty())
            return fail(errc::io, "the ledger " + printable(from, 4096) + " is not sound (" +
                                      report->findings.front() + "); nothing was changed");
        auto const target = open_postgres_target(to);
        if (!target) return target.error();
        return transfer(**source, **target, from, how);
    } catch (failure const& f) {
        return f.what_failed();
    }
}

}  // namespace setclick::ledger
