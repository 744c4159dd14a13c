#include "file_table.hpp"

#include <algorithm>
#include <utility>

namespace setclick::intake {

void file_table::when_entered(stage s, std::function<void()> then) {
    hooks_[static_cast<std::size_t>(s)] = std::move(then);
}

void file_table::entered(stage s) const {
    if (auto const& hook = hooks_[static_cast<std::size_t>(s)]) hook();
}

spool_file& file_table::add(stage at, reading_file file) {
    auto& added = row(at).emplace_back();
    added.reading = std::move(file);
    added.at_ = at;
    added.self_ = std::prev(row(at).end());
    if (added.no() != file_no{}) know(added);
    entered(at);
    return added;
}

spool_file& file_table::add_claimed(ledger::claimed_file claimed, unique_fd fd) {
    auto file = reading_of(claimed);
    file.fd = std::move(fd);
    auto& added = add(stage::claimed, std::move(file));
    added.to_announce = std::move(claimed);
    return added;
}

void file_table::set_stage(spool_file& file, stage to) {
    auto& target = row(to);
    target.splice(target.end(), row(file.at_), file.self_);
    if (std::exchange(file.at_, to) != to) entered(to);
}

void file_table::set_number(spool_file& file, file_no no) {
    file.reading.no = no;
    know(file);
}

void file_table::know(spool_file& file) {
    by_number_.emplace(file.no(), &file);
    newest_ = std::max(newest_, file.no());
}

void file_table::remove(spool_file& file) {
    by_number_.erase(file.no());
    row(file.at_).erase(file.self_);
}

void file_table::leave_for_delivery(spool_file& file) {
    if (file.with_care) with_care_.insert(file.no());
    remove(file);
}

void file_table::add_complete(ledger::file_info info) {
    if (auto* const known = find(info.no)) {
        // Still on its way in: kept until its refused lines lie in rejected/. Being finished: it
        // was opened by a person's command meanwhile, and what is known of it is old.
        known->last_word_is_old = known->last_word.has_value() || !is_on_its_way_in(known->at());
        known->last_word = std::move(info);
        return;
    }
    if (count(stage::complete) >= most_known) {
        add_complete(info.no);
        return;
    }
    auto& file = add(stage::complete, reading_of(info));
    file.with_care = with_care_.erase(info.no) > 0;
    file.last_word = std::move(info);
}

void file_table::add_complete(file_no no) {
    if (find(no) == nullptr) by_number_only_.push_back(no);
    entered(stage::complete);
}

std::vector<spool_file*> file_table::take_complete(std::size_t limit) {
    std::vector<spool_file*> out;
    while (out.size() < limit) {
        if (auto* const file = first(stage::complete)) {
            set_stage(*file, stage::finishing);
            out.push_back(file);
            continue;
        }
        if (by_number_only_.empty()) break;
        auto const no = by_number_only_.front();
        by_number_only_.pop_front();
        if (find(no) != nullptr) continue;
        reading_file known;
        known.no = no;
        with_care_.erase(no);
        auto& file = add(stage::finishing, std::move(known));
        file.with_care = true;
        out.push_back(&file);
    }
    return out;
}

spool_file* file_table::first(stage s) noexcept {
    return row(s).empty() ? nullptr : &row(s).front();
}

spool_file* file_table::find(file_no no) noexcept {
    auto const found = by_number_.find(no);
    return found == by_number_.end() ? nullptr : found->second;
}

std::size_t file_table::count_on_their_way_in() const noexcept {
    std::size_t out = 0;
    for (std::size_t i = 0; i < stage_count; ++i)
        if (is_on_its_way_in(static_cast<stage>(i))) out += rows_[i].size();
    return out;
}

bool file_table::is_at_rest() const noexcept {
    for (std::size_t i = 0; i < stage_count; ++i)
        if (static_cast<stage>(i) != stage::unreadable && !rows_[i].empty()) return false;
    return by_number_only_.empty();
}

}  // namespace setclick::intake
