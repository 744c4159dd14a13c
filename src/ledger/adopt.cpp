// A restored or foreign ledger: what is not final may have been received since.
#include <vector>

#include "event_scan.hpp"
#include "schema.hpp"
#include "setclickd/ledger/maintenance.hpp"
#include "sqlite_store.hpp"

namespace setclick::ledger {
namespace {

constexpr std::uint64_t slice_events = 1000;
/// How far an adoption got, for one that was interrupted.
constexpr std::string_view progress = "adopted_until";

}  // namespace

class adopter {
public:
    adopter(sqlite_store& ledger, adoption const& how, wall_time now)
        : ledger_(ledger), t_(*ledger.t_), how_(how), now_(to_ms(now)) {}

    static void allow_copy(store& ledger) { static_cast<sqlite_store&>(ledger).adopting_ = true; }

    result<adoption_report> run() {
        for (bool done = false; !done;) {
            auto const before = report_;
            auto const more = ledger_.change(sqlite_store::purpose::grow, "ledger.operate", [&] {
                report_ = before;
                return slice();
            });
            if (!more) return more.error();
            done = !*more;
        }
        report_.id = ledger_.id();
        report_.run = ledger_.run();
        return report_;
    }

private:
    /// False when nothing is left.
    bool slice() {
        auto const run =
            std::max(static_cast<std::uint64_t>(ledger_.meta("run")), how_.at_least_run);
        ledger_.set_meta("run", static_cast<std::int64_t>(run));
        ledger_.run_ = run;
        std::vector<event_run> runs;
        std::vector<span_state> states;
        auto until = static_cast<std::uint64_t>(ledger_.meta(progress));
        std::uint64_t count = 0;
        scan_events(ledger_.db_, {}, until, [&](event_run const& run_of_events) {
            if (count >= slice_events) return false;
            auto r = run_of_events;
            until = r.last;
            if (r.state > event_state::held) return true;
            count += r.last - r.first + 1;
            states.push_back(*r.is);
            runs.push_back(r);
            return true;
        });
        for (std::size_t i = 0; i < runs.size(); ++i)
            doubt(runs[i], states[i]);
        t_.files.flush(now_);
        bool const more = count >= slice_events;
        ledger_.set_meta(progress, more ? static_cast<std::int64_t>(until) : 0);
        if (!more) ledger_.set_meta(copy_mark, 0);
        return more;
    }

    void doubt(event_run const& run, span_state const& was) {
        auto& account = t_.accounts.at(event_no{run.first}.account());
        span_state to;
        to.failed = true;
        if (policy_of(account.id) == doubt_policy::hold || run.state == event_state::held) {
            to.state = event_state::held;
            to.reason = "in-doubt";
            to.at = now_ / 1000 * 1000;
        }
        attempt_row row;
        row.kind = attempt_kind::restart;
        row.at = now_;
        row.state = to.state;
        row.in_doubt = true;
        row.reason = "adopted";
        for (auto id = run.first; id <= run.last; ++id)
            t_.attempts.add(id, row, was.failed);
        t_.spans.carve(run.first, run.last, run.state, to, now_);
        auto const count = run.last - run.first + 1;
        t_.accounts.move(account, run.state, to.state, count);
        account.in_doubt_ever += count;
        report_.in_doubt += count;
        (to.state == event_state::held ? report_.held : report_.resent) += count;
    }

    doubt_policy policy_of(std::string const& account) const {
        for (auto const& [id, policy] : how_.accounts)
            if (id == account) return policy;
        return how_.policy;
    }

    sqlite_store& ledger_;
    sqlite_store::tables& t_;
    adoption const& how_;
    std::int64_t now_;
    adoption_report report_;
};

result<adoption_report> adopt_ledger(std::string const& path, adoption const& how, wall_time now) {
    // Only an existing one: adopting must never begin a new ledger.
    try {
        connection const there(path, connection::mode::read_only);
    } catch (failure const& f) {
        return f.what_failed();
    }
    options opts;
    opts.path = path;
    auto opened = store::open(opts);
    if (!opened) return opened.error();
    adopter::allow_copy(**opened);
    // What was in flight is in doubt like all the rest.
    if (auto const recovered = (*opened)->recover(now); !recovered) return recovered.error();
    return adopter(static_cast<sqlite_store&>(**opened), how, now).run();
}

}  // namespace setclick::ledger
