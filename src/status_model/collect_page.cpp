#include "setclickd/status_model/collect_page.hpp"
#include "setclickd/setup/ledger.hpp"

#include <algorithm>
#include <map>
#include <string>

#include "held_help.hpp"
#include "history.hpp"
#include "reason_class.hpp"
#include "setclickd/ledger/reasons.hpp"
#include "setclickd/status_model/collect.hpp"

namespace setclick::status_model {
namespace {

/// Lines and runs of events that are looked at for reasons: of one file or account, and together.
constexpr std::uint32_t looks_each = 2000;
constexpr std::uint32_t looks_together = 20'000;
constexpr std::size_t most_reasons = 5;
constexpr std::size_t most_held = 100;

/// What is left of the looks.
class budget {
public:
    std::uint32_t next() const { return std::min(looks_each, left_); }
    void spend(std::uint64_t looks) {
        left_ -= static_cast<std::uint32_t>(std::min<std::uint64_t>(left_, looks));
    }

private:
    std::uint32_t left_ = looks_together;
};

file_stage stage_of(ledger::file_state state) {
    switch (state) {
        case ledger::file_state::importing:
            return file_stage::importing;
        case ledger::file_state::open:
            return file_stage::open;
        case ledger::file_state::complete:
            return file_stage::complete;
        case ledger::file_state::done:
            return file_stage::done;
    }
    return file_stage::done;
}

void find_place(file_report& to, ledger::file_info const& f) {
    if (f.state != ledger::file_state::done) {
        to.place = file_place::work;
        to.path = "work/" + f.claimed.work_name;
    } else if (f.removed) {
        to.place = file_place::removed;
    } else if (f.done_name.empty()) {
        to.place = file_place::missing;
    } else {
        to.place = file_place::done;
        to.path = "done/" + f.done_name;
    }
}

file_report report_of(ledger::file_info const& f) {
    file_report out;
    out.no = static_cast<std::uint64_t>(f.no);
    out.name = f.claimed.name;
    out.taken_at = f.claimed_at;
    out.finished_at = f.finished_at;
    out.stage = f.given_up ? file_stage::given_up : stage_of(f.state);
    find_place(out, f);
    // One that has grown is read beyond the size that it was claimed with.
    out.bytes = std::max(f.claimed.size, f.offset);
    out.read_bytes = f.offset;
    out.held = std::min(f.held, f.pending);
    out.waiting = f.pending - out.held;
    out.delivered = f.delivered;
    out.duplicate = f.duplicate;
    out.discarded = f.discarded;
    out.refused_on_reading = f.refused;
    out.rejected_by_server = f.rejected;
    return out;
}

result<void> add_reasons(ledger::reader& from, budget& looks, file_report& to) {
    file_no const no{to.no};
    if (to.refused_on_reading > 0 && looks.next() > 0) {
        auto const rows = from.refused_lines(no, 0, looks.next());
        if (!rows) return rows.error();
        looks.spend(rows->size());
        ledger::reason_counts classes;
        for (auto const& row : *rows)
            classes.add(reason_class(row.reason), 1);
        to.refused_reasons = classes.top(most_reasons);
    }
    if (to.rejected_by_server > 0 && looks.next() > 0) {
        ledger::reason_counts reasons;
        auto const looked = from.look_at_rejected(no, looks.next(), reasons);
        if (!looked) return looked.error();
        looks.spend(*looked);
        to.rejected_reasons = reasons.top(most_reasons);
    }
    return {};
}

/// One row for each class of reasons.
void add_classes(ledger::held_look const& look, std::string const& account,
                 std::vector<held_report>& to) {
    std::map<held_class, held_report> rows;
    for (auto const& reason : look.reasons) {
        auto const why = class_of(reason.text);
        auto& row = rows[why];
        if (row.count == 0 || reason.oldest < row.oldest_since) row.oldest_since = reason.oldest;
        row.account = account;
        row.why = why;
        row.count += reason.events;
        row.is_cut = !look.is_whole;
        if (row.reasons.size() < most_reasons) row.reasons.emplace_back(reason.text, reason.events);
    }
    for (auto& [_, row] : rows)
        to.push_back(std::move(row));
}

result<std::vector<held_report>> held_in(ledger::reader& from, status_report const& status) {
    auto accounts = from.accounts();
    if (!accounts) return accounts.error();
    auto const held_of = [](ledger::account_info const& a) {
        return a.counts[static_cast<std::size_t>(ledger::event_state::held)];
    };
    std::erase_if(*accounts, [&](auto const& a) { return held_of(a) == 0; });
    std::stable_sort(accounts->begin(), accounts->end(),
                     [&](auto const& a, auto const& b) { return held_of(a) > held_of(b); });
    std::vector<held_report> out;
    budget looks;
    for (auto const& a : *accounts) {
        if (looks.next() == 0 || out.size() >= most_held) break;
        auto const look = from.held(a.no, looks.next());
        if (!look) return look.error();
        looks.spend(look->looked_at);
        add_classes(*look, a.id, out);
    }
    for (auto const& a : status.accounts) {
        if (a.events.in_doubt == 0) continue;
        held_report undecided;
        undecided.account = a.id;
        undecided.is_undecided = true;
        undecided.count = a.events.in_doubt;
        out.push_back(std::move(undecided));
    }
    std::stable_sort(out.begin(), out.end(),
                     [](auto const& a, auto const& b) { return a.count > b.count; });
    if (out.size() > most_held) out.resize(most_held);
    return out;
}

}  // namespace

result<std::vector<file_report>> newest_files(ledger::reader& from, std::uint32_t most) {
    auto const files = from.newest_files(most);
    if (!files) return files.error();
    std::vector<file_report> out;
    out.reserve(files->size());
    budget looks;
    for (auto const& f : *files) {
        out.push_back(report_of(f));
        if (auto const added = add_reasons(from, looks, out.back()); !added) return added.error();
    }
    return out;
}

result<page_report> collect_page(settings::settings const& s, live_status const& live,
                                 wall_time now) {
    auto status = collect(s, live, now);
    if (!status) return status.error();
    page_report out;
    out.status = std::move(*status);
    if (!out.status.has_ledger) return out;
    auto const opened = ledger::reader::open(setup::ledger_place_of(s));
    if (!opened) return opened.error();
    auto const slots = (*opened)->history();
    if (!slots) return slots.error();
    out.history = history_of(*slots, now);
    auto files = newest_files(**opened, page_files);
    if (!files) return files.error();
    out.recent_files = std::move(*files);
    auto held = held_in(**opened, out.status);
    if (!held) return held.error();
    out.held = std::move(*held);
    return out;
}

}  // namespace setclick::status_model
