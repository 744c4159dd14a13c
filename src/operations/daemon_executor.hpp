// Commands over the control socket of the daemon that runs.
//
// Promises: a request that may change something is sent once; what may be repeated is sent once more
// where the daemon closed the connection before its answer.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/control/client.hpp"
#include "setclickd/operations/command_executor.hpp"

namespace setclick::operations {

class daemon_executor final : public command_executor {
public:
    daemon_executor(std::string socket, control::client client);

    result<ledger::operation_counts> operate(ledger::operation const& what,
                                             progress_fn const& on_progress) override;
    result<std::uint64_t> apply(control::pause_request const& what) override;
    /// The same, where the daemon may not have all of the accounts: what it has not is left to others.
    struct operated {
        ledger::operation_counts counts;
        std::vector<account_no> elsewhere;
    };
    result<operated> operate_own(ledger::operation const& what, progress_fn const& on_progress);
    struct applied {
        std::uint64_t changed = 0;
        std::vector<account_no> elsewhere;
    };
    result<applied> apply_own(control::pause_request const& what);
    result<control::read_permit> pass_read(std::string const& account) override;
    result<void> read_answered(std::string const& account, api::answer_facts const& facts,
                               milliseconds ago) override;
    result<readback::account_token> token(std::string const& account,
                                          std::optional<std::uint64_t> refused) override;
    result<void> keep_verdict(std::string const& account, std::string const& verdict) override;
    bool is_daemon() const override { return true; }

private:
    /// A request on a connection that ends before its answer: nobody knows whether it was carried
    /// out.
    enum class repeat : bool { never, once };

    result<boost::json::value> ask(boost::json::object const& request, repeat again,
                                   control::client::progress_fn const& on_progress = {});
    result<void> reconnect();

    std::string socket_;
    control::client client_;
};

}  // namespace setclick::operations
