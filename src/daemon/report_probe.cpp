#include "report_probe.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>

#include <utility>

#include "setclickd/api/report.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/delivery/read_answer.hpp"
#include "setclickd/net/async_request.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;

namespace {

/// Judged by the whole body, not by what a verdict on an event keeps of it.
api::answer_facts facts_of(net::http_answer const& answer) {
    auto view = answer.view();
    view.body = answer.body;
    view.body_size = answer.body.size();
    return api::classify(view, wall_now());
}

}  // namespace

report_probe::report_probe(asio::io_context& context, configuration const& config,
                           network const& network, dispatch::dispatcher& dispatcher,
                           ledger::writer& writer)
    : context_(context),
      config_(config),
      network_(network),
      dispatcher_(dispatcher),
      writer_(writer) {}

void report_probe::ask(account_no no) {
    // What has passed the gate is durable before the call is made.
    ledger::cycle_request request;
    request.now = wall_now();
    request.notes = dispatcher_.notes(no, std::chrono::steady_clock::now());
    // This may be gone by then, the io_context not: it only does not run any more.
    writer_.post(
        ledger::writer::priority::delivery,
        [this, &context = context_, no, request = std::move(request)](ledger::store& store) {
            bool const kept = store.cycle(request).has_value();
            asio::post(context, [this, no, kept] { kept ? call(no) : failed(no); });
        });
}

void report_probe::call(account_no no) {
    auto const* const a = config_.configured(no);
    auto token = dispatcher_.token_of(no);
    if (is_stopped_ || a == nullptr || token.reveal().empty()) return failed(no);
    api::report_query query;
    query.account_id = a->id;
    query.date_range = "today";
    query.limit = 1;
    auto request = api::report_request(network_.report_target(config_.now()).to, token, query);
    if (!request) return failed(no);
    asio::co_spawn(context_, run(no, std::move(*request)), asio::detached);
}

void report_probe::failed(account_no no) {
    if (!is_stopped_) dispatcher_.report_ended(no, delivery::report_word::none);
}

asio::awaitable<void, report_probe::executor> report_probe::run(account_no no,
                                                                secret<std::string> request) {
    auto const to = network_.report_target(config_.now());
    auto const begun = std::chrono::steady_clock::now();
    auto const answer =
        co_await net::async_request(context_, to.tls, to.open, std::move(request), to.timeout);
    if (is_stopped_) co_return;
    if (!answer) {
        failed(no);
        co_return;
    }
    auto const facts = facts_of(*answer);
    dispatcher_.read_answered(no, facts, begun, std::chrono::steady_clock::now());
    dispatcher_.report_ended(no, delivery::report_word_of(facts));
}

}  // namespace setclick::daemon
