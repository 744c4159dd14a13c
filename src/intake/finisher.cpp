#include "finisher.hpp"

#include <algorithm>

#include "setclickd/base/clock.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

}  // namespace

struct finisher::answer {
    std::mutex mutex;
    bool there = false;
    std::vector<ledger::file_info> infos;
    std::vector<bool> again;  ///< beside them
    bool done = false;        ///< files_done succeeded
    std::optional<error> failed;
};

finisher::finisher(finish_wiring wiring)
    : wiring_(std::move(wiring)), answer_(std::make_shared<answer>()) {}
finisher::~finisher() = default;

void finisher::add(file_no no, bool again) {
    if (known_.insert(no).second)
        queue_.emplace_back(no, again);
    else
        stale_.insert(no);
}

/// Nothing more is to be done with it, unless it was named again since the ledger was asked.
void finisher::let_go(file_no no) {
    if (stale_.erase(no) > 0)
        ask_anew(no);
    else
        known_.erase(no);
}

void finisher::ask_anew(file_no no) {
    queue_.emplace_back(no, true);
}

/// A person's command opened them, and they are complete anew: what is known of them does not hold
/// any more.
void finisher::ask_anew_of_stale(std::vector<item>& items) {
    if (stale_.empty()) return;
    std::erase_if(items, [&](item const& it) {
        if (!stale_.contains(it.info.no)) return false;
        ask_anew(it.info.no);
        return true;
    });
}

bool finisher::is_idle() const noexcept {
    return !waiting_ && queue_.empty() && slow_.empty() && ready_.empty();
}

steady_time finisher::next_turn() const noexcept {
    return waiting_ || is_idle() ? never : not_before_;
}

void finisher::trouble(error const& e, steady_time now) {
    not_before_ = now + wiring_.try_again_after;
    if (trouble_.trouble(now))
        log_line(level::error,
                 "finished files cannot be archived now; nothing is lost, it is tried again",
                 {{name::error, e.message}});
}

result<bool> finisher::turn(steady_time now) {
    if (auto r = take_answer(now); !r) return r.error();
    if (waiting_ || now < not_before_) return false;
    if (moved_) {
        ask_anew_of_stale(ready_);
        if (!ready_.empty()) post_done();
        moved_ = !ready_.empty();
        return true;
    }
    if (!slow_.empty()) {
        auto r = slow_turn(now);
        if (!r) return r.error();
        return true;
    }
    if (ready_.size() >= round_size || (queue_.empty() && !ready_.empty())) return archive(now);
    if (queue_.empty()) return false;
    ask();
    return true;
}

void finisher::ask() {
    std::vector<file_no> numbers;
    std::vector<bool> again;
    for (; !queue_.empty() && numbers.size() + ready_.size() < round_size; queue_.pop_front()) {
        numbers.push_back(queue_.front().first);
        stale_.erase(queue_.front().first);
        again.push_back(queue_.front().second);
    }
    waiting_ = true;
    wiring_.writer->post(ledger::writer::priority::delivery,
                         [numbers = std::move(numbers), again = std::move(again), to = answer_,
                          wake = wiring_.wake](ledger::store& store) mutable {
                             auto infos = store.files(numbers);
                             {
                                 std::lock_guard const lock(to->mutex);
                                 if (infos)
                                     to->infos = std::move(*infos);
                                 else
                                     to->failed = infos.error();
                                 to->again = std::move(again);
                                 to->there = true;
                             }
                             wake();
                         });
}

result<void> finisher::take_answer(steady_time now) {
    if (!waiting_) return {};
    std::vector<ledger::file_info> infos;
    std::vector<bool> again;
    bool done = false;
    std::optional<error> failed;
    {
        std::lock_guard const lock(answer_->mutex);
        if (!answer_->there) return {};
        infos = std::exchange(answer_->infos, {});
        again = std::exchange(answer_->again, {});
        done = std::exchange(answer_->done, false);
        failed = std::exchange(answer_->failed, std::nullopt);
        answer_->there = false;
    }
    waiting_ = false;
    if (failed && failed->code == errc::invalid_data && moved_) {
        // A person opened one of them again in between: ask anew which of them are complete.
        for (auto const& it : ready_)
            ask_anew(it.info.no);
        ready_.clear();
        moved_ = false;
        return {};
    }
    if (failed) {
        if (failed->code != errc::disk_full) return *failed;
        trouble(*failed, now);
        return {};
    }
    if (done) {
        for (auto const& it : ready_) {
            let_go(it.info.no);
            wiring_.log->finished(it.info, it.done_name, now);
            tell_unread(it);
        }
        ready_.clear();
        moved_ = false;
        not_before_ = now + gap;
        if (trouble_.ended(now)) log_line(level::info, "finished files can be archived again", {});
        return {};
    }
    for (std::size_t i = 0; i < infos.size(); ++i) {
        auto& info = infos[i];
        // Opened again by a person's command in the meantime: it comes back when it is complete.
        if (info.state != ledger::file_state::complete) {
            let_go(info.no);
            continue;
        }
        item it;
        it.again = again[i];
        it.done_name = info.done_name;
        it.moved = !info.done_name.empty() || info.removed;
        it.info = std::move(info);
        // Before what the server rejected is written down: it would be written again at the new
        // end.
        if (give_back_grown(it)) continue;
        bool const is_slow = it.info.rejected > 0 || it.info.refused > 0;
        if (is_slow)
            slow_.push_back(std::move(it));
        else
            ready_.push_back(std::move(it));
    }
    return {};
}

void finisher::post_done() {
    std::vector<ledger::done_file> files;
    files.reserve(ready_.size());
    for (auto const& it : ready_)
        files.push_back({it.info.no, it.done_name, it.info.finished_at, it.info.claimed.inode});
    waiting_ = true;
    wiring_.writer->post(
        ledger::writer::priority::delivery,
        [files = std::move(files), to = answer_, wake = wiring_.wake](ledger::store& store) {
            auto const now = wall_now();
            auto const done = store.files_done(files, now);
            {
                std::lock_guard const lock(to->mutex);
                to->done = done.has_value();
                if (!done) to->failed = done.error();
                to->there = true;
            }
            wake();
        });
}

}  // namespace setclick::intake
