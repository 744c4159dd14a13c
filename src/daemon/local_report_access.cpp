#include "local_report_access.hpp"

#include <boost/asio/post.hpp>

#include <future>
#include <memory>
#include <utility>

namespace setclick::daemon {
namespace {

constexpr milliseconds patience{std::chrono::minutes{1}};
/// How long `stop` may go unnoticed.
constexpr milliseconds look_every{50};

}  // namespace

/// The promise is shared with what was posted: an answer that comes after this has given up finds it
/// still there. One that is destroyed without an answer (the account went meanwhile) breaks it.
template <class T>
result<T> local_report_access::ask(std::function<void(read_service::done_fn<T>)> begin) {
    auto const answer = std::make_shared<std::promise<result<T>>>();
    auto coming = answer->get_future();
    boost::asio::post(context_, [begin = std::move(begin), answer = answer]() mutable {
        begin([answer = std::move(answer)](result<T> r) { answer->set_value(std::move(r)); });
    });
    auto const until = std::chrono::steady_clock::now() + patience;
    while (coming.wait_for(look_every) != std::future_status::ready) {
        if (stop_) return fail(errc::busy, "interrupted");
        if (std::chrono::steady_clock::now() >= until)
            return fail(errc::busy, "the daemon did not get to it within a minute");
    }
    try {
        return coming.get();
    } catch (std::future_error const&) {
        return fail(errc::not_found, "the account has gone meanwhile");
    }
}

result<control::read_permit> local_report_access::pass_read(std::string const& account) {
    return ask<control::read_permit>(
        [this, account](auto done) { reads_.pass_read(account, std::move(done)); });
}

result<void> local_report_access::read_answered(std::string const& account,
                                                api::answer_facts const& facts, milliseconds ago) {
    return ask<void>([this, account, answer = control::read_answer{facts, ago}](auto done) {
        done(reads_.read_answered(account, answer));
    });
}

result<readback::account_token> local_report_access::token(std::string const& account,
                                                           std::optional<std::uint64_t> refused) {
    return ask<readback::account_token>(
        [this, account, refused](auto done) { reads_.token(account, refused, std::move(done)); });
}

result<void> local_report_access::keep_verdict(std::string const& account,
                                               std::string const& verdict) {
    return ask<void>([this, account, verdict](auto done) {
        reads_.keep_verdict(account, verdict, std::move(done));
    });
}

}  // namespace setclick::daemon
