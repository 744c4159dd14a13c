// Report access from another thread of the daemon: what the daemon's own comparisons read with.
//
// Each call runs on the io_context's thread and is waited for here, until `stop` or for a minute.
#pragma once

#include <boost/asio/io_context.hpp>

#include <atomic>
#include <functional>

#include "read_service.hpp"
#include "setclickd/readback/report_access.hpp"

namespace setclick::daemon {

class local_report_access final : public readback::report_access {
public:
    /// All three must outlive it.
    local_report_access(boost::asio::io_context& context, read_service& reads,
                        std::atomic<bool> const& stop)
        : context_(context), reads_(reads), stop_(stop) {}

    result<control::read_permit> pass_read(std::string const& account) override;
    result<void> read_answered(std::string const& account, api::answer_facts const& facts,
                               milliseconds ago) override;
    result<readback::account_token> token(std::string const& account,
                                          std::optional<std::uint64_t> refused) override;
    result<void> keep_verdict(std::string const& account, std::string const& verdict) override;
    bool has_tokens() const override { return true; }

private:
    template <class T>
    result<T> ask(std::function<void(read_service::done_fn<T>)> begin);

    boost::asio::io_context& context_;
    read_service& reads_;
    std::atomic<bool> const& stop_;
};

}  // namespace setclick::daemon
