#include <map>
#include <optional>
#include <set>
#include <utility>

#include "account_table.hpp"
#include "file_table.hpp"
#include "history_table.hpp"
#include "identity_index.hpp"
#include "ledger_files.hpp"
#include "meta_table.hpp"
#include "open.hpp"
#include "pack_table.hpp"
#include "schema.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "span_table.hpp"

namespace setclick::ledger {
namespace {

constexpr std::size_t most_findings = 100;

class inspection {
public:
    inspection(connection& db, std::optional<mark_values> mark) : db_(db), mark_(std::move(mark)) {}

    check_report run() {
        try {
            sqlite_itself();
            against_mark();
            accounts();
            packs();
            files();
            history();
            identities();
        } catch (failure const& f) {
            if (f.what_failed().code != errc::io) throw;
            // So damaged that no more of it can be looked at.
            find(f.what_failed().message);
        }
        return std::move(report_);
    }

private:
    void find(std::string text) {
        if (report_.findings.size() < most_findings) report_.findings.push_back(std::move(text));
    }

    void sqlite_itself() {
        statement ask(db_, "PRAGMA integrity_check(20)");
        auto rows = ask.rows();
        while (rows.next())
            if (rows.text(0) != "ok") find("SQLite: " + std::string(rows.text(0)));
    }

    void against_mark() {
        meta_table meta(db_);
        if (!mark_ || meta.number(copy_mark) != 0) return;
        if (auto const id = meta.text("ledger_id"); id != mark_->ledger)
            find("this is ledger " + id + ", its mark belongs to ledger " + mark_->ledger);
        else if (auto const commits = static_cast<std::uint64_t>(meta.number(commits_key));
                 commits < mark_->commits)
            find("the last commits are lost: it holds " + std::to_string(commits) +
                 ", its mark says " + std::to_string(mark_->commits));
    }

    void accounts() {
        statement select(db_, std::string("SELECT ") + account_columns + " FROM account");
        auto rows = select.rows();
        while (rows.next()) {
            auto const a = account_from(rows);
            spans_of(a);
            auto const in = [&](event_state s) { return a.counts[static_cast<std::size_t>(s)]; };
            told_.delivered += in(event_state::delivered);
            told_.rejected += in(event_state::rejected) + a.refused;
            told_.discarded += in(event_state::discarded);
            told_.in_doubt += a.in_doubt_ever;
            told_.duplicate += a.duplicate;
        }
    }

    /// Its slots and what was before them are all that the accounts count; a person may have taken
    /// events out of a final state again, never a duplicate or a doubt.
    void history() {
        meta_table meta(db_);
        auto const before = history_counts_from(meta.text(before_history_key));
        if (!before || !open_slot::from(meta.text(open_slot_key))) {
            find("history: what is beside its slots cannot be read");
            return;
        }
        auto sum = *before;
        auto const slots = history_of(db_);
        for (auto const& slot : slots)
            sum += slot.counts;
        told_.rejected += static_cast<std::uint64_t>(meta.number("refused_without_account"));
        if (sum.duplicate != told_.duplicate || sum.in_doubt != told_.in_doubt)
            find("history: counts " + std::to_string(sum.duplicate) + " duplicates and " +
                 std::to_string(sum.in_doubt) + " attempts in doubt, the accounts " +
                 std::to_string(told_.duplicate) + " and " + std::to_string(told_.in_doubt));
        if (sum.delivered < told_.delivered || sum.rejected < told_.rejected ||
            sum.discarded < told_.discarded)
            find("history: lacks events that the accounts have");
        // The one in progress may be in no row yet.
        if (slots.size() > static_cast<std::size_t>(most_history_slots) + 1)
            find("history: has " + std::to_string(slots.size()) + " slots");
    }

    /// Spans tile the account's numbers, equal neighbours are merged, and the counters say the
    /// same.
    void spans_of(account_row const& a) {
        auto const name = "account " + a.id;
        statement select(db_, std::string("SELECT ") + span_columns +
                                  " FROM span WHERE first >= ? AND first < ? ORDER BY first");
        std::array<std::uint64_t, event_state_count> counts{};
        auto next = a.first_id();
        span_state before;
        auto rows = select.rows(a.first_id(), a.end_id());
        while (rows.next()) {
            auto const span = span_from(rows);
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
        if (next != a.next_id())
            find(name + ": spans end before " + std::to_string(next) + ", the numbers before " +
                 std::to_string(a.next_id()));
        for (std::size_t i = 0; i < event_state_count; ++i)
            if (counts[i] != a.counts[i])
                find(name + ": counts " + std::to_string(a.counts[i]) + " " +
                     std::string(name_of(static_cast<event_state>(i))) + ", the spans " +
                     std::to_string(counts[i]));
        report_.events += a.next_sequence - 1;
    }

    /// Packs do not overlap, hold as many records as they say, and the files' counters equal their
    /// states.
    void packs() {
        statement select(db_, std::string("SELECT ") + pack_columns + " FROM pack ORDER BY first");
        span_table stored(db_);
        span_map spans(stored);
        std::uint64_t next = 0;
        auto rows = select.rows();
        while (rows.next()) {
            ++report_.packs;
            auto const first = rows.number(0);
            auto const count = rows.number(1);
            auto const name = "pack " + std::to_string(first);
            if (!is_as_written(rows)) find(name + ": is not what was written, says its checksum");
            if (first < next) find(name + ": overlaps the one before");
            if (count == 0 || count > pack_events) find(name + ": holds " + std::to_string(count));
            next = first + count;
            if (count > 0 && line_at(rows.text(4), count - 1) == 0)
                find(name + ": lines are missing");
            records(name, count, rows.text(5), rows.text(6));
            auto& file = files_[static_cast<file_no>(rows.number(2))];
            for (auto id = first; id < next; ++id)
                file.move(event_state::waiting, spans.find(id).state_of(id), 1);
            file.pending += static_cast<std::int64_t>(count);
            spans.trim();
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
        statement select(db_, std::string("SELECT ") + file_columns + " FROM file");
        auto rows = select.rows();
        while (rows.next()) {
            auto const f = file_from(rows);
            auto const name = "file " + std::to_string(static_cast<std::uint64_t>(f.no));
            if (f.accepted != f.pending + f.delivered + f.rejected + f.discarded)
                find(name + ": its outcomes do not add up to the events taken from it");
            if (f.held > f.pending) find(name + ": more of its events are held than pending");
            bool const complete = f.at_end && f.pending == 0;
            bool const says_so = f.state == file_state::complete || f.state == file_state::done;
            if (complete != says_so) find(name + ": its state does not fit its counts");
            // Of a finished file the records may have been pruned.
            if (f.state == file_state::done) continue;
            file_delta const counted = files_[f.no];
            file_delta const told{
                static_cast<std::int64_t>(f.pending), static_cast<std::int64_t>(f.delivered),
                static_cast<std::int64_t>(f.rejected), static_cast<std::int64_t>(f.discarded),
                static_cast<std::int64_t>(f.held)};
            if (counted != told) find(name + ": its counts differ from its events' states");
        }
        unfinished();
    }

    /// A start takes up what the index of unfinished files names, and nothing else.
    void unfinished() {
        statement select(db_, "SELECT no FROM file WHERE unfinished <> (state < 3)");
        auto rows = select.rows();
        while (rows.next())
            find("file " + std::to_string(rows.number(0)) +
                 ": its state does not fit the index of unfinished files");
    }

    void identities() {
        statement select(db_, "SELECT first, entries FROM identity ORDER BY first");
        std::string before;
        auto rows = select.rows();
        bool any = false;
        while (rows.next()) {
            if (!any && !rows.text(0).empty()) find("identities: the first block is missing");
            any = true;
            if (std::string_view(before) > rows.text(0)) find("identities: blocks overlap");
            try {
                identity_walk walk(rows.text(1));
                for (identity_entry e; walk.next(e); ++report_.identities) {
                    if (e.key < rows.text(0) || (!before.empty() && e.key <= before))
                        find("identities: not in order");
                    before = e.key;
                }
            } catch (failure const& f) {
                find(f.what_failed().message);
            }
        }
        if (!any) find("identities: there is no block");
    }

    connection& db_;
    std::optional<mark_values> mark_;
    check_report report_;
    std::map<file_no, file_delta> files_;
    history_counts told_;  ///< by the accounts
};

}  // namespace

result<check_report> check_sqlite_ledger(std::string const& path) {
    try {
        // The mark first: a ledger in use only grows beyond it.
        auto const mark = read_mark(path);
        require_own_log(path);
        if (mark) require_marked_log(path, *mark);
        connection db(path, connection::mode::read_only);
        prepare_for_reading(db);
        require_version(db);
        db.run("BEGIN");
        return inspection(db, mark).run();
    } catch (failure const& f) {
        return f.what_failed();
    }
}

result<void> verify_sqlite_files(std::string const& path) {
    try {
        auto const mark = read_mark(path);
        require_own_log(path);
        if (mark)
            require_marked_log(path, *mark);
        else
            require_log_of_one_ledger(path);
        return {};
    } catch (failure const& f) {
        return f.what_failed();
    }
}

}  // namespace setclick::ledger
