// What reading an account's report asks of the daemon: a read at the account's gate, its token, a
// place for a verdict. Commands ask over the control socket, the daemon's own comparisons directly
// (local_report_access.hpp).
//
// Threads: called on the io_context's thread; `done` may be called from the ledger's thread.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "configuration.hpp"
#include "login.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/control/messages.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/readback/report_access.hpp"

namespace setclick::daemon {

class read_service {
public:
    template <class T>
    using done_fn = std::function<void(result<T>)>;

    /// All of them outlive this.
    read_service(dispatch::dispatcher& deliver, ledger::writer& writer, login& logins,
                 configuration const& config);

    /// What has passed is durable before `done` is called. `refused`: another node sends for the account, and
    /// keeps its rate.
    void pass_read(std::string const& id, done_fn<control::read_permit> done);
    result<void> read_answered(std::string const& id, control::read_answer const& answer);
    /// `refused`: the token of this issue was answered 401, so that an account that logs in does so
    /// again, once for all who held it, however late some of them hear of the 401. `done` is
    /// destroyed without a call when the account goes meanwhile.
    void token(std::string const& id, std::optional<std::uint64_t> refused,
               done_fn<readback::account_token> done);
    void keep_verdict(std::string const& id, std::string verdict, done_fn<void> done);

private:
    result<account_no> known(std::string const& id) const;
    result<account_no> configured(std::string const& id) const;
    result<account_no> own(std::string const& id) const;

    dispatch::dispatcher& deliver_;
    ledger::writer& writer_;
    login& logins_;
    configuration const& config_;
};

}  // namespace setclick::daemon
