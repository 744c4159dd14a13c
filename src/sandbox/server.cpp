#include "server.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_waitable_timer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>

#include <cstdio>
#include <filesystem>
#include <optional>
#include <thread>
#include <utility>

#include "preparation.hpp"
#include "tls_context.hpp"
#include "worker.hpp"

namespace setclick::sandbox {
namespace {

using net_acceptor = asio::basic_socket_acceptor<asio::ip::tcp, net_executor>;
using net_timer =
    asio::basic_waitable_timer<std::chrono::steady_clock,
                               asio::wait_traits<std::chrono::steady_clock>, net_executor>;

constexpr milliseconds tick = 20ms;         // the precision of idle_close
constexpr milliseconds flush_every = 60ms;  // with a late tick still under 100 ms

/// As many descriptors as the system lets us have: tests open thousands of connections.
void raise_descriptor_limit() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &limit);
}

std::string shown(std::string const& path) {
    return path.empty() ? "none" : path;
}

}  // namespace

struct server::state {
    state(options given, credentials callers, recorder files)
        : o(std::move(given)),
          desk(o.service, std::move(callers), std::move(files), moment_now()),
          tls(asio::ssl::context::tls_server) {
        for (int i = 0; i < std::max(1, o.threads); ++i)
            workers.push_back(std::make_unique<worker>(desk, tls));
        acceptor.emplace(front().context().get_executor());
    }

    worker& front() { return *workers.front(); }
    result<void> listen(asio::ip::tcp::endpoint const& endpoint);
    void stop();
    void on_signal(int number);
    result<void> flush();

    static task<> accept_loop(state& s);
    static task<> sweep_loop(worker& w);
    static task<> flush_loop(state& s);
    static task<> signal_loop(state& s);

    options o;
    service desk;
    asio::ssl::context tls;
    certificate_paths paths;
    std::vector<std::unique_ptr<worker>> workers;
    // After the workers, whose contexts they need until their end.
    std::optional<net_acceptor> acceptor;
    std::optional<asio::basic_signal_set<net_executor>> signals;
    std::optional<error> failure;
};

result<void> server::state::listen(asio::ip::tcp::endpoint const& endpoint) {
    boost::system::error_code ec;
    acceptor->open(endpoint.protocol(), ec);
    if (!ec) acceptor->set_option(asio::socket_base::reuse_address(true), ec);
    if (!ec) acceptor->bind(endpoint, ec);
    if (!ec) acceptor->listen(asio::socket_base::max_listen_connections, ec);
    if (ec) return fail(errc::unreachable, "cannot listen on " + o.listen + ": " + ec.message());
    return {};
}

task<> server::state::accept_loop(state& s) {
    net_timer breath(s.front().context().get_executor());
    for (std::size_t turn = 0;; ++turn) {
        auto& home = *s.workers[turn % s.workers.size()];
        auto const target = home.context().get_executor();
        auto [ec, socket] = co_await s.acceptor->async_accept(target, as_result);
        if (ec == asio::error::operation_aborted) co_return;
        if (!ec) {
            home.adopt(std::move(socket));
            continue;
        }
        // No descriptor left, or a client that has gone already: never a reason to spin.
        breath.expires_after(tick);
        co_await breath.async_wait(as_result);
    }
}

task<> server::state::sweep_loop(worker& w) {
    net_timer timer(w.context().get_executor());
    for (;;) {
        timer.expires_after(tick);
        co_await timer.async_wait(as_result);
        w.sweep(std::chrono::steady_clock::now());
    }
}

result<void> server::state::flush() {
    auto done = desk.flush();
    if (!done && !failure) failure = done.error();
    return done;
}

task<> server::state::flush_loop(state& s) {
    net_timer timer(s.front().context().get_executor());
    for (;;) {
        timer.expires_after(flush_every);
        co_await timer.async_wait(as_result);
        auto const done = s.flush();
        if (!done) s.stop();
    }
}

void server::state::on_signal(int number) {
    switch (number) {
        case SIGUSR1:
            static_cast<void>(flush());
            break;
        case SIGHUP:
            if (auto const content = read_token_files(o.token_files); !content)
                std::fprintf(stderr, "setclick-sandbox: the tokens stay as they were: %s\n",
                             content.error().message.c_str());
            else if (!o.token_files.empty())
                desk.replace_file_tokens(*content);
            break;
        default:
            stop();
            break;
    }
}

task<> server::state::signal_loop(state& s) {
    for (;;) {
        auto const [ec, number] = co_await s.signals->async_wait(as_result);
        if (ec) co_return;
        s.on_signal(number);
    }
}

void server::state::stop() {
    for (auto& w : workers)
        w->context().stop();
}

server::server(std::unique_ptr<state> s) : state_(std::move(s)) {}
server::~server() = default;

result<std::unique_ptr<server>> server::open(options o) {
    raise_descriptor_limit();
    auto const endpoint = parse_listen(o.listen);
    if (!endpoint) return endpoint.error();
    if (auto const done = complete_paths(o); !done) return done.error();
    auto callers = make_credentials(o);
    if (!callers) return callers.error();
    auto files = recorder::open({o.record, o.book, o.record_raw});
    if (!files) return files.error();

    auto s = std::make_unique<state>(std::move(o), std::move(*callers), std::move(*files));
    if (s->o.certificate.empty()) {
        auto made = ensure_certificate(s->o.dir, s->o.names);
        if (!made) return made.error();
        s->paths = std::move(*made);
    } else {
        s->paths = {"", s->o.certificate, s->o.key};
    }
    if (auto const done = set_up_tls(s->tls, s->paths); !done) return done.error();
    if (auto const done = s->listen(*endpoint); !done) return done.error();
    asio::co_spawn(s->front().context(), state::accept_loop(*s), asio::detached);
    asio::co_spawn(s->front().context(), state::flush_loop(*s), asio::detached);
    for (auto& w : s->workers)
        asio::co_spawn(w->context(), state::sweep_loop(*w), asio::detached);
    return std::unique_ptr<server>(new server(std::move(s)));
}

std::uint16_t server::port() const noexcept {
    boost::system::error_code ec;
    return state_->acceptor->local_endpoint(ec).port();
}

std::string server::base_url() const {
    auto const address = state_->acceptor->local_endpoint().address();
    auto host = address.is_unspecified() ? std::string("127.0.0.1") : address.to_string();
    if (host.find(':') != std::string::npos) host = fmt::format("[{}]", host);
    return fmt::format("https://{}:{}{}", host, port(), state_->o.service.base_path);
}

std::string server::ready_line() const {
    auto const& s = *state_;
    auto line = fmt::format("listening {} ca={} record={} book={}", base_url(), shown(s.paths.ca),
                            shown(s.o.record), shown(s.o.book));
    if (!s.o.record_raw.empty()) line += " raw=" + s.o.record_raw;
    return line;
}

std::string server::configuration() const {
    auto out = "[endpoint]\nbase_url = \"" + base_url() + "\"\n";
    // Nobody knows where the daemon is started.
    if (!state_->paths.ca.empty())
        out += "ca_file = \"" + std::filesystem::absolute(state_->paths.ca).string() + "\"\n";
    return out;
}

certificate_paths const& server::certificate() const noexcept {
    return state_->paths;
}

void server::handle_signals() {
    auto& signals = state_->signals;
    signals.emplace(state_->front().context().get_executor());
    for (auto const number : {SIGTERM, SIGINT, SIGUSR1, SIGHUP})
        signals->add(number);
    asio::co_spawn(state_->front().context(), state::signal_loop(*state_), asio::detached);
}

result<void> server::run() {
    auto& workers = state_->workers;
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < workers.size(); ++i)
        threads.emplace_back([&context = workers[i]->context()] { context.run(); });
    workers.front()->context().run();
    threads.clear();
    static_cast<void>(state_->flush());
    if (state_->failure) return *state_->failure;
    return {};
}

void server::stop() {
    state_->stop();
}

}  // namespace setclick::sandbox
