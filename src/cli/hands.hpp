// Who carries out a command that changes the ledger: the daemon where it runs, else this process
// under the ledger's lock.
#pragma once

#include <functional>
#include <memory>

#include "setclickd/cli/messages.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

class hands {
public:
    using progress_fn = std::function<void(ledger::operation_counts const&)>;

    /// The ledger must exist. `errc::busy` when the daemon is just starting or ending.
    static result<std::unique_ptr<hands>> find(settings::settings const& s);
    virtual ~hands() = default;

    virtual result<ledger::operation_counts> operate(ledger::operation const& what,
                                                     progress_fn const& on_progress) = 0;
    /// How many accounts changed.
    virtual result<std::uint64_t> apply(brake const& what) = 0;
    /// True when the daemon does it.
    virtual bool is_daemon() const = 0;
};

}  // namespace setclick::cli
