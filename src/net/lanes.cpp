#include "setclickd/net/lanes.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <algorithm>
#include <deque>
#include <thread>

#include "happening.hpp"
#include "setclickd/net/lane.hpp"

namespace setclick::net {
namespace asio = boost::asio;

namespace {

constexpr std::size_t most_spare = 1024;

/// Of `total`, shared out between `count` as evenly as may be.
std::size_t share_of(std::size_t total, std::size_t index, std::size_t count) noexcept {
    return total / count + (index < total % count ? 1 : 0);
}

pool_settings with_share(pool_settings settings, std::size_t index, std::size_t count) {
    settings.connections = static_cast<std::uint32_t>(
        std::max<std::size_t>(1, share_of(settings.connections, index, count)));
    return settings;
}

struct request {
    std::uint64_t ticket = 0;
    std::string text;
};

}  // namespace

struct lanes::report {
    std::vector<happening> happenings;
    std::vector<std::string> spare;
    pool_counts counts;
    std::size_t waiting = 0;     ///< requests that no connection has taken yet
    std::uint64_t received = 0;  ///< requests, ever
    bool forgot_more = false;    ///< how many more connections there is work for is to be said anew
};

/// One thread and its lane. The first part belongs to the home thread, the second to the worker's
/// own.
class lanes::worker final : public work_source {
public:
    worker(lanes& owner, std::uint64_t number, std::shared_ptr<tls_client> tls,
           pool_settings settings)
        : owner_(owner),
          guard_(asio::make_work_guard(context_)),
          lane_(context_, std::move(tls), std::move(settings), *this, (number << 48U) + 1),
          thread_([this] { run(); }) {}

    ~worker() override {
        asio::post(context_, [this] {
            ending_ = true;
            lane_.close_all();
        });
        thread_.join();
    }

    // ---- home thread ----

    std::size_t room() const noexcept {
        auto const coming = said_.waiting + static_cast<std::size_t>(handed_ - said_.received);
        return said_.counts.idle > coming ? said_.counts.idle - coming : 0;
    }
    void hand(request r) {
        outbox_.push_back(std::move(r));
        ++handed_;
    }
    /// Sends what was handed over, and how many more connections there is work for.
    void send(std::size_t more) {
        if (outbox_.empty() && more == more_sent_) return;
        more_sent_ = more;
        asio::post(context_, [this, more, batch = std::move(outbox_)]() mutable {
            receive(std::move(batch), more);
        });
        outbox_ = {};
    }
    void heard(report const& said) {
        said_.counts = said.counts;
        said_.waiting = said.waiting;
        said_.received = said.received;
        if (said.forgot_more) more_sent_ = unknown;
    }
    report const& said() const noexcept { return said_; }
    /// `what` runs on the worker's thread.
    template <class Function>
    void ask(Function what) {
        asio::post(context_, [this, what = std::move(what)]() mutable {
            what(lane_);
            soon();
        });
    }
    void stop_taking() {
        ask([this](lane& l) {
            l.stop_taking();
            give_back();
        });
    }
    void configure(std::shared_ptr<tls_client> tls, pool_settings settings) {
        ask([this, tls = std::move(tls), settings = std::move(settings)](lane& l) mutable {
            l.configure(std::move(tls), std::move(settings));
            // Written for the old door.
            give_back();
        });
    }

    // ---- the worker's thread: net::work_source ----

    std::size_t wanted(steady_time) override { return inbox_.size() + more_; }
    bool take(steady_time, std::string& out, std::uint64_t& ticket) override {
        if (inbox_.empty()) return false;
        out.swap(inbox_.front().text);
        ticket = inbox_.front().ticket;
        saying_.spare.push_back(std::move(inbox_.front().text));
        inbox_.pop_front();
        return true;
    }
    void ended(exchange_end const& end) override { say<kept_end>(end); }
    void stray(std::uint64_t connection) override { say<stray_bytes>(connection); }
    void opened() override { say<connection_opened>(); }
    void open_failed(open_failure const& failure) override {
        // Whether and when to try again is the source's business; it has not heard of this yet.
        more_ = 0;
        saying_.forgot_more = true;
        say<open_failure>(failure);
        if (lane_.counts().idle + lane_.counts().busy == 0) give_back();
    }

private:
    void run() {
        while (!ending_ || !lane_.is_quiet())
            context_.run_one();
    }
    void receive(std::vector<request> batch, std::size_t more) {
        received_ += batch.size();
        more_ = more;
        for (auto& r : batch)
            inbox_.push_back(std::move(r));
        lane_.wake();
        soon();
    }
    /// No connection may take them: as if one had died before their first byte.
    void give_back() {
        for (; !inbox_.empty(); inbox_.pop_front()) {
            exchange_end end;
            end.ticket = inbox_.front().ticket;
            end.now = std::chrono::steady_clock::now();
            end.reused = true;
            end.failure = delivery::transport_failure::closed;
            end.phase = delivery::wire_phase::not_sent;
            say<kept_end>(end);
        }
    }
    template <class What, class... Arguments>
    void say(Arguments const&... arguments) {
        saying_.happenings.emplace_back(What{arguments...});
        soon();
    }
    /// Behind everything that is ready now, so that one hop carries all of it.
    void soon() {
        if (flush_posted_) return;
        flush_posted_ = true;
        asio::post(context_, [this] { flush(); });
    }
    void flush() {
        flush_posted_ = false;
        saying_.counts = lane_.counts();
        saying_.waiting = inbox_.size();
        saying_.received = received_;
        asio::post(owner_.home_, [this, said = std::exchange(saying_, {})]() mutable {
            owner_.hear(*this, said);
        });
    }

    static constexpr auto unknown = static_cast<std::size_t>(-1);

    lanes& owner_;
    std::uint64_t handed_ = 0;
    std::size_t more_sent_ = 0;
    std::vector<request> outbox_;
    report said_;

    asio::io_context context_{1};
    asio::executor_work_guard<asio::io_context::executor_type> guard_;
    std::deque<request> inbox_;
    std::size_t more_ = 0;
    std::uint64_t received_ = 0;
    report saying_;
    bool flush_posted_ = false;
    bool ending_ = false;
    lane lane_;
    std::thread thread_;
};

lanes::lanes(asio::io_context& home, std::size_t count, std::shared_ptr<tls_client> tls,
             pool_settings settings, work_source& source)
    : home_(home), source_(source), connections_(settings.connections) {
    count = std::clamp<std::size_t>(count, 1, std::max<std::size_t>(1, connections_));
    for (std::size_t i = 0; i < count; ++i)
        workers_.push_back(std::make_unique<worker>(*this, i, tls, with_share(settings, i, count)));
}

lanes::~lanes() = default;

void lanes::wake() {
    if (dispatch_posted_) return;
    dispatch_posted_ = true;
    asio::post(home_, [this] { dispatch(); });
}

void lanes::dispatch() {
    dispatch_posted_ = false;
    if (stopped_) return;
    auto const now = std::chrono::steady_clock::now();
    bool is_more = true;
    for (auto const& w : workers_) {
        for (auto room = w->room(); is_more && room > 0; --room) {
            request r;
            if (!spare_.empty()) {
                r.text = std::move(spare_.back());
                spare_.pop_back();
            }
            is_more = source_.take(now, r.text, r.ticket);
            if (is_more) w->hand(std::move(r));
        }
    }
    auto const wanted = source_.wanted(now);
    for (std::size_t i = 0; i < workers_.size(); ++i)
        workers_[i]->send(share_of(wanted, i, workers_.size()));
    // The next one to be served first is another.
    std::rotate(workers_.begin(), workers_.begin() + 1, workers_.end());
}

void lanes::hear(worker& from, report& said) {
    from.heard(said);
    for (auto const& h : said.happenings)
        tell(source_, h);
    for (auto& text : said.spare)
        if (spare_.size() < most_spare) spare_.push_back(std::move(text));
    wake();
}

void lanes::configure(std::shared_ptr<tls_client> tls, pool_settings settings) {
    connections_ = settings.connections;
    for (std::size_t i = 0; i < workers_.size(); ++i)
        workers_[i]->configure(tls, with_share(settings, i, workers_.size()));
}

void lanes::stop_taking() {
    stopped_ = true;
    for (auto const& w : workers_)
        w->stop_taking();
}

void lanes::close_all() {
    stopped_ = true;
    for (auto const& w : workers_)
        w->ask([](lane& l) { l.close_all(); });
}

pool_counts lanes::counts() const noexcept {
    pool_counts out;
    for (auto const& w : workers_) {
        auto const& c = w->said().counts;
        out.opening += c.opening;
        out.idle += c.idle;
        out.busy += c.busy;
    }
    return out;
}

}  // namespace setclick::net
