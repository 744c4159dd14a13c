#include "current_intake.hpp"

#include <boost/asio/post.hpp>

#include <utility>

#include "crash_marker.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/setup/ledger.hpp"

namespace setclick::daemon {

current_intake::current_intake(parts with, run_facts facts, std::function<void(error)> fatal)
    : with_(with), facts_(std::move(facts)), fatal_(std::move(fatal)) {}

void current_intake::start(std::vector<ledger::file_info> unfinished) {
    auto const& settings = with_.config.now();
    intake::service_options o;
    o.spool = settings.spool;
    o.key = settings.dedupe.key;
    o.rules = setup::rules_of(settings);
    o.tables = setup::csv_rules_of(settings);
    o.accounts = with_.config.configured_numbers();
    // What any node may send is taken by all. Where just one account is configured, an event need not name that one.
    if (facts_.imported)
        for (auto& [id, no] : with_.config.others()) {
            o.rules.accounts.push_back(id);
            o.tables.accounts.push_back({std::move(id), {}});
            o.accounts.push_back(no);
            ++o.rules.others;
            ++o.tables.others;
        }
    o.run = facts_.run;
    if (intake_) o.after = intake_->last_sequence();
    o.ledger = setup::ledger_place_of(settings);
    o.once = facts_.once;
    o.crash_lines = facts_.crash_lines;
    intake::service_wiring w;
    w.spool = &with_.spool;
    w.writer = &with_.writer;
    w.reading = &reading_now();
    w.counted = &counted_;
    w.thread_begins = [&also = facts_.thread_begins] {
        use_signal_stack();
        if (also) also();
    };
    w.imported = [&deliver = with_.deliver, &also = facts_.imported](
                     std::vector<account_no> accounts, std::uint64_t) {
        if (also) also(accounts);
        deliver.imported(std::move(accounts));
    };
    w.fatal = [this](error why) {
        boost::asio::post(with_.context, [this, why = std::move(why)] { fatal_(why); });
    };
    // Files that delivery finished after the last one had stopped.
    auto completes = intake_ ? intake_->left_over() : std::vector<ledger::file_info>{};
    intake_ = std::make_unique<intake::service>(std::move(o), std::move(w));
    intake_->start(std::move(unfinished));
    if (!completes.empty()) intake_->complete(std::move(completes));
}

void current_intake::stop() {
    if (intake_) intake_->stop();
}

void current_intake::complete(std::vector<ledger::file_info> files) {
    if (intake_) intake_->complete(std::move(files));
}

void current_intake::expire(std::vector<ledger::expired_file> files,
                            std::optional<wall_time> oldest_kept) {
    if (intake_) intake_->expire(std::move(files), oldest_kept);
}

std::size_t current_intake::expiring() const noexcept {
    return intake_ ? intake_->expiring() : 0;
}

std::optional<std::uint64_t> current_intake::progress() const noexcept {
    return intake_ ? std::optional(intake_->progress()) : std::nullopt;
}

bool current_intake::is_idle() const noexcept {
    return intake_ && intake_->idle();
}

void current_intake::add_to(delivery::deliver_status& s) const {
    auto const held_up = intake_ ? intake_->held_up() : intake::hold_up::none;
    if (held_up == intake::hold_up::ledger_full)
        s.disk_full = true;  // delivery may have had nothing to write yet
    else if ((held_up != intake::hold_up::ledger_locked || s.ledger_locked.empty()) &&
             held_up != intake::hold_up::ledger_away)  // which has a place of its own
        s.intake_held_up = intake::text_of(held_up);
    auto& figures = s.figures;
    figures.import_events = counted_.import.values();
    auto const rejected = [&](delivery::rejection why) -> std::uint64_t& {
        return figures.rejected[static_cast<std::size_t>(why)];
    };
    rejected(delivery::rejection::bad_line) += counted_.bad_lines.value();
    rejected(delivery::rejection::taken_id) += counted_.taken_ids.value();
}

bool current_intake::has_unreadable() const noexcept {
    return intake_ && intake_->has_unreadable();
}
spool::left_counts current_intake::left_alone() const noexcept {
    return intake_ ? intake_->left_alone() : spool::left_counts{};
}

}  // namespace setclick::daemon
