// Who carries out a command that changes the ledger or needs an account's gate: the daemon where it
// runs, else this process under the ledger's lock. Both do the same. Where several nodes share the
// ledger, each one does what is its own, on whichever host the command was given.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include "setclickd/base/error.hpp"
#include "setclickd/control/messages.hpp"
#include "setclickd/ledger/operations.hpp"
#include "setclickd/operations/follow_hooks.hpp"
#include "setclickd/readback/report_access.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::operations {

class command_executor : public readback::report_access {
public:
    using progress_fn = std::function<void(ledger::operation_counts const&)>;

    virtual result<ledger::operation_counts> operate(ledger::operation const& what,
                                                     progress_fn const& on_progress) = 0;
    /// Pause or resume. Returns how many accounts (and the endpoint) changed.
    virtual result<std::uint64_t> apply(control::pause_request const& what) = 0;
    /// True when the daemon carries it out.
    virtual bool is_daemon() const = 0;
    bool has_tokens() const override { return is_daemon(); }
};

/// The ledger must exist. `errc::busy` while the daemon is just starting or ending. The settings
/// must outlive what is returned. `hooks`: for who waits for another node.
result<std::unique_ptr<command_executor>> find_executor(settings::settings const& s,
                                                        follow_hooks hooks = {});
/// For reads alone: without a ledger too, with a gate that lasts as long as what is returned.
result<std::unique_ptr<command_executor>> find_executor_for_reading(settings::settings const& s,
                                                                    follow_hooks hooks = {});

}  // namespace setclick::operations
