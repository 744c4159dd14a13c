#include "check.hpp"

#include <map>

#include "../core/history.hpp"
#include "file_table.hpp"
#include "open.hpp"
#include "reader_table.hpp"
#include "schema.hpp"
#include "side_tables.hpp"

namespace setclick::ledger::postgres {
namespace {

constexpr std::size_t most_findings = 100;
constexpr std::int64_t packs_a_page = 256;

/// What this module promises; the server looks after its pages.
class inspection {
public:
    explicit inspection(session& db) : db_(db), rows_(db), meta_(db) {}

    check_report run() {
        rows_.begin();
        for (auto const& a : rows_.known_accounts())
            account(a);
        no_row_of_nobody();
        packs();
        files();
        history();
        identities();
        return std::move(report_);
    }

private:
    void find(std::string text) {
        if (report_.findings.size() < most_findings) report_.findings.push_back(std::move(text));
    }

    /// Spans tile the account's numbers, equal neighbours are merged, and the counters say the same.
    void account(account_row const& a) {
        auto const name = "account " + a.id;
        std::array<std::uint64_t, event_state_count> counts{};
        auto next = a.first_id();
        span_state before;
        for (auto from = a.first_id();;) {
            auto const page = rows_.stored_spans().page(from, std::nullopt);
            if (page.empty()) break;
            for (auto const& span : page) {
                ++report_.spans;
                if (span.first != next)
                    find(name + ": a span begins at " + std::to_string(span.first) + ", not at " +
                         std::to_string(next));
                if (span.last < span.first || span.last >= a.next_id())
                    find(name + ": a span ends at " + std::to_string(span.last) +
                         ", the numbers before " + std::to_string(a.next_id()));
                bool const merges = span.is.state != event_state::in_flight;
                if (merges && span.first != a.first_id() && span.is == before)
                    find(name + ": the span at " + std::to_string(span.first) +
                         " should be one with its neighbour");
                if (span.settled_count >= span.size())
                    find(name + ": the claim at " + std::to_string(span.first) + " has ended");
                counts[static_cast<std::size_t>(span.is.state)] += span.size() - span.settled_count;
                counts[static_cast<std::size_t>(event_state::delivered)] += span.settled_count;
                next = span.last + 1;
                before = span.is;
            }
            if (page.back().last < from) break;  // said already; not for ever
            from = page.back().last + 1;
        }
        if (next != a.next_id())
            find(name + ": spans end before " + std::to_string(next) + ", the numbers before " +
                 std::to_string(a.next_id()));
        for (std::size_t i = 0; i < event_state_count; ++i)
            if (counts[i] != a.counts[i])
                find(name + ": counts " + std::to_string(a.counts[i]) + " " +
                     std::string(name_of(static_cast<event_state>(i))) + ", the spans " +
                     std::to_string(counts[i]));
        report_.events += a.next_sequence - 1;
        auto const in = [&](event_state s) { return a.counts[static_cast<std::size_t>(s)]; };
        told_.delivered += in(event_state::delivered);
        told_.rejected += in(event_state::rejected) + a.refused;
        told_.discarded += in(event_state::discarded);
        told_.in_doubt += a.in_doubt_ever;
        told_.duplicate += a.duplicate;
    }

    void no_row_of_nobody() {
        auto row = db_.ask(
            "SELECT (SELECT count(*) FROM span WHERE account <> first >> 40 OR NOT EXISTS (SELECT "
            "1 "
            "FROM account WHERE no = account)) + (SELECT count(*) FROM claim WHERE account <> "
            "first "
            ">> 40 OR NOT EXISTS (SELECT 1 FROM account WHERE no = account))",
            parameters());
        if (row.next() && row.integer(0) != 0)
            find("there are spans of no account, or under another one's number");
        // Nobody would ever end them.
        row = db_.ask(
            "SELECT count(*) FROM claim c JOIN account_run r ON r.account = c.account WHERE c.node "
            "<> r.node OR c.epoch <> r.epoch",
            parameters());
        if (row.next() && row.integer(0) != 0)
            find("there are claims of another node than their account's owner");
    }

    /// Packs do not overlap, hold as many records as they say, and the files' counters equal their
    /// states.
    void packs() {
        span_map spans(rows_.spans());
        std::uint64_t next = 0;
        for (std::int64_t seen = packs_a_page; seen == packs_a_page; spans.trim()) {
            auto found = db_.ask(
                "SELECT first, count, file, imported_at, lines, lengths, body FROM pack WHERE "
                "first "
                ">= $1 ORDER BY first LIMIT $2",
                parameters(next, packs_a_page));
            seen = found.count();
            while (found.next()) {
                ++report_.packs;
                auto const first = found.number(0);
                auto const count = found.number(1);
                auto const name = "pack " + std::to_string(first);
                if (auto const held = last_pack_end_; first < held)
                    find(name + ": overlaps the one before");
                if (count == 0 || count > pack_events)
                    find(name + ": holds " + std::to_string(count));
                last_pack_end_ = next = first + count;
                if (count > 0 && line_at(found.text(4), count - 1) == 0)
                    find(name + ": lines are missing");
                records(name, count, found.text(5), found.text(6));
                auto& file = files_[static_cast<file_no>(found.number(2))];
                try {
                    for (auto id = first; id < next; ++id)
                        file.move(event_state::waiting, spans.find(id).state_of(id), 1);
                } catch (failure const& f) {
                    if (f.what_failed().code != errc::invalid_data) throw;
                    find(name + ": " + f.what_failed().message);
                }
                file.pending += static_cast<std::int64_t>(count);
            }
        }
    }

    void records(std::string const& name, std::uint64_t count, std::string_view lengths,
                 std::string_view body) {
        try {
            record_walk walk(lengths, body);
            std::size_t total = count - 1;
            for (std::uint64_t i = 0; i < count; ++i)
                total += walk.next().size();
            if (total != body.size()) find(name + ": has bytes beside its records");
        } catch (failure const&) {
            find(name + ": its records are damaged");
        }
    }

    void files() {
        auto const sql = select_files() + "ORDER BY no";
        auto found = db_.ask(sql.c_str(), parameters());
        while (found.next()) {
            auto const f = file_from(found);
            auto const name = "file " + std::to_string(static_cast<std::uint64_t>(f.no));
            if (f.accepted < f.delivered + f.rejected + f.discarded)
                find(name + ": its outcomes are more than the events taken from it");
            if (f.held > f.pending) find(name + ": more of its events are held than pending");
            // Of a finished file the records may have been pruned.
            if (f.state == file_state::done) continue;
            file_delta const counted = files_[f.no];
            file_delta const told{
                static_cast<std::int64_t>(f.pending), static_cast<std::int64_t>(f.delivered),
                static_cast<std::int64_t>(f.rejected), static_cast<std::int64_t>(f.discarded),
                static_cast<std::int64_t>(f.held)};
            if (counted != told) find(name + ": its counts differ from its events' states");
        }
        auto row = db_.ask("SELECT count(*) FROM file WHERE unfinished = is_done", parameters());
        if (row.next() && row.integer(0) != 0)
            find("files: some are done and unfinished, or neither");
    }

    /// All slots and what was before them are all that the accounts count; a person may have taken
    /// events out of a final state again, never a duplicate or a doubt.
    void history() {
        history_counts sum;
        for (auto const& text : meta_.texts_of_nodes(before_history_key)) {
            auto const before = history_counts_from(text);
            if (!before) find("history: what is beside its slots cannot be read");
            sum += before.value_or(history_counts{});
        }
        for (auto const& slot : history_of(db_))
            sum += slot.counts;
        told_.rejected += static_cast<std::uint64_t>(meta_.number("refused_without_account"));
        if (sum.duplicate != told_.duplicate || sum.in_doubt != told_.in_doubt)
            find("history: counts " + std::to_string(sum.duplicate) + " duplicates and " +
                 std::to_string(sum.in_doubt) + " attempts in doubt, the accounts " +
                 std::to_string(told_.duplicate) + " and " + std::to_string(told_.in_doubt));
        if (sum.delivered < told_.delivered || sum.rejected < told_.rejected ||
            sum.discarded < told_.discarded)
            find("history: lacks events that the accounts have");
    }

    void identities() {
        auto row = db_.ask("SELECT count(*) FROM identity", parameters());
        if (row.next()) report_.identities = row.number(0);
    }

    session& db_;
    reader_table rows_;
    meta_table meta_;
    check_report report_;
    std::map<file_no, file_delta> files_;
    std::uint64_t last_pack_end_ = 0;
    history_counts told_;  ///< by the accounts
};

}  // namespace

check_report inspect(session& db) {
    return inspection(db).run();
}

}  // namespace setclick::ledger::postgres

namespace setclick::ledger {

result<check_report> check_postgres_ledger(place const& where) {
    try {
        postgres::session db({where.postgres, "setclickd-check", where.password, false},
                             milliseconds{60'000});
        postgres::require_schema(db);
        db.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        auto out = postgres::inspect(db);
        db.rollback();
        return out;
    } catch (failure const& f) {
        return f.what_failed();
    }
}

}  // namespace setclick::ledger
