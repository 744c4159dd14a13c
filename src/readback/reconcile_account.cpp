#include "setclickd/readback/reconcile_account.hpp"

#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <map>

#include "setclickd/base/checksum.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/event/record.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/setup/ledger.hpp"
#include "zone.hpp"

namespace setclick::readback {
namespace {

namespace json = boost::json;
using ledger::event_state;
using reconcile::day_text;
using reconcile::receipt_kind;

/// Delivery times in the ledger are rounded down, by up to this.
constexpr milliseconds grain{10'000};
constexpr std::uint32_t rows_at_once = 1000;
/// A click that is later than its import: another clock's fault, or another zone's.
constexpr std::chrono::days click_ahead{2};

class reconciling {
public:
    reconciling(settings::settings const& s, zone const& where, reconciliation& out)
        : s_(s), zone_(where), out_(out), compared_(out.range, s.reconcile.labels) {}

    result<void> read_report(report_access& access, std::atomic<bool> const& stop,
                             page_reader::progress_fn progress) {
        page_plan plan;
        plan.account = out_.account;
        plan.date_range = query_text(out_.range.widened(1));
        auto pages = page_reader::open(s_, access, std::move(plan), stop, std::move(progress));
        if (!pages) return pages.error();
        std::vector<api::report_row> rows;
        for (;;) {
            auto const more = pages->next(rows);
            if (!more) return more.error();
            if (!*more) break;
            for (auto const& row : rows)
                if (auto added = compared_.add(row); !added) return added;
        }
        out_.report_rows = pages->walk().rows();
        out_.certain = pages->walk().is_certain();
        return {};
    }

    result<void> read_receipts(std::atomic<bool> const& stop) {
        auto opened = ledger::reader::open(setup::ledger_place_of(s_));
        if (!opened) return opened.error();
        auto* const from = opened->get();
        auto const accounts = from->accounts();
        if (!accounts) return accounts.error();
        for (auto const& a : *accounts)
            if (a.id == out_.account) return read_receipts(*from, a.no, stop);
        return {};  // nothing of it was ever dropped
    }

    void judge() { out_.verdict = compared_.judge(); }

private:
    result<void> read_receipts(ledger::reader& from, account_no no, std::atomic<bool> const& stop) {
        wall_time const since = out_.range.widened(1).first - click_ahead;
        event_no after{};
        for (;;) {
            if (stop) return fail(errc::busy, "interrupted");
            auto const page = from.receipts(no, since, after, rows_at_once);
            if (!page) return page.error();
            for (auto const& row : page->rows) {
                if (row.record.empty() && row.state == event_state::delivered)
                    return fail(errc::refused,
                                "what was taken on " + wall_text(row.imported_at).substr(0, 10) +
                                    " and before has no contents any more (retention.bodies), and "
                                    "can belong to "
                                    "these days: choose later ones, or keep contents longer");
                add(row);
            }
            if (page->done) return {};
            after = page->next;
        }
    }

    bool is_young(wall_time at, milliseconds rounded) const {
        auto const delay = s_.reconcile.delay;
        return delay > 0ms && at + delay + rounded > out_.at;
    }

    void add(ledger::receipt_row const& row) {
        auto const value = event::parse_record(row.record);
        if (!value || !reconcile::is_microconversion(*value)) return;
        reconcile::receipt r{row.no, receipt_kind::open, row.doubts};
        auto when = row.last_doubt;
        if (row.state == event_state::delivered) {
            if (row.confirmed && r.doubts > 0) --r.doubts;
            when = row.at == wall_time{} ? out_.at : row.at;
            r.kind = row.at == wall_time{} || is_young(row.at, grain) ? receipt_kind::pending
                                                                      : receipt_kind::delivered;
        } else if (row.state == event_state::in_flight) {
            when = out_.at;
            r.kind = receipt_kind::pending;
        } else {
            if (r.doubts == 0) return;  // nothing of it can have been recorded
            if (row.state == event_state::held) r.kind = receipt_kind::held;
            if (is_young(row.last_doubt, 0ms)) {
                r.kind = receipt_kind::pending;
                --r.doubts;  // it stands for one of them
            }
        }
        auto const on =
            zone_.day_of(s_.reconcile.day == "delivery" ? when : from_ms(value->click_time));
        compared_.add(on, reconcile::series_of(*value, s_.dialect.label), r);
    }

    settings::settings const& s_;
    zone const& zone_;
    reconciliation& out_;
    reconcile::comparison compared_;
};

}  // namespace

result<reconciliation> reconcile_account(settings::settings const& s, report_access& access,
                                         std::string const& account, std::string const& date_range,
                                         std::atomic<bool> const& stop,
                                         page_reader::progress_fn progress) {
    if (s.reconcile.labels.empty())
        return fail(errc::config,
                    "reconcile.labels is empty: name the labels that nothing but setclickd sends, "
                    "or \"*\" where only "
                    "setclickd feeds the account");
    auto const where = zone::named(s.reconcile.time_zone);
    if (!where) return where.error();
    reconciliation out;
    out.account = account;
    // Before both sides are read: what is delivered meanwhile is too young to be judged.
    out.at = wall_now();
    auto const range = reconcile::days_of(date_range, where->day_of(out.at));
    if (!range) return range.error();
    out.range = *range;
    reconciling work(s, *where, out);
    if (auto read = work.read_report(access, stop, std::move(progress)); !read) return read.error();
    if (auto read = work.read_receipts(stop); !read) return read.error();
    work.judge();
    return out;
}

std::string resolve_plan(reconcile::verdict const& v) {
    std::vector<std::uint64_t> plan;
    for (auto const& t : v.tuples) {
        if (t.decided == reconcile::decision::none) continue;
        plan.push_back(static_cast<std::uint64_t>(t.decided));
        for (auto const no : t.held)
            plan.push_back(no.value);
    }
    std::string_view const bytes(reinterpret_cast<char const*>(plan.data()),
                                 plan.size() * sizeof plan.front());
    return fmt::format("{:016x}", checksum(bytes));
}

json::object verdict_counts(reconciliation const& r) {
    auto const& v = r.verdict;
    return {{"at", wall_text(r.at)},
            {"first_day", day_text(r.range.first)},
            {"last_day", day_text(r.range.last)},
            {"agrees", v.agrees()},
            {"delivered", v.delivered},
            {"recorded", v.recorded},
            {"pending", v.pending},
            {"confirmed", v.confirmed},
            {"missing", v.missing},
            {"surplus", v.surplus},
            {"ambiguous", v.ambiguous},
            {"to_release", v.to_release},
            {"to_confirm", v.to_confirm}};
}

std::string verdict_note(reconciliation const& r, bool dry_run) {
    auto note = verdict_counts(r);
    note["plan"] = resolve_plan(r.verdict);
    note["dry_run"] = dry_run;
    return json::serialize(note);
}

result<std::vector<std::pair<std::string, json::value>>> kept_verdicts(
    settings::settings const& s) {
    auto opened = ledger::reader::open(setup::ledger_place_of(s));
    if (!opened) return opened.error();
    auto* const from = opened->get();
    auto const accounts = from->accounts();
    if (!accounts) return accounts.error();
    auto const verdicts = from->verdicts();
    if (!verdicts) return verdicts.error();
    std::map<account_no, std::string> ids;
    for (auto const& a : *accounts)
        ids[a.no] = a.id;
    std::vector<std::pair<std::string, json::value>> out;
    for (auto const& [no, note] : *verdicts) {
        boost::system::error_code ec;
        auto verdict = json::parse(note, ec);
        if (!ec) out.emplace_back(ids[no], std::move(verdict));
    }
    return out;
}

result<std::string> last_shown_plan(settings::settings const& s, std::string const& account) {
    auto const kept = kept_verdicts(s);
    if (!kept) return kept.error();
    for (auto const& [id, last] : *kept)
        if (id == account && control::flag(last, "dry_run")) return control::text(last, "plan");
    return std::string();
}

bool is_shown(settings::settings const& s, reconciliation const& r) {
    auto const shown = last_shown_plan(s, r.account);
    return shown && *shown == resolve_plan(r.verdict);
}

std::string outcome_text(reconcile::verdict const& v) {
    if (v.agrees()) return "agrees";
    std::string out;
    for (auto const& [n, what] :
         {std::pair{v.missing, " missing"}, {v.surplus, " surplus"}, {v.ambiguous, " ambiguous"}})
        if (n > 0) out += (out.empty() ? "" : ", ") + grouped(n) + what;
    return out;
}

}  // namespace setclick::readback
