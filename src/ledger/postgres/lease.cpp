#include "lease.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <system_error>
#include <utility>

#include "boot_now.hpp"
#include "setclickd/base/version.hpp"

namespace setclick::ledger::postgres {
namespace {

/// A beat that is not answered by then is none; the next one must come before the lease ends.
constexpr milliseconds call_limit{4'000};
constexpr milliseconds between_tries{500};
constexpr milliseconds between_wakes{100};
/// More accounts in one wake-up are "all".
constexpr std::size_t most_named = 500;
constexpr char const* listen = "LISTEN setclickd";

std::string text_of(std::set<account_no> const& accounts) {
    std::string out;
    if (accounts.size() > most_named) return out;
    for (auto const no : accounts)
        out += (out.empty() ? "" : ",") + std::to_string(static_cast<std::uint32_t>(no));
    return out;
}

std::vector<account_no> accounts_in(std::string_view text) {
    std::vector<account_no> out;
    while (!text.empty()) {
        std::uint32_t no = 0;
        auto const [stop, ec] = std::from_chars(text.data(), text.data() + text.size(), no);
        if (ec != std::errc{}) return {};
        out.push_back(static_cast<account_no>(no));
        text.remove_prefix(static_cast<std::size_t>(stop - text.data()));
        if (!text.empty()) text.remove_prefix(1);
    }
    return out;
}

}  // namespace

postgres_lease::postgres_lease(place const& where)
    : id_(where.node),
      db_(connect_options{where.postgres,
                          "setclickd-lease/" +
                              (where.node_name.empty() ? where.node : where.node_name),
                          where.password},
          call_limit),
      nodes_(db_),
      slots_(
          db_,
          "WITH n AS (SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint AS now) "
          "INSERT INTO shared(key, version) SELECT 'endpoint_slots', n.now + $1::bigint FROM n ON "
          "CONFLICT (key) DO UPDATE SET version = greatest(shared.version, excluded.version - "
          "$1::bigint) + $1::bigint RETURNING version - $1::bigint, (SELECT now FROM n)"),
      wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {}

postgres_lease::~postgres_lease() {
    if (!thread_.joinable()) return;
    {
        std::scoped_lock const lock(mutex_);
        orders_.is_ending = true;
    }
    wake();
    thread_.join();
}

result<void> postgres_lease::wait_until_free(node_start const& last,
                                             std::function<void()> const& waiting) {
    std::optional<node_beat> first;
    boot_time since{};
    for (;;) {
        auto const asked = boot_now();
        try {
            auto const seen = nodes_.named(id_);
            if (!seen) return {};
            if (may_start_at_once({seen->stopped, last.is_same_boot, last.is_same_folder,
                                   seen->epoch == last.epoch}))
                return {};
            if (first && !(*seen == *first))
                return fail(errc::busy,
                            "another setclickd lives under the identity of this spool: the spool, "
                            "or the machine, has a twin");
            if (!first) {
                first = seen;
                since = boot_now();
            } else if (asked - since >= beat_watch::patience) {
                return {};
            }
        } catch (failure const& f) {
            if (f.what_failed().code != errc::unreachable || !first) return f.what_failed();
            first.reset();
        }
        waiting();
        std::this_thread::sleep_for(std::chrono::seconds{1});
    }
}

void postgres_lease::begin(std::int64_t epoch, lease_hooks hooks) {
    hooks_ = std::move(hooks);
    db_.disconnect();  // the thread's own connection listens from the first
    own_ = {0, epoch, 0, false};
    thread_ = std::thread([this] { run(); });
}

bool postgres_lease::may_send() const noexcept {
    return own_lease(boot_time{boot_clock::duration{ends_.load(std::memory_order_relaxed)}})
        .may_begin(boot_now());
}

milliseconds postgres_lease::left() const noexcept {
    auto const ends = boot_time{boot_clock::duration{ends_.load(std::memory_order_relaxed)}};
    return std::max(milliseconds{0}, std::chrono::ceil<milliseconds>(ends - boot_now()));
}

void postgres_lease::wake() noexcept {
    std::uint64_t const one = 1;
    [[maybe_unused]] auto const written = ::write(wake_.get(), &one, sizeof one);
}

void postgres_lease::be_willing(std::vector<account_no> accounts) {
    std::scoped_lock const lock(mutex_);
    orders_.willing = std::move(accounts);
}

void postgres_lease::tell(std::vector<account_no> const& accounts) {
    {
        std::scoped_lock const lock(mutex_);
        orders_.to_tell.insert(accounts.begin(), accounts.end());
        orders_.is_for_all = orders_.is_for_all || accounts.empty();
    }
    wake();
}

void postgres_lease::take_slots(int count, std::int64_t step_us) {
    {
        std::scoped_lock const lock(mutex_);
        orders_.slots = count;
        orders_.slot_step_us = step_us;
    }
    wake();
}

void postgres_lease::end() {
    if (!thread_.joinable()) return;
    {
        std::scoped_lock const lock(mutex_);
        orders_.is_ending = orders_.is_clean = true;
    }
    wake();
    thread_.join();
}

auto postgres_lease::look_at_orders() -> orders {
    std::scoped_lock const lock(mutex_);
    return orders_;
}

void postgres_lease::run() {
    clock::time_point next_beat{};
    for (;;) {
        auto const now = look_at_orders();
        if (now.is_ending) {
            if (now.is_clean) say_farewell();
            return;
        }
        try {
            if (clock::now() >= next_beat) {
                auto const asked = clock::now();
                if (!join() || !beat()) return;
                next_beat = asked + own_lease::every;
            }
            if (now.slots > 0) fetch_slots(now.slots, now.slot_step_us);
            bool const tells = now.is_for_all || !now.to_tell.empty();
            if (tells && clock::now() >= next_wake_) send_wakes();
            wait(tells ? std::min(next_beat, next_wake_) : next_beat);
        } catch (failure const&) {
            // Whatever it is: without a beat the lease ends by itself.
            db_.rollback();
            if (!db_.is_connected()) watch_.broke();
            is_known_ = false;
            next_beat = clock::now() + between_tries;
            try {
                wait(next_beat);
            } catch (failure const&) {
                watch_.broke();
            }
        }
    }
}

bool postgres_lease::join() {
    if (!db_.is_connected()) {
        watch_.broke();
        is_known_ = false;
        db_.connect();
        db_.ask(listen, parameters());
    }
    if (is_known_) return true;
    auto const seen = own_.node == 0 ? nodes_.named(id_) : nodes_.numbered(own_.node);
    bool const is_first = own_.node == 0;
    // A server that has less than it had acknowledged. The store finds that out, and halts the ledger; meanwhile
    // this is no beat.
    if (!is_first && (!seen || seen->epoch < own_.epoch))
        throw failure(fail(errc::unreachable, "PostgreSQL: this node's epoch is gone"));
    if (!seen || seen->stopped || seen->epoch != own_.epoch) {
        lose("another node saw no beat of this one for 20 s, and has taken over its accounts");
        return false;
    }
    // Of a beat without an answer nobody knows whether it was counted; fewer are another server's, after a failover.
    if (!is_first && seen->beat > own_.beat + 1) {
        lose(
            "another process lives under this node's identity: its spool, or its machine, has a "
            "twin");
        return false;
    }
    own_ = *seen;
    is_known_ = true;
    return true;
}

bool postgres_lease::beat() {
    auto const asked = boot_now();
    auto const willing = look_at_orders().willing;
    std::vector<node_beat> found;
    db_.begin();
    try {
        nodes_.beat(own_, willing, version());
        found = nodes_.all();
    } catch (failure const& f) {
        if (f.what_failed().code != errc::refused) throw;
        db_.rollback();
        is_known_ = false;
        return join();  // which finds out why; where it finds nothing, it beats again
    }
    auto const got = boot_now();
    is_known_ = false;
    if (db_.commit() != session::outcome::done)
        throw failure(
            fail(errc::unreachable, "PostgreSQL: it is not known whether a beat is durable"));
    is_known_ = true;
    ++own_.beat;
    took_.store(std::chrono::duration_cast<milliseconds>(boot_now() - asked).count(),
                std::memory_order_relaxed);
    own_lease trust(boot_time{boot_clock::duration{ends_.load()}});
    bool const may_send_again = !trust.may_begin(got);
    trust.beaten(asked);
    ends_.store(trust.ends().time_since_epoch().count(), std::memory_order_relaxed);

    std::erase_if(found, [this](node_beat const& n) { return n.node == own_.node; });
    auto const lives = [](std::vector<node_beat> const& nodes) {
        std::vector<std::pair<std::int64_t, std::int64_t>> out;
        for (auto const& n : nodes)
            if (!n.stopped) out.emplace_back(n.node, n.epoch);
        return out;
    };
    bool const is_other = lives(found) != lives(others_);
    others_ = found;
    for (auto const& dead : watch_.saw(found, asked, got))
        depose(dead);
    if ((is_other || may_send_again) && hooks_.news) hooks_.news({});
    return true;
}

void postgres_lease::depose(node_beat const& seen) {
    db_.begin();
    try {
        if (!nodes_.depose(seen)) return db_.rollback();
        if (db_.commit() != session::outcome::done)
            throw failure(fail(errc::unreachable, "PostgreSQL: a commit without an answer"));
    } catch (failure const& f) {
        if (!db_.is_connected()) throw;
        db_.rollback();
        return;  // its lanes are locked: at the next beat
    }
    if (hooks_.news) hooks_.news({});
}

void postgres_lease::send_wakes() {
    std::set<account_no> accounts;
    {
        std::scoped_lock const lock(mutex_);
        accounts = std::exchange(orders_.to_tell, {});
        if (std::exchange(orders_.is_for_all, false)) accounts.clear();
    }
    next_wake_ = clock::now() + between_wakes;
    // One statement, one transaction, which waits for no disk. What is lost is found by the poll.
    db_.ask("SELECT set_config('synchronous_commit', 'off', true), pg_notify('setclickd', $1)",
            parameters(std::string_view(text_of(accounts))));
}

/// The permits are nobody else's once this is durable; where that is not known they are nobody's.
void postgres_lease::fetch_slots(int count, std::int64_t step_us) {
    {
        std::scoped_lock const lock(mutex_);
        orders_.slots = 0;
    }
    std::optional<leased_slots> out;
    try {
        db_.begin();
        auto found = slots_.write(step_us);
        if (found.next()) out = {found.integer(0), found.integer(1), count};
        if (db_.commit() != session::outcome::done) out.reset();
    } catch (failure const&) {
        if (hooks_.slots) hooks_.slots(std::nullopt);
        throw;
    }
    if (hooks_.slots) hooks_.slots(out);
}

void postgres_lease::wait(clock::time_point until) {
    std::set<account_no> named;
    bool is_any = false;
    for (auto const& text : db_.listen(wake_.get(), until)) {
        auto const accounts = accounts_in(text);
        is_any = is_any || accounts.empty();
        named.insert(accounts.begin(), accounts.end());
    }
    std::uint64_t ignored = 0;
    [[maybe_unused]] auto const emptied = ::read(wake_.get(), &ignored, sizeof ignored);
    if (!hooks_.news) return;
    if (is_any)
        hooks_.news({});
    else if (!named.empty())
        hooks_.news({named.begin(), named.end()});
}

void postgres_lease::say_farewell() {
    ends_.store(0, std::memory_order_relaxed);
    if (!db_.is_connected() || own_.node == 0) return;
    try {
        db_.begin();
        nodes_.stop(own_.node, own_.epoch);
        if (db_.commit() == session::outcome::done)
            db_.ask("SELECT pg_notify('setclickd', '')", parameters());
    } catch (failure const&) {
        db_.rollback();  // the others find out by its silence
    }
}

void postgres_lease::lose(std::string why) {
    ends_.store(0, std::memory_order_relaxed);
    if (hooks_.lost) hooks_.lost(fail(errc::refused, std::move(why)));
}

}  // namespace setclick::ledger::postgres

namespace setclick::ledger {

std::unique_ptr<lease> lease::of(place const& where) {
    return std::make_unique<postgres::postgres_lease>(where);
}

}  // namespace setclick::ledger
