// What was delivered against what was recorded, as multisets: no identity comes back from the
// vendor, so only how often a (day, utm_*, label) occurs on each side can be compared.
//
// Words: a *tuple* is one (day, utm_*, label). A receipt counts as *delivered* (once, for sure),
// *pending* (too young to be recorded, or on its way) or as a *doubt* (may have been recorded so
// many times: a held event, an attempt without an answer before the one that was answered). Of each
// tuple:
//     confirmed   delivered and recorded
//     missing     delivered, and recorded less often
//     surplus     recorded more often than doubts and pending receipts explain
//     ambiguous   doubts that the counts do not decide, and what one day lacks while the day
//                 before or after has too much of it
// Where the counts are equal to delivered, none of the doubts was recorded; where they are equal to
// delivered and every doubt, all of them were: only then a held event is *decided*, and only where
// no row of the day before or after could be its own, or the other way round. Tuples whose
// label is not among those judged are *shared* with the website: counted, never judged.
#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/api/report.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/event/event.hpp"
#include "setclickd/reconcile/days.hpp"

namespace setclick::reconcile {

/// A tuple without its day.
struct series_key {
    std::string label, source, medium, campaign, term, matchtype;

    friend auto operator<=>(series_key const&, series_key const&) = default;
};

/// Whether the vendor books it as a microconversion: by its flag, or by a "microconversion" of its
/// lead or settings.
bool is_microconversion(event::view const& value);
/// `label_path`: dialect.label.
series_key series_of(event::view const& value, std::string_view label_path);

enum class receipt_kind : std::uint8_t {
    delivered,  ///< answered, long enough ago
    pending,    ///< too young to judge: answered, in doubt or on its way since less than the delay
    held,       ///< in doubt, waits for a person
    open,       ///< all else: only its doubts count
};

struct receipt {
    event_no no{};
    receipt_kind kind = receipt_kind::open;
    std::uint32_t doubts =
        0;  ///< attempts that may have been recorded, in addition to the one that was answered
};

/// What to do with the held events of a tuple.
enum class decision : std::uint8_t {
    none,     ///< there are none, or the counts do not decide
    release,  ///< none was recorded: they may be sent again
    confirm,  ///< all were recorded: they are delivered
};

struct tuple_finding {
    day on{};
    series_key what;
    std::uint64_t delivered = 0, recorded = 0, pending = 0, doubts = 0;
    std::uint64_t confirmed = 0, missing = 0, surplus = 0, ambiguous = 0;
    decision decided = decision::none;
    std::vector<event_no> held;  ///< in doubt, by number

    bool agrees() const noexcept { return missing == 0 && surplus == 0 && ambiguous == 0; }
};

struct verdict {
    std::vector<tuple_finding> tuples;  ///< judged ones, by day
    std::uint64_t delivered = 0, recorded = 0, pending = 0;
    std::uint64_t confirmed = 0, missing = 0, surplus = 0, ambiguous = 0;
    std::uint64_t shared_delivered = 0, shared_recorded = 0;
    std::uint64_t to_release = 0, to_confirm = 0;  ///< held events that are decided
    std::uint64_t day_shifted = 0;  ///< part of `ambiguous`: a day has what its neighbour lacks

    bool agrees() const noexcept { return missing == 0 && surplus == 0 && ambiguous == 0; }
};

class comparison {
public:
    /// `labels`: those that are judged; "*" for all.
    comparison(day_range judged, std::vector<std::string> labels);

    /// Days beyond the range's neighbours are left out.
    void add(day on, series_key key, receipt const& r);
    /// `errc::invalid_data` for a row whose date cannot be read.
    result<void> add(api::report_row const& row);

    verdict judge() const;

private:
    struct cell {
        std::uint64_t delivered = 0, recorded = 0, pending = 0, doubts = 0;
        std::uint64_t held_doubts = 0;
        bool is_held_once = true;  ///< no held event has more than one doubt
        std::vector<event_no> held;
    };
    struct judged_cell;

    bool is_judged(std::string const& label) const;
    cell* cell_at(day on, series_key key);
    static judged_cell judged(cell const& c);
    static void lean(judged_cell& one, judged_cell& other);
    static void pair(judged_cell& one, judged_cell& other);
    static tuple_finding finding_of(day on, series_key const& key, judged_cell const& j);

    day_range range_;
    std::vector<std::string> labels_;
    bool all_labels_ = false;
    std::map<series_key, std::map<day, cell>> series_;
};

}  // namespace setclick::reconcile
