// In the steady state an event costs the main thread no allocation: claimed, rendered, sent,
// answered and settled in memory that is used again. What a transaction allocates (the wishes, a
// group's message to the ledger, what comes back) is shared by its events, however many they are.
#include <atomic>
#include <cstdlib>
#include <new>

#include <boost/asio/executor_work_guard.hpp>

#include "forwarding_store.hpp"
#include "sandbox/server.hpp"
#include "setclickd/dispatch/dispatcher.hpp"
#include "setclickd/net/pool.hpp"
#include "setclickd/net/tls.hpp"
#include "unit/intake/intake_fixture.hpp"

namespace {

thread_local std::uint64_t allocations = 0;

void* counted(std::size_t size) {
    ++allocations;
    if (void* const memory = std::malloc(size)) return memory;
    throw std::bad_alloc();
}

}  // namespace

void* operator new(std::size_t size) {
    return counted(size);
}
void* operator new[](std::size_t size) {
    return counted(size);
}
void operator delete(void* memory) noexcept {
    std::free(memory);
}
void operator delete[](void* memory) noexcept {
    std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
    std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
    std::free(memory);
}

namespace setclick::dispatch {

using intake::events_text;

namespace {

/// Counts delivery's transactions.
class counting_store final : public ledger::forwarding_store {
public:
    counting_store(std::unique_ptr<store> real, std::atomic<std::uint64_t>& cycles)
        : forwarding_store(std::move(real)), cycles_(cycles) {}

    result<ledger::cycle_result> cycle(ledger::cycle_request const& request) override {
        ++cycles_;
        return forwarding_store::cycle(request);
    }

private:
    std::atomic<std::uint64_t>& cycles_;
};

class steady_state : public intake::intake_test {
protected:
    static constexpr int events = 8000;
    static constexpr std::uint64_t warm = 2000;
    /// How many transactions there are depends on the disk and on what else the machine does: what
    /// one costs is counted for each. One allocation an event more is some hundreds more in a stretch.
    static constexpr std::uint64_t of_a_transaction = 5;
    /// The handshake of one more connection, a transaction that began in the stretch before.
    static constexpr std::uint64_t of_a_stretch = 64;

    void start_sandbox() {
        sandbox::options o;
        o.listen = "127.0.0.1:0";
        o.dir = base + "/sandbox";
        o.record = o.book = "none";
        auto opened = sandbox::server::open(std::move(o));
        ASSERT_TRUE(opened) << opened.error().message;
        server = std::move(*opened);
        serving = std::thread([this] { static_cast<void>(server->run()); });
    }
    void stop_sandbox() {
        server->stop();
        serving.join();
    }
    ~steady_state() override {
        if (serving.joinable()) stop_sandbox();
    }
    /// The next daemon's ledger, with the events that were imported into it.
    void open_counting() {
        stop();
        auto real = ledger::store::open({.where = ledger_path()});
        ASSERT_TRUE(real) << real.error().message;
        auto store = std::make_unique<counting_store>(std::move(*real), transactions);
        ASSERT_TRUE(store->recover(wall(), {}));
        writer = std::make_unique<ledger::writer>(std::move(store));
    }
    account_setup first_account() {
        account_setup a;
        a.no = accounts[0];
        a.id = "acc-1";
        a.token = secret<std::string>("token-of-the-test");
        auto made = api::request_template::make(
            {"localhost:" + std::to_string(server->port()), "/api/auth/v1.0/set-click"}, a.token,
            a.id);
        EXPECT_TRUE(made);
        a.requests = std::make_shared<api::request_template const>(std::move(*made));
        a.control.gate.rate_per_minute = 0;
        return a;
    }
    net::pool_settings to_sandbox() {
        net::pool_settings out;
        out.open.to =
            *net::parse_endpoint("https://localhost:" + std::to_string(server->port()) + "/api");
        out.connections = 8;
        return out;
    }

    std::atomic<std::uint64_t> transactions{0};
    std::unique_ptr<sandbox::server> server;
    std::thread serving;
};

TEST_F(steady_state, an_event_costs_no_allocation_of_its_own) {
    start_sandbox();
    drop("many.ndjson", events_text(0, events));
    start();
    auto const until = std::chrono::steady_clock::now() + 30s;
    while (imported < events && std::chrono::steady_clock::now() < until)
        std::this_thread::sleep_for(5ms);
    ASSERT_EQ(imported, static_cast<std::uint64_t>(events));
    open_counting();
    if (HasFatalFailure()) return;

    boost::asio::io_context context;
    auto const guard = boost::asio::make_work_guard(context);
    dispatch_hooks hooks;
    hooks.complete = [](std::vector<ledger::file_info>) {};
    hooks.refresh_credential = [](account_no) { FAIL() << "the token is good"; };
    hooks.fatal = [](error const& e) { FAIL() << e.message; };
    dispatch::dispatcher sending(context, *writer, std::move(hooks));
    auto tls = net::tls_client::make(server->certificate().ca);
    ASSERT_TRUE(tls) << tls.error().message;
    auto const made = net::make_pool(context, 1, *tls, to_sandbox(), sending.source());
    auto& pool = *made;
    // Its ledger's thread tells it of finished cycles: that thread ends first.
    auto const stop_it = [this](void*) { stop(); };
    std::unique_ptr<void, decltype(stop_it)> const stop_first(this, stop_it);
    sending.use(pool);
    delivery::endpoint_control_settings no_gate;
    no_gate.gate.rate_per_minute = 0;
    sending.set_endpoint(no_gate);
    sending.set_account(first_account(), {}, 0);
    sending.imported({accounts[0]});

    auto const run_until_delivered = [&](std::uint64_t count) {
        while (sending.status().delivered < count && std::chrono::steady_clock::now() < until)
            context.run_one();
        auto const seen = sending.status();
        ASSERT_GE(seen.delivered, count) << seen.attempts << " attempts; " << seen.unreachable_why;
    };
    run_until_delivered(warm);
    if (HasFatalFailure()) return;
    // `status` allocates, too: it is asked between the stretches only.
    for (int stretch = 0; stretch < 3; ++stretch) {
        auto const delivered_before = sending.status().delivered;
        auto const transactions_before = transactions.load();
        auto const allocations_before = allocations;
        for (int turns = 0; turns < 2500; ++turns)
            context.run_one();
        auto const spent = allocations - allocations_before;
        auto const groups = transactions - transactions_before;
        auto const done = sending.status().delivered - delivered_before;
        std::printf("  %llu events in %llu transactions, %llu allocations\n",
                    static_cast<unsigned long long>(done), static_cast<unsigned long long>(groups),
                    static_cast<unsigned long long>(spent));
        ASSERT_GT(done, 400U);
        EXPECT_LE(spent, of_a_transaction * groups + of_a_stretch);
    }

    pool.close_all();
    sending.stop();
    while (!pool.is_quiet() || !sending.has_ended())
        context.run_one();
    stop_sandbox();
}

}  // namespace
}  // namespace setclick::dispatch
