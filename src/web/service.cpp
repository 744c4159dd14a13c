#include "setclickd/web/service.hpp"

#include <time.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <optional>
#include <string>
#include <thread>
#include <utility>

#include "background.hpp"
#include "effort.hpp"
#include "listener.hpp"
#include "model_source.hpp"
#include "responder.hpp"
#include "server.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/telemetry/log.hpp"
#include "site.hpp"

namespace setclick::web {
namespace asio = boost::asio;
using settings::listen_address;
using telemetry::level;
using telemetry::log_line;

namespace {

constexpr milliseconds next_try{15'000};
constexpr milliseconds after_fault{1000};

/// What the calling thread has taken of the processor so far.
effort::nanoseconds processor_time() {
    timespec used{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return std::chrono::seconds{used.tv_sec} + effort::nanoseconds{used.tv_nsec};
}

/// The configuration was checked, so that it can be read.
listen_address address_in(settings::settings const& s) {
    auto read = settings::parse_listen(s.metrics.listen);
    return read ? std::move(*read) : listen_address{};
}

site::setup site_of(settings::settings const& s) {
    site::setup out;
    out.at = address_in(s);
    out.hosts = s.metrics.hosts;
    if (s.metrics.password_file.empty()) return out;
    auto read = settings::read_password(s.metrics.password_file, settings::credentials_directory());
    if (read && read->reveal().size() < password_check::shortest)
        read =
            fail(errc::config,
                 printable(s.metrics.password_file, 4096) + " holds a password of less than " +
                     std::to_string(password_check::shortest) +
                     " characters, which can be guessed; setclickd web-password makes another one");
    out.is_password_lost = read.has_error();
    if (read.has_error())
        log_line(level::warn, "the password of the web page cannot be read; the page stays closed",
                 {{"error", read.error().message}});
    else
        out.password = std::move(*read);
    return out;
}

}  // namespace

/// Everything runs on the web thread but the calls of `service`.
class service::core : public std::enable_shared_from_this<core> {
public:
    explicit core(service_wiring with)
        : with_(std::move(with)),
          context_(std::make_shared<asio::io_context>(1)),
          stays_(asio::make_work_guard(*context_)),
          models_(context_, with_),
          retry_(*context_) {}

    void begin(settings::settings const& s) {
        auto tried = std::make_shared<std::promise<void>>();
        auto over = tried->get_future();
        asio::post(*context_, [self = weak_from_this(), s, tried] {
            if (auto const here = self.lock()) here->use(s);
            tried->set_value();
        });
        thread_.emplace("web", [self = shared_from_this()] { self->run(); });
        over.wait_for(std::chrono::seconds{1});
    }

    void configure(settings::settings const& s) {
        asio::post(*context_, [self = weak_from_this(), s] {
            if (auto const here = self.lock()) here->use(s);
        });
    }

    void stop() {
        is_ending_ = true;
        context_->stop();
        if (!thread_) return;
        bool const has_ended = thread_->leave(std::chrono::seconds{1});
        thread_.reset();
        if (!has_ended)
            return log_line(level::warn, "a thread of the web face hangs and is left behind");
        server_.reset();
        models_.stop(std::chrono::seconds{1});
    }

private:
    void run() {
        if (with_.thread_begins) with_.thread_begins();
        while (!is_ending_) {
            try {
                work();
            } catch (std::exception const& e) {
                log_line(level::error,
                         "the web face met a fault and begins again; delivery goes on",
                         {{"error", e.what()}});
                server_.reset();
                std::this_thread::sleep_for(after_fault);
                if (!is_ending_) open();
            }
        }
    }

    /// Handler after handler, with a rest where they cost more than their share.
    void work() {
        while (context_->run_one() > 0 && !is_ending_) {
            auto const rest = effort_.rest(processor_time(), std::chrono::steady_clock::now());
            if (rest > effort::nanoseconds{0}) std::this_thread::sleep_for(rest);
        }
    }

    void use(settings::settings const& s) {
        auto const before = setup_.at;
        setup_ = site_of(s);
        models_.use(std::make_shared<settings::settings const>(s));
        if (answers_)
            answers_->use(setup_);
        else
            answers_.emplace(models_, setup_);
        if (server_ && before == setup_.at) return;
        server_.reset();
        refused_ = {};
        open();
    }

    void open() {
        retry_.cancel();
        if (setup_.at.what == listen_address::kind::none) return;
        auto opened = listener::open(setup_.at);
        if (!opened) return open_later(opened.error());
        server_ = std::make_unique<server>(*context_, *answers_, std::move(*opened));
        refused_ = {};
        bool const is_unix = setup_.at.what == listen_address::kind::unix_socket;
        bool const has_page = is_unix || setup_.password.has_value();
        log_line(level::info, "metrics and web page are served",
                 {{"listen", listen_text()},
                  {"page", has_page ? "open to its owner" : "closed: no metrics.password_file"}});
        if (!settings::is_of_this_machine(setup_.at))
            log_line(level::warn, "the metrics can be read from other machines",
                     {{"listen", listen_text()}});
    }

    void open_later(error const& why) {
        if (std::exchange(refused_, why.message) != why.message)
            log_line(level::warn, "metrics and web page cannot be served; delivery goes on",
                     {{"listen", listen_text()},
                      {"error", why.message},
                      {"next_try_in", duration_text(next_try)}});
        retry_.expires_after(next_try);
        retry_.async_wait([self = weak_from_this()](boost::system::error_code ec) {
            auto const here = self.lock();
            if (here && !ec && !here->server_) here->open();
        });
    }

    std::string listen_text() const {
        if (setup_.at.what == listen_address::kind::unix_socket) return "unix:" + setup_.at.path;
        bool const is_v6 = setup_.at.host.find(':') != std::string::npos;
        return (is_v6 ? "[" + setup_.at.host + "]" : setup_.at.host) + ":" +
               std::to_string(setup_.at.port);
    }

    service_wiring with_;
    std::shared_ptr<asio::io_context> context_;
    asio::executor_work_guard<asio::io_context::executor_type> stays_;
    std::atomic<bool> is_ending_{false};
    model_source models_;
    asio::steady_timer retry_;
    site::setup setup_;
    std::optional<responder> answers_;
    std::unique_ptr<server> server_;
    std::string refused_;  // why it does not listen
    effort effort_;
    std::optional<background> thread_;
};

service::service(settings::settings const& s, service_wiring with)
    : core_(std::make_shared<core>(std::move(with))) {
    core_->begin(s);
}

service::~service() {
    stop();
}

void service::configure(settings::settings const& s) {
    core_->configure(s);
}

void service::stop() {
    core_->stop();
}

}  // namespace setclick::web
