// The end of a file's life: what the server rejected is written down, the file moves to done/, its
// result appears, and the ledger learns that it is done. Rounds of files, one after the other.
//
//     rejected/<file>.rejected-by-server.…   where the server rejected some
//     work/… → done/<file>, its result       archiver
//     ledger::store::files_done              one transaction for the round
//
// Keeps true: what is published is what the ledger knows at that moment; a file that was named again
// while it is being finished (a person's command opened it) is finished as it is then; one that grew
// goes back to `importing`. Restartable: killed anywhere, the next start begins again with the same
// file and does what is left. A full disk, or a system without descriptors, keeps the round and tries
// again; a file that cannot be read again is `unreadable`, and the others go on.
// Where it waits: for a complete file (`wake`), for the next round (`gap`), for the ledger, for
// trouble to pass. Never: waits for delivery.
#pragma once

#include <functional>
#include <vector>

#include "archiver.hpp"
#include "crash_places.hpp"
#include "done_return.hpp"
#include "file_table.hpp"
#include "intake_log.hpp"
#include "loop_context.hpp"
#include "rejects_writer.hpp"
#include "setclickd/async/notification.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::intake {

class finish_loop {
public:
    static constexpr std::size_t round_size = 512;
    /// Rounds are at least this far apart: each costs four syncs.
    static constexpr milliseconds gap{100};

    finish_loop(loop_context const& context, ledger::writer& writer, rejects_tools const& tools,
                milliseconds try_again_after, crash_places const& crashes, file_table& files,
                intake_log& log, std::function<void(filed)> when_done);

    boost::asio::awaitable<void> run();
    void wake() noexcept { wake_.notify(); }

    /// It fails, and is tried again and again.
    bool is_held_up() const noexcept { return trouble_.is_troubled(); }

private:
    using round = std::vector<finish_item>;

    /// A round to its end. False after an error after which nothing goes on.
    boost::asio::awaitable<bool> finish(round& files);
    /// One pass over what is left of the round; `archived` says whether it lies in done/.
    boost::asio::awaitable<result<void>> pass(round& files, bool& archived);
    boost::asio::awaitable<result<void>> ask_ledger(round& files);
    boost::asio::awaitable<result<void>> report_done(round& files);
    boost::asio::awaitable<result<void>> write_notes(round& files);
    boost::asio::awaitable<result<void>> write_notes_of(finish_item& it);

    void begin(finish_item& it) const;
    bool has_changed(ledger::file_info const& info) const;
    bool look_at_work(finish_item& it);
    void look_at_work(round& files);
    result<rejects_job> job_of(finish_item const& it) const;
    void done(round& files);
    bool may_go_on(error const& e, steady_time now);

    loop_context const* context_;
    ledger::writer* writer_;
    rejects_tools tools_;
    milliseconds try_again_after_;
    crash_places const* crashes_;
    file_table* files_;
    intake_log* log_;
    archiver archiver_;
    std::function<void(filed)> when_done_;  ///< it lies in done/ now
    async::notification wake_;
    telemetry::log_limiter trouble_;
};

}  // namespace setclick::intake
