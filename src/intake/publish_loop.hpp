// Writes the refused lines of files that were read to their end to rejected/, a file after the
// other, a piece at a time.
//
// Keeps true: a file leaves `publishing` only when its refused lines lie durably in rejected/, and
// becomes `marking`; with trouble that may pass (a full disk) nothing is lost and it is tried again.
// Where it waits: for a file to publish (`wake`), for the trouble to pass (a deadline).
// Never: touches incoming/ or done/.
#pragma once

#include "file_table.hpp"
#include "loop_context.hpp"
#include "rejects_writer.hpp"
#include "setclickd/async/notification.hpp"
#include "setclickd/telemetry/log_limiter.hpp"

namespace setclick::intake {

class publish_loop {
public:
    publish_loop(loop_context const& context, rejects_tools const& tools,
                 milliseconds try_again_after, file_table& files)
        : context_(&context),
          tools_(tools),
          try_again_after_(try_again_after),
          files_(&files),
          wake_(context.io) {}

    boost::asio::awaitable<void> run();
    void wake() noexcept { wake_.notify(); }

    /// It fails, and is tried again and again.
    bool is_held_up() const noexcept { return trouble_.is_troubled(); }

private:
    /// The lines of one file; an error is what the writer met.
    boost::asio::awaitable<result<void>> publish(spool_file& file);
    result<rejects_job> job_of(spool_file const& file) const;
    /// False where it is an error after which nothing goes on.
    bool may_go_on(spool_file& file, error const& e, steady_time now);

    loop_context const* context_;
    rejects_tools tools_;
    milliseconds try_again_after_;
    file_table* files_;
    async::notification wake_;
    telemetry::log_limiter trouble_;
};

}  // namespace setclick::intake
