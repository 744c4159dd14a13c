#include "cluster_member.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <string>
#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/ledger/commands.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::daemon {
namespace asio = boost::asio;
using telemetry::level;
using telemetry::log_line;

namespace {

constexpr milliseconds between_looks{1'000};
constexpr milliseconds between_slot_looks{50};
/// While accounts settle that are to be given up.
constexpr milliseconds between_gives{100};

std::vector<delivery::live_node> live_nodes(ledger::node_news const& news) {
    std::vector<delivery::live_node> out;
    for (auto const& n : news.nodes) {
        if (n.stopped) continue;
        auto willing = n.willing;
        std::ranges::sort(willing);
        out.push_back({n.no, std::move(willing), n.leaves});
    }
    return out;
}

}  // namespace

cluster_member::cluster_member(parts with, wiring w, ledger::node_news const& first)
    : with_(with),
      wiring_(std::move(w)),
      rule_(first.self),
      self_(first.self),
      look_timer_(with.context),
      give_timer_(with.context),
      lease_timer_(with.context),
      slot_timer_(with.context) {
    for (auto const& o : first.owners) {
        known_.insert(o.account);
        if (o.node == self_ && !o.free) own_.insert(o.account);
    }
}

void cluster_member::start(std::int64_t epoch) {
    ledger::lease_hooks hooks;
    hooks.lost = [this](error why) {
        asio::post(with_.context, [this, why = std::move(why)] {
            with_.net.pool().reset_all();
            wiring_.fatal(why);
        });
    };
    hooks.news = [this](std::vector<account_no> accounts) {
        asio::post(with_.context, [this, accounts = std::move(accounts)] {
            watch_lease();
            if (accounts.empty() ||
                std::ranges::any_of(accounts, [this](account_no no) { return owns(no); }))
                look();
        });
    };
    hooks.slots = [this](std::optional<ledger::leased_slots> found) {
        asio::post(with_.context, [this, found] {
            std::optional<delivery::slot_block> block;
            if (found) block = {found->first_us, found->now_us, found->count};
            with_.deliver.slots_came(block, slots_asked_);
        });
    };
    configured();
    watch_slots();
    with_.lease.begin(epoch, std::move(hooks));
    look_later();
}

void cluster_member::configured() {
    with_.lease.be_willing(willing());
}

/// A token, or what gets one: only the owner logs in.
std::vector<account_no> cluster_member::willing() const {
    auto out = with_.deliver.sendable();
    for (auto const& a : with_.config.now().accounts)
        if (a.login) out.push_back(with_.config.number_of(a));
    std::ranges::sort(out);
    out.erase(std::unique(out.begin(), out.end()), out.end());
    return out;
}

delivery::member_status cluster_member::status() const {
    auto out = counts_;
    out.may_send = with_.lease.may_send();
    out.lease_left = with_.lease.left();
    out.beat_took = with_.lease.beat_took();
    return out;
}

void cluster_member::imported(std::vector<account_no> accounts) {
    asio::post(with_.context, [this, accounts = std::move(accounts)]() mutable {
        std::erase_if(accounts, [this](account_no no) { return owns(no); });
        if (!accounts.empty()) with_.lease.tell(accounts);
    });
}

void cluster_member::stop() {
    has_stopped_ = true;
    look_timer_.cancel();
    give_timer_.cancel();
    // The lease is watched to the end: what is on its way is still sent under it.
}

// ---- the lease ----

void cluster_member::watch_lease() {
    bool const may_send = with_.lease.may_send();
    if (may_send && !is_sending_) {
        is_sending_ = true;
        with_.deliver.may_send_again();
    }
    auto const left = with_.lease.left();
    if (is_sending_ && left == 0ms) {
        is_sending_ = false;
        log_line(level::warn,
                 "the lease has ended: PostgreSQL has not answered for too long; nothing is sent "
                 "until it does, and what was on its way is broken off",
                 {{"in_flight", with_.net.pool().counts().busy}});
        with_.net.pool().reset_all();
    }
    if (!is_sending_) return;
    lease_timer_.expires_after(left + 1ms);
    lease_timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec) watch_lease();
    });
}

/// The endpoint's common rate, where there is one: slots are asked for while somebody may use them.
void cluster_member::watch_slots() {
    auto const& endpoint = with_.config.now().endpoint;
    if (auto const wish = with_.deliver.wish_for_slots(); wish.count > 0) {
        slots_asked_ = steady_now();
        with_.lease.take_slots(wish.count, wish.step_us);
    }
    slot_timer_.expires_after(endpoint.rate_per_minute > 0 ? between_slot_looks : between_looks);
    slot_timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec) watch_slots();
    });
}

// ---- what others did ----

void cluster_member::look_later() {
    if (has_stopped_) return;
    look_timer_.expires_after(between_looks);
    look_timer_.async_wait([this](boost::system::error_code ec) {
        if (ec) return;
        watch_lease();
        look();
    });
}

void cluster_member::look() {
    if (has_stopped_) return;
    if (is_looking_) {
        look_again_ = true;
        return;
    }
    is_looking_ = true;
    look_timer_.cancel();
    with_.writer.post(ledger::writer::priority::delivery, [this](ledger::store& store) {
        asio::post(with_.context,
                   [this, news = store.poll(wall_now())]() mutable { polled(std::move(news)); });
    });
}

/// True where it is one that does not pass.
bool cluster_member::is_trouble(error const& why) {
    if (ledger::may_be_given_again(why.code) || why.code == errc::unreachable) return false;
    wiring_.fatal(why);
    return true;
}

void cluster_member::polled(result<ledger::node_news> news) {
    is_looking_ = false;
    if (has_stopped_) return;
    if (!news) {
        if (is_trouble(news.error())) return;
        look_again_ = false;
        return look_later();
    }
    know(*news);
    with_.deliver.depths_changed(news->depths);
    if (!news->complete_files.empty()) wiring_.complete(std::move(news->complete_files));
    configured();
    if (!is_taking_ && with_.lease.may_send()) move(*news);
    offer(*news);
    if (std::exchange(look_again_, false)) return look();
    look_later();
}

void cluster_member::know(ledger::node_news const& news) {
    bool is_new = false;
    for (auto const& o : news.owners) {
        if (!known_.insert(o.account).second) continue;
        if (!with_.config.number_of(o.id)) with_.config.add_number(o.id, o.account);
        is_new = is_new || !with_.config.is_configured(o.id);
    }
    if (is_new && wiring_.accounts_came) wiring_.accounts_came();
    for (auto const no : news.lost) {
        own_.erase(no);
        leaving_.erase(no);
        with_.deliver.lose_account(no);
    }
}

void cluster_member::offer(ledger::node_news& news) {
    auto const mine = willing();
    std::vector<ledger::node_command> own;
    std::vector<ledger::node_command> strays;
    for (auto& c : news.commands) {
        if (ledger::carrier_of(c.account, news.owners, news.nodes).node != self_) continue;
        if (leaving_.contains(c.account)) continue;
        // One that it can send for and has not yet is taken in a moment.
        if (c.account == account_no{} || owns(c.account))
            own.push_back(std::move(c));
        else if (!std::ranges::binary_search(mine, c.account))
            strays.push_back(std::move(c));
    }
    wiring_.commands(std::move(own), std::move(strays), news.pause);
}

void cluster_member::move(ledger::node_news const& news) {
    auto nodes = live_nodes(news);
    auto const mine = willing();
    auto const self = std::ranges::find(nodes, self_, &delivery::live_node::no);
    if (self != nodes.end()) self->willing = mine;
    std::vector<delivery::owned_account> accounts;
    for (auto const& o : news.owners)
        accounts.push_back({o.account, o.free ? 0 : o.node});
    auto moves = rule_.decide(steady_now(), nodes, accounts);
    // Made by a reload, under this node's name.
    for (auto const& o : news.owners)
        if (o.node == self_ && !o.free && !owns(o.account) &&
            std::ranges::binary_search(mine, o.account))
            moves.take.push_back(o.account);
    for (auto const no : moves.give) {
        if (!owns(no)) continue;
        with_.deliver.leave_account(no);
        leaving_.try_emplace(no);
    }
    if (!leaving_.empty()) give_settled();
    if (!moves.take.empty()) take(moves.take);
}

// ---- taking ----

void cluster_member::take(std::vector<account_no> accounts) {
    is_taking_ = true;
    with_.writer.post(ledger::writer::priority::delivery, [this, accounts = std::move(accounts)](
                                                              ledger::store& store) {
        asio::post(with_.context, [this, what = store.take_over(accounts, wall_now())]() mutable {
            taken(std::move(what));
        });
    });
}

void cluster_member::taken(result<ledger::taken_accounts> what) {
    is_taking_ = false;
    if (!what) {
        is_trouble(what.error());
        return;
    }
    counts_.taken_over += what->accounts.size();
    counts_.taken_in_doubt += what->in_doubt;
    for (auto const& a : what->accounts) {
        std::uint64_t in_flight = 0;
        for (auto const& [no, count] : what->in_doubt_of)
            if (no == a.no) in_flight += count;
        own_.insert(a.no);
        leaving_.erase(a.no);
        with_.deliver.take_account(a.no, a, in_flight);
    }
    if (!what->accounts.empty())
        log_line(level::info, "accounts that nobody had are this node's from now on",
                 {{"accounts", what->accounts.size()}, {"first", what->accounts.front().id}});
    if (what->in_doubt > 0)
        log_line(level::warn,
                 "another node ended with attempts under way; their events are in doubt",
                 {{"in_doubt", what->in_doubt},
                  {"sent_again", what->resent},
                  {"held", what->held},
                  {"see", "setclickd list --in-doubt"}});
}

// ---- giving ----

void cluster_member::give_settled() {
    if (has_stopped_) return;
    bool is_any_settling = false;
    for (auto& [no, how] : leaving_) {
        if (how.is_with_ledger) continue;
        if (!with_.deliver.has_left(no)) {
            is_any_settling = true;
            continue;
        }
        give_up(no, how);
    }
    if (!is_any_settling) return;
    give_timer_.expires_after(between_gives);
    give_timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec) give_settled();
    });
}

/// What is known of its rate goes with it. Answers that are not settled yet keep it here a little longer.
void cluster_member::give_up(account_no no, leaving& how) {
    how.is_with_ledger = true;
    if (!how.last) {
        how.last.emplace();
        how.last->notes = with_.deliver.notes(no, steady_now());
        std::erase_if(how.last->notes,
                      [no](ledger::account_note const& n) { return n.account != no; });
        with_.deliver.lose_account(no);
    }
    how.last->now = wall_now();
    with_.writer.post(
        ledger::writer::priority::delivery, [this, no, last = *how.last](ledger::store& store) {
            result<void> done;
            if (auto const saved = store.cycle(last); saved.has_error())
                done = saved.error();
            else
                done = store.give_up(std::array{no});
            asio::post(with_.context, [this, no, done = std::move(done)] { given_up(no, done); });
        });
}

void cluster_member::given_up(account_no no, result<void> const& done) {
    if (done) {
        ++counts_.given_up;
        own_.erase(no);
        leaving_.erase(no);
        with_.lease.tell({});
        auto const* const a = with_.config.configured(no);
        log_line(
            level::info, "an account was given to another node",
            {{"account", a != nullptr ? a->id : std::to_string(static_cast<std::uint32_t>(no))}});
        return;
    }
    if (done.error().code != errc::invalid_data && is_trouble(done.error())) return;
    // Not yet: once more, soon.
    auto const it = leaving_.find(no);
    if (it == leaving_.end() || has_stopped_) return;
    it->second.is_with_ledger = false;
    give_timer_.expires_after(between_gives);
    give_timer_.async_wait([this](boost::system::error_code ec) {
        if (!ec) give_settled();
    });
}

}  // namespace setclick::daemon
