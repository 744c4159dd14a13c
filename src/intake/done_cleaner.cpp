#include "done_cleaner.hpp"

#include <algorithm>
#include <mutex>

#include "result_text.hpp"
#include "setclickd/spool/name.hpp"
#include "setclickd/spool/publish.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

using spool::place;
using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

/// A result is far smaller.
constexpr std::size_t result_size = std::size_t{64} << 10;
/// As far back as a retention reaches: their names are known, so that done/ need not be listed.
constexpr int days_back = 3650;

}  // namespace

struct done_cleaner::answer {
    std::mutex mutex;
    bool there = false;
    std::optional<error> failed;
};

done_cleaner::done_cleaner(done_cleaner_wiring wiring)
    : wiring_(std::move(wiring)), answer_(std::make_shared<answer>()) {}
done_cleaner::~done_cleaner() = default;

void done_cleaner::add(std::vector<ledger::expired_file> files) {
    std::move(files.begin(), files.end(), std::back_inserter(queue_));
}

void done_cleaner::keep_results_since(wall_time oldest) {
    oldest_ = oldest;
}

bool done_cleaner::is_idle() const noexcept {
    return queue_.empty() && !waiting_ && !oldest_;
}

result<bool> done_cleaner::turn(steady_time now, wall_time wall_now) {
    if (waiting_) {
        auto const answered = take_answer();
        if (!answered || !*answered) return answered;
    }
    if (queue_.empty()) {
        if (!oldest_) return false;
        remove_old_results(wall_now);
        return true;
    }
    removed_.clear();
    for (std::size_t i = 0; i < files_a_turn && !queue_.empty(); ++i, queue_.pop_front())
        if (auto const r = remove(queue_.front()); r)
            removed_.push_back(queue_.front().no);
        else
            said(r.error(), now);
    if (removed_.empty()) return true;
    if (auto r = wiring_.spool->sync(place::done, "spool.done.sync_done"); !r) return r.error();
    post_removed();
    return true;
}

result<void> done_cleaner::remove(ledger::expired_file const& file) {
    bool is_ours = true;
    if (!file.done_name.empty()) {
        auto const removed = spool::remove_done(*wiring_.spool, file.done_name, file.inode);
        if (!removed) return removed.error();
        is_ours = *removed;
    }
    if (auto r = remove_result(file, file.done_name.empty() ? file.name : file.done_name); !r)
        return r.error();
    // The ledger is told all the same: ours is not there any more.
    ++(is_ours ? files_ : others_);
    return {};
}

/// A file of one delivered event has none; where a name was taken it got another number, and the
/// name may be free again since. A crash may have left two of them.
result<void> done_cleaner::remove_result(ledger::expired_file const& file, std::string const& base) {
    auto const first = spool::with_suffix(base, ".result.json");
    for (std::uint32_t n = 1; n <= 8; ++n) {
        auto const at = spool::numbered(first, n);
        auto const text = spool::tail_of(*wiring_.spool, at, result_size);
        if (!text) return text.error();
        if (text->find(result_mark(file.no)) == std::string::npos) continue;
        auto const removed = spool::remove_own(*wiring_.spool, at);
        if (!removed) return removed.error();
    }
    return {};
}

/// By day: a line of a file that is still there keeps all of its day, and later days.
void done_cleaner::remove_old_results(wall_time wall_now) {
    auto const oldest = std::chrono::floor<std::chrono::days>(
        std::min(*std::exchange(oldest_, std::nullopt), wall_now));
    std::uint64_t days = 0;
    for (int back = 1; back <= days_back; ++back) {
        auto const removed =
            spool::remove_own(*wiring_.spool, results_name(oldest - std::chrono::days{back}));
        if (removed && *removed) ++days;
    }
    if (files_ > 0 || days > 0)
        log_line(level::info, "what is past its time in done/ is gone",
                 {{"files", files_},
                  {"days_of_results", days},
                  {name::path, wiring_.spool->path_of(place::done)}});
    if (others_ > 0)
        log_line(
            level::warn,
            "files in done/ that are not the ones that were filed there under their names (put "
            "in their place, or copied back) are left alone",
            {{"files", others_}, {name::path, wiring_.spool->path_of(place::done)}});
    files_ = 0;
    others_ = 0;
}

void done_cleaner::said(error const& e, steady_time now) {
    if (trouble_.trouble(now))
        log_line(level::warn,
                 "a file past its time in done/ cannot be removed; it is tried again at the next "
                 "start, or in a day",
                 {{name::error, e.message}});
}

void done_cleaner::post_removed() {
    waiting_ = true;
    wiring_.writer->post(
        ledger::writer::priority::import,
        [files = removed_, to = answer_, wake = wiring_.wake](ledger::store& store) {
            auto const told = store.files_removed(files);
            {
                std::lock_guard const lock(to->mutex);
                to->failed.reset();
                if (!told) to->failed = told.error();
                to->there = true;
            }
            wake();
        });
}

/// False: not there yet.
result<bool> done_cleaner::take_answer() {
    std::optional<error> failed;
    {
        std::lock_guard const lock(answer_->mutex);
        if (!std::exchange(answer_->there, false)) return false;
        failed = std::exchange(answer_->failed, std::nullopt);
    }
    waiting_ = false;
    // Without room it learns it at the next sweep.
    if (failed && failed->code != errc::disk_full) return *failed;
    return true;
}

}  // namespace setclick::intake
