#include "operation_run.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "event_scan.hpp"
#include "operation_rules.hpp"

namespace setclick::ledger {
namespace {

/// A slice ends after this many events looked at one by one, or runs passed over.
constexpr std::uint64_t slice_events = 1000;
constexpr std::uint64_t slice_runs = 4000;

class operation_run {
public:
    operation_run(tables& t, operation const& what, wall_time now)
        : t_(t), what_(what), now_(to_ms(now)), to_(target_of(what.verb, now_)) {}

    operation_slice run(event_no after) {
        out_.next = after;
        out_.done = true;
        scan_events(t_.scan, what_.filter, after.value,
                    [&](event_run const& run) { return meet(run); });
        if (!what_.dry_run) apply();
        return std::move(out_);
    }

private:
    struct range {
        std::uint64_t first = 0;
        std::uint64_t last = 0;
        event_state from = event_state::waiting;
        std::int64_t since = 0;  // in that state; 0 where nobody knows
        file_no file{};
    };

    bool meet(event_run const& run) {
        bool const full = looked_at_ >= slice_events || ++runs_ > slice_runs;
        if (full) {
            out_.done = false;
            return false;
        }
        auto const count = run.last - run.first + 1;
        // What is delivered out of a claim that still has events in flight is held fast by it for a
        // moment.
        bool const in_claim = run.is->state == event_state::in_flight;
        if (in_claim && (run.state == event_state::in_flight || applies(what_.verb, run.state)))
            out_.counts.in_flight += count;
        if (in_claim || !applies(what_.verb, run.state)) {
            out_.next = event_no{run.last};
            return true;
        }
        auto const last = std::min(run.last, run.first + (slice_events - looked_at_) - 1);
        looked_at_ += last - run.first + 1;
        out_.next = event_no{last};
        meet_events(last, run);
        if (last == run.last) return true;
        out_.done = false;
        return false;
    }

    /// The run's events up to this one. What is asked of the store is asked of all together: it may be a server.
    void meet_events(std::uint64_t last, event_run const& run) {
        // What is dropped again on another node just now takes its identity, or finds it on its way.
        bool const is_at_rest = is_final(run.state) && run.state != event_state::delivered;
        if (what_.verb == operator_verb::retry && is_at_rest && !what_.dry_run)
            for (auto id = run.first; id <= last; ++id)
                t_.identities.hold(id);
        auto const marks = t_.attempts.marks(run.first, last);
        for (auto id = run.first; id <= last; ++id) {
            auto const found = marks.find(id);
            meet_event(id, run, found != marks.end() ? found->second : attempt_marks{});
        }
    }

    void meet_event(std::uint64_t id, event_run const& run, attempt_marks const& marks) {
        if (what_.filter.in_doubt_ever && !marks.in_doubt) return;
        if (what_.verb == operator_verb::confirm && !marks.in_doubt) return;  // it was never sent
        bool const maybe_received =
            run.state == event_state::delivered || marks.in_doubt || marks.superseded;
        if (what_.verb == operator_verb::retry && is_spared(id, run.state, marks, maybe_received))
            return;
        ++out_.counts.touched;
        if (maybe_received && to_.state == event_state::waiting) ++out_.counts.maybe_received;
        if (!ranges_.empty() && ranges_.back().last + 1 == id && ranges_.back().from == run.state &&
            ranges_.back().since == run.is->at && ranges_.back().file == run.from.file)
            ranges_.back().last = id;
        else
            ranges_.push_back({id, id, run.state, run.is->at, run.from.file});
    }

    /// What `retry` leaves alone; counted.
    bool is_spared(std::uint64_t id, event_state from, attempt_marks const& marks,
                   bool maybe_received) {
        // Once a person has sent it again all the same, it is like any other on its way.
        bool const at_rest = from == event_state::rejected || from == event_state::discarded;
        if (marks.superseded && at_rest && !what_.superseded_too) {
            ++out_.counts.superseded;
            return true;
        }
        if (maybe_received && !what_.force) {
            ++out_.counts.needs_force;
            return true;
        }
        if (from == event_state::delivered && !t_.packs.has_record(id)) {
            ++out_.counts.without_contents;
            return true;
        }
        return false;
    }

    void apply() {
        std::vector<account_no> touched;
        for (auto const& r : ranges_) {
            auto excerpt = what_.who + ", was " + std::string(name_of(r.from));
            if (r.since != 0) excerpt += " since " + wall_text(from_ms(r.since));
            attempt_row row;
            row.kind = attempt_kind::person;
            row.at = now_;
            row.state = to_.state;
            row.counted = false;
            row.reason = name_of(what_.verb);
            row.excerpt = excerpt;
            for (auto id = r.first; id <= r.last; ++id)
                t_.attempts.add(id, row, true);
            t_.spans.carve(r.first, r.last, r.from, to_, now_);
            auto const count = r.last - r.first + 1;
            auto const no = event_no{r.first}.account();
            t_.accounts.move(t_.accounts.at(no), r.from, to_.state, count);
            t_.files.change(r.file).move(r.from, to_.state, static_cast<std::int64_t>(count));
            if (touched.empty() || touched.back() != no) touched.push_back(no);
        }
        auto changed = t_.files.flush(now_);
        out_.complete_files = std::move(changed.complete);
        out_.reopened = std::move(changed.reopened);
        t_.history.count(t_.accounts.take_news(), from_ms(now_));
        t_.spans.flush();
        for (auto const no : touched)
            out_.depths.push_back(t_.depth_of(t_.accounts.at(no)));
    }

    tables& t_;
    operation const& what_;
    std::int64_t now_;
    span_state to_;
    operation_slice out_;
    std::vector<range> ranges_;
    std::uint64_t looked_at_ = 0;
    std::uint64_t runs_ = 0;
};

}  // namespace

operation_slice run_operation(tables& t, operation const& what, event_no after, wall_time now) {
    return operation_run(t, what, now).run(after);
}

}  // namespace setclick::ledger
