// Brings calls to the ledger, one after the other, and puts each answer's files to their next
// stage.
//
// Keeps true: calls are committed in the order in which they were made up, and none before the one
// ahead of it (a chunk must never be imported when the one before it in its file was not). With a
// full disk the same call waits and is asked again; meanwhile nothing more is read. A file has its
// number before anybody hears that it is complete, however fast its events were delivered.
// Where it waits: for a call (`give` wakes it), for the ledger's answer, for room on the disk (a
// deadline). Never: reads a file, decides what is read.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "file_table.hpp"
#include "import_call.hpp"
#include "intake_log.hpp"
#include "loop_context.hpp"
#include "setclickd/async/notification.hpp"
#include "setclickd/intake/figures.hpp"
#include "setclickd/intake/hold_up.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::intake {

struct import_options {
    ledger::place ledger;  ///< for messages
    milliseconds try_again_after{5000};
    /// On the ledger's thread, after each commit: accounts that got events, and how many events.
    std::function<void(std::vector<account_no>, std::uint64_t)> imported;
    figures* counted = nullptr;  ///< null: nobody wants to know
    /// There is room for a call again, or files have come to another stage.
    std::function<void()> answered;
};

class import_loop {
public:
    import_loop(loop_context const& context, ledger::writer& writer, import_options options,
                file_table& files, intake_log& log);

    boost::asio::awaitable<void> run();

    /// One call is with the ledger, one more may wait for it.
    /// What it waits for: room, or another program.
    hold_up held_up() const noexcept { return waits_.is_troubled() ? held_up_ : hold_up::none; }
    bool has_room() const noexcept { return next_ == nullptr && !waits_.is_troubled(); }
    bool is_idle() const noexcept { return next_ == nullptr && !is_under_way_; }
    /// A call is with the ledger or waits for it.
    bool is_under_way() const noexcept { return !is_idle(); }
    /// An empty call, with the memory of an earlier one.
    std::shared_ptr<import_call> fresh();
    void give(std::shared_ptr<import_call> call);
    /// All events of a file are final.
    void complete(ledger::file_info info);

private:
    boost::asio::awaitable<bool> import(std::shared_ptr<import_call> call);
    void count(import_call const& call, ledger::import_answer const& answer) const;
    void answered(import_call& call, ledger::import_answer& answer, steady_time now);
    void chunk_answered(spool_file& file, ledger::import_result& r, steady_time now);
    void leave(spool_file& file, std::optional<ledger::file_info> complete);
    void not_now(error const& e, steady_time now);
    milliseconds pause_after(errc code) const;

    loop_context const* context_;
    ledger::writer* writer_;
    import_options options_;
    file_table* files_;
    intake_log* log_;
    async::notification given_;
    std::shared_ptr<import_call> next_;
    std::shared_ptr<import_call> spare_;
    bool is_under_way_ = false;
    bool awaits_numbers_ = false;
    std::vector<ledger::file_info> early_;  ///< complete before their numbers were known here
    telemetry::log_limiter waits_;
    hold_up held_up_ = hold_up::none;  // while it waits
};

}  // namespace setclick::intake
