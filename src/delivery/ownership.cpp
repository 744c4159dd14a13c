#include "setclickd/delivery/ownership.hpp"

#include <algorithm>

namespace setclick::delivery {
namespace {

std::uint64_t mixed(std::uint64_t x) noexcept {
    x += 0x9e3779b97f4a7c15U;
    x = (x ^ (x >> 30U)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27U)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31U);
}

bool is_willing(live_node const& node, account_no account) {
    return !node.leaves && std::ranges::binary_search(node.willing, account);
}

}  // namespace

std::uint64_t ownership::score(int node, account_no account) noexcept {
    return mixed(mixed(static_cast<std::uint64_t>(node)) ^ static_cast<std::uint64_t>(account));
}

void ownership::know_nodes(steady_time now, std::span<live_node const> nodes) {
    std::erase_if(lives_since_, [&](auto const& known) {
        return std::ranges::find(nodes, known.first, &live_node::no) == nodes.end();
    });
    for (auto const& node : nodes)
        lives_since_.try_emplace(node.no, now);
}

auto ownership::rank(std::span<live_node const> nodes, account_no account) const -> ranking {
    ranking out;
    for (auto const& node : nodes) {
        if (!is_willing(node, account)) continue;
        if (node.no == self_)
            out.self_is_willing = true;
        else
            out.others_are_willing = true;
        auto const it_is = score(node.no, account);
        if (out.home == nullptr || it_is > score(out.home->no, account)) out.home = &node;
        if (node.no != self_ && it_is > score(self_, account)) ++out.before_self;
    }
    return out;
}

bool ownership::has_settled(steady_time now, int node) const {
    auto const since = lives_since_.find(node);
    return since != lives_since_.end() && now - since->second >= settled_after;
}

std::size_t ownership::may_give(steady_time now, std::size_t own) {
    while (!given_.empty() && now - given_.front() >= minute)
        given_.pop_front();
    auto const most = std::max<std::size_t>(1, own / 10);
    return most > given_.size() ? most - given_.size() : 0;
}

ownership_moves ownership::decide(steady_time now, std::span<live_node const> nodes,
                                  std::span<owned_account const> accounts) {
    ownership_moves out;
    know_nodes(now, nodes);
    if (!lives_since_.contains(self_)) return out;
    std::vector<account_no> to_home;
    std::size_t own = 0;
    for (auto const& a : accounts) {
        if (a.owner != 0) free_since_.erase(a.account);
        if (a.owner != self_) leaving_.erase(a.account);
        if (a.owner != 0 && a.owner != self_) continue;
        auto const who = rank(nodes, a.account);
        if (a.owner == 0) {
            auto const since = free_since_.try_emplace(a.account, now).first->second;
            if (who.self_is_willing && now - since >= turn * who.before_self)
                out.take.push_back(a.account);
            continue;
        }
        ++own;
        if (leaving_.contains(a.account)) continue;
        if (!who.self_is_willing) {
            if (who.others_are_willing) out.give.push_back(a.account);
        } else if (who.home->no != self_ && has_settled(now, who.home->no)) {
            to_home.push_back(a.account);
        }
    }
    for (auto room = may_give(now, own); room > 0 && !to_home.empty(); --room) {
        out.give.push_back(to_home.back());
        to_home.pop_back();
        given_.push_back(now);
    }
    leaving_.insert(out.give.begin(), out.give.end());
    return out;
}

}  // namespace setclick::delivery
