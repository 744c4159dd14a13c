#include "done_cleaner.hpp"

#include <algorithm>
#include <utility>

#include "call_builder.hpp"
#include "result_text.hpp"
#include "setclickd/async/ledger_call.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/spool/name.hpp"
#include "setclickd/spool/publish.hpp"
#include "setclickd/spool/read_lease.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

namespace asio = boost::asio;
using spool::place;
using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

/// A result is far smaller.
constexpr std::size_t result_size = std::size_t{64} << 10;
/// As far back as a retention reaches: their names are known, so that done/ need not be listed.
constexpr int days_back = 3650;

}  // namespace

void done_cleaner::add(std::vector<ledger::expired_file> files) {
    if (files.empty()) return;
    std::move(files.begin(), files.end(), std::back_inserter(queue_));
    wake_.notify();
}

void done_cleaner::keep_results_since(wall_time oldest) {
    oldest_ = oldest;
    wake_.notify();
}

asio::awaitable<void> done_cleaner::run() {
    for (;;) {
        if (queue_.empty()) {
            if (oldest_) remove_old_results(wall_now());
            context_->rests();
            co_await wake_.wait();
            continue;
        }
        auto removed = co_await remove_some(steady_now());
        if (!removed) {
            context_->fatal(removed.error());
            co_return;
        }
        is_reporting_ = !removed->empty();
        if (is_reporting_) {
            auto task = [files = std::move(*removed)](ledger::store& store) {
                return store.files_removed(files);
            };
            auto const known = co_await async::ledger_call(
                *writer_, ledger::writer::priority::import, std::move(task));
            is_reporting_ = false;
            // Without room, or locked, the ledger learns it at the next sweep.
            if (!known && !ledger::may_be_given_again(known.error().code)) {
                context_->fatal(known.error());
                co_return;
            }
        }
        co_await context_->yield();
    }
}

/// A few, and done/ is synced.
asio::awaitable<result<std::vector<file_no>>> done_cleaner::remove_some(steady_time now) {
    std::vector<file_no> removed;
    for (std::size_t i = 0; i < files_a_turn && !queue_.empty(); ++i) {
        auto const file = std::move(queue_.front());
        queue_.pop_front();
        if (file.is_there) {
            auto lies =
                filed_as(file.no, file.done_name, file.inode, file.offset, file.reader_state);
            auto const found = co_await returns_->look(std::move(lies));
            if (!found && !done_return::passes(found.error())) co_return found.error();
            // What is not reported is named again.
            if (!found || *found != done_look::unchanged) continue;
        }
        if (file.is_there && is_open_for_writing(file)) {
            ++open_;
            continue;
        }
        if (auto const r = remove(file); r)
            removed.push_back(file.no);
        else
            log_trouble(r.error(), now);
    }
    if (!removed.empty())
        if (auto r = spool_->sync(place::done, "spool.done.sync_done"); !r) co_return r.error();
    co_return removed;
}

/// As far as the kernel tells.
bool done_cleaner::is_open_for_writing(ledger::expired_file const& file) const {
    if (file.done_name.empty()) return false;
    auto const fd = open_in(*spool_, place::done, file.done_name);
    return fd && spool::read_lease(fd.get()).outcome() == spool::lease::refused;
}

result<void> done_cleaner::remove(ledger::expired_file const& file) {
    bool is_ours = true;
    if (file.is_there && !file.done_name.empty()) {
        auto const removed = spool::remove_done(*spool_, file.done_name, file.inode);
        if (!removed) return removed.error();
        is_ours = *removed;
    }
    bool const has_own_name = !file.done_name.empty() && file.done_name != file.name;
    if (has_own_name)
        if (auto r = remove_result(file, file.done_name); !r) return r.error();
    // One that was finished again when it was gone has its result under the name that it was dropped with.
    if (!has_own_name || !file.is_there)
        if (auto r = remove_result(file, file.name); !r) return r.error();
    // The ledger records it all the same: ours is not there any more.
    ++(is_ours ? files_ : others_);
    return {};
}

/// A file of one delivered event has none; where a name was taken it got another number, and the
/// name may be free again since. A crash may have left two of them.
result<void> done_cleaner::remove_result(ledger::expired_file const& file,
                                         std::string const& base) {
    auto const first = spool::with_suffix(base, ".result.json");
    for (std::uint32_t n = 1; n <= 8; ++n) {
        auto const at = spool::numbered(first, n);
        auto const text = spool::tail_of(*spool_, at, result_size);
        if (!text) return text.error();
        if (text->find(result_mark(file.no)) == std::string::npos) continue;
        auto const removed = spool::remove_own(*spool_, at);
        if (!removed) return removed.error();
    }
    return {};
}

/// By day: a line of a file that is still there keeps all of its day, and later days.
void done_cleaner::remove_old_results(wall_time now) {
    auto const oldest =
        std::chrono::floor<std::chrono::days>(std::min(*std::exchange(oldest_, std::nullopt), now));
    std::uint64_t days = 0;
    for (int back = 1; back <= days_back; ++back) {
        auto const removed =
            spool::remove_own(*spool_, results_name(oldest - std::chrono::days{back}));
        if (removed && *removed) ++days;
    }
    if (files_ > 0 || days > 0)
        log_line(level::info, "what is past its time in done/ is gone",
                 {{"files", files_},
                  {"days_of_results", days},
                  {name::path, spool_->path_of(place::done)}});
    if (others_ > 0)
        log_line(
            level::warn,
            "files in done/ that are not the ones that were filed there under their names (put "
            "in their place, or copied back) are left alone",
            {{"files", others_}, {name::path, spool_->path_of(place::done)}});
    if (open_ > 0)
        log_line(
            level::warn,
            "files past their time in done/ are open for writing, and stay until they are closed",
            {{"files", open_}, {name::path, spool_->path_of(place::done)}});
    files_ = 0;
    others_ = 0;
    open_ = 0;
}

void done_cleaner::log_trouble(error const& e, steady_time now) {
    if (trouble_.trouble(now))
        log_line(level::warn,
                 "a file past its time in done/ cannot be removed; it is tried again at the next "
                 "start, or in a day",
                 {{name::error, e.message}});
}

}  // namespace setclick::intake
