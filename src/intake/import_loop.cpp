#include "import_loop.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <utility>

#include "setclickd/async/ledger_call.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

std::string free_space(ledger::place const& where) {
    if (where.is_in_postgres()) return "unknown";
    auto const& path = where.path;
    struct statvfs room {};
    auto const slash = path.rfind('/');
    auto const directory =
        slash == std::string::npos ? std::string(".") : path.substr(0, slash + 1);
    if (::statvfs(directory.c_str(), &room) != 0) return "unknown";
    return grouped(std::uint64_t{room.f_bavail} * room.f_frsize) + " bytes";
}

/// What runs on the ledger's thread. It shares the call: also a loop that is gone has begun it.
class import_task {
public:
    import_task(std::shared_ptr<import_call const> call,
                std::function<void(std::vector<account_no>, std::uint64_t)> imported)
        : call_(std::move(call)), imported_(std::move(imported)) {}

    result<ledger::import_answer> operator()(ledger::store& store) const {
        auto answer = store.import(call_->new_files, call_->chunks, wall_now());
        if (answer) report(*answer);
        return answer;
    }

private:
    void report(ledger::import_answer const& answer) const {
        if (!imported_) return;
        std::vector<account_no> accounts;
        std::uint64_t count = 0;
        for (auto const& r : answer.chunks) {
            count += r.accepted;
            for (auto const account : r.accounts)
                if (std::find(accounts.begin(), accounts.end(), account) == accounts.end())
                    accounts.push_back(account);
        }
        if (!accounts.empty()) imported_(std::move(accounts), count);
    }

    std::shared_ptr<import_call const> call_;
    std::function<void(std::vector<account_no>, std::uint64_t)> imported_;
};

}  // namespace

import_loop::import_loop(loop_context const& context, ledger::writer& writer,
                         import_options options, file_table& files, intake_log& log)
    : context_(&context),
      writer_(&writer),
      options_(std::move(options)),
      files_(&files),
      log_(&log),
      given_(context.io) {}

std::shared_ptr<import_call> import_loop::fresh() {
    return spare_ ? std::move(spare_) : std::make_shared<import_call>();
}

void import_loop::give(std::shared_ptr<import_call> call) {
    next_ = std::move(call);
    given_.notify();
}

asio::awaitable<void> import_loop::run() {
    for (;;) {
        while (!next_) {
            context_->rests();
            co_await given_.wait();
        }
        is_under_way_ = true;
        auto call = std::move(next_);
        awaits_numbers_ = !call->new_owners.empty();
        options_.answered();  // the next one may be read while the ledger works
        bool const done = co_await import(call);
        is_under_way_ = false;
        if (!done) co_return;
        call->clear();
        spare_ = std::move(call);
        options_.answered();
    }
}

/// False after an error that ends the daemon.
asio::awaitable<bool> import_loop::import(std::shared_ptr<import_call> call) {
    for (;;) {
        import_task task(call, options_.imported);
        auto answer = co_await async::ledger_call(*writer_, ledger::writer::priority::import,
                                                  std::move(task));
        auto const now = steady_now();
        if (answer) {
            answered(*call, *answer, now);
            if (waits_.ended(now))
                log_line(level::info, "the ledger can be written again: the intake goes on",
                         {{name::path, options_.ledger.shown()}});
            co_return true;
        }
        if (!ledger::may_be_given_again(answer.error().code)) {
            context_->fatal(answer.error());
            co_return false;
        }
        not_now(answer.error(), now);
        co_await context_->pause_until(now + pause_after(answer.error().code));
    }
}

/// A server that is back is to be met soon; each try costs nothing.
milliseconds import_loop::pause_after(errc code) const {
    constexpr milliseconds for_a_server{1000};
    return code == errc::unreachable ? std::min(for_a_server, options_.try_again_after)
                                     : options_.try_again_after;
}

void import_loop::not_now(error const& e, steady_time now) {
    held_up_ = e.code == errc::busy          ? hold_up::ledger_locked
               : e.code == errc::unreachable ? hold_up::ledger_away
                                             : hold_up::ledger_full;
    if (!waits_.trouble(now) || e.code == errc::unreachable) return;  // that is logged for all
    if (e.code == errc::busy)
        log_line(level::error,
                 "the ledger is locked by another program: nothing more is taken, the spool stays "
                 "as it is; it goes on by itself",
                 {{name::path, options_.ledger.shown()}, {name::error, e.message}});
    else
        log_line(level::error,
                 "the ledger's disk is full: nothing more is taken, the spool stays as it is; it "
                 "goes on by itself "
                 "when there is room",
                 {{name::path, options_.ledger.shown()},
                  {"free", free_space(options_.ledger)},
                  {name::error, e.message}});
}

void import_loop::count(import_call const& call, ledger::import_answer const& answer) const {
    if (options_.counted == nullptr) return;
    std::uint64_t lines = 0;
    for (std::size_t i = 0; i < answer.chunks.size(); ++i) {
        auto const& r = answer.chunks[i];
        auto const bad = std::min<std::uint64_t>(r.refused, call.chunks[i].refused.size());
        lines += r.accepted + r.duplicates + r.refused;
        options_.counted->bad_lines.add(bad);
        options_.counted->taken_ids.add(r.refused - bad);
    }
    if (lines > 0) options_.counted->import.add(static_cast<double>(lines));
}

void import_loop::answered(import_call& call, ledger::import_answer& answer, steady_time now) {
    count(call, answer);
    for (std::size_t i = 0; i < call.new_owners.size(); ++i)
        files_->set_number(*call.new_owners[i], answer.files[i]);
    // All of them first: of a file with two chunks in this call the second one is still under way.
    for (std::size_t i = 0; i < call.owners.size(); ++i) {
        --call.owners[i]->chunks_under_way;
        chunk_answered(*call.owners[i], answer.chunks[i], now);
    }
    awaits_numbers_ = false;
    for (auto& info : std::exchange(early_, {}))
        files_->add_complete(std::move(info));
}

/// The ledger's thread gives its numbers out before its answer is heard here, and the delivery may be
/// faster than that: such a file would be taken for one that nobody reads any more.
void import_loop::complete(ledger::file_info info) {
    if (awaits_numbers_ && files_->is_newer(info.no))
        early_.push_back(std::move(info));
    else
        files_->add_complete(std::move(info));
}

void import_loop::chunk_answered(spool_file& file, ledger::import_result& r, steady_time now) {
    if (file.at() == stage::marking) return leave(file, std::move(r.complete));
    file.counts.events += r.accepted;
    file.counts.refused += r.refused;
    file.counts.duplicates += r.duplicates;
    if (file.at() != stage::read || file.chunks_under_way > 0) return;
    log_->read(file, now);
    if (file.counts.refused == 0) return leave(file, std::move(r.complete));
    if (r.complete) file.last_word = std::move(r.complete);
    files_->set_stage(file, stage::publishing);
}

/// Nothing more is to be read or written of it: from here on it is the delivery's, or ready to be
/// finished.
void import_loop::leave(spool_file& file, std::optional<ledger::file_info> complete) {
    if (!complete && !file.last_word) return files_->leave_for_delivery(file);
    // Both, or only an earlier one: it does not know that the refused lines lie in rejected/.
    file.last_word_is_old = file.last_word.has_value();
    if (complete) file.last_word = std::move(complete);
    files_->set_stage(file, stage::complete);
}

}  // namespace setclick::intake
