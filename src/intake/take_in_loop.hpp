// The first loop of the intake: claims files and reads what the ledger is to import next.
//
// Keeps true: nothing is claimed while the ledger has no room, so the spool stays as it is; at most
// `most_files` are on their way in at once.
// Where it waits: for a name in incoming/ (hints, the next scan), a file that may be read on, room
// for a call. Who wakes it: `wake`, from the loops that import, publish and finish, and from the
// hints. Never: waits for delivery, asks the ledger.
#pragma once

#include "call_builder.hpp"
#include "claims.hpp"
#include "import_loop.hpp"
#include "loop_context.hpp"
#include "setclickd/async/notification.hpp"

namespace setclick::intake {

class take_in_loop {
public:
    static constexpr std::size_t most_files = 4096;

    take_in_loop(loop_context const& context, claims& claims, call_builder& builder,
                 import_loop& import, file_table& files)
        : context_(&context),
          claims_(&claims),
          builder_(&builder),
          import_(&import),
          files_(&files),
          wake_(context.io),
          hints_wanted_(context.io) {}

    boost::asio::awaitable<void> run();
    /// Wakes `run` when the kernel has hints (inotify), and then not before it waits again. Ends at
    /// once where there are none.
    boost::asio::awaitable<void> watch();

    void wake() noexcept { wake_.notify(); }

private:
    bool may_claim() const noexcept { return files_->count_on_their_way_in() < most_files; }
    result<bool> step(steady_time now);
    steady_time next_time(steady_time now) const;

    loop_context const* context_;
    claims* claims_;
    call_builder* builder_;
    import_loop* import_;
    file_table* files_;
    std::shared_ptr<import_call> draft_;  ///< made up, as soon as there is something for it
    async::notification wake_;
    async::notification hints_wanted_;
};

}  // namespace setclick::intake
