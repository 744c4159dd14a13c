#include "setclickd/operations/command_executor.hpp"

#include <algorithm>
#include <utility>

#include "cluster_executor.hpp"
#include "daemon_executor.hpp"
#include "offline_executor.hpp"
#include "read_only_executor.hpp"
#include "setclickd/control/client.hpp"
#include "setclickd/ledger/command_box.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/store.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/spool/node_identity.hpp"

namespace setclick::operations {
namespace {

using found = std::unique_ptr<command_executor>;

/// While its daemon does not run, a command works as this host's node.
result<found> open_offline(settings::settings const& s, ledger::place where) {
    ledger::options options;
    options.where = std::move(where);
    options.identity_window = s.dedupe.window;
    auto store = ledger::store::open(options);
    if (!store) return store.error();
    return found(std::make_unique<offline_executor>(s, std::move(*store)));
}

/// `local`: this host's daemon, where it runs.
result<found> find_in_cluster(settings::settings const& s, std::unique_ptr<daemon_executor> local,
                              follow_hooks hooks) {
    auto where = setup::ledger_place_of(s);
    auto const node = spool::node_id_of(s.spool.dir);
    if (node) where.node = *node;
    auto box = ledger::command_box::open(where);
    if (!box) return box.error();
    auto const seen = (*box)->look();
    if (!seen) return seen.error();
    auto const is_other = [&](ledger::node_row const& n) {
        return !n.stopped && n.id != where.node;
    };
    if (local || std::ranges::any_of(seen->nodes, is_other))
        return found(std::make_unique<cluster_executor>(std::move(*box), std::move(hooks),
                                                        std::move(local), where.node));
    if (!node)
        return fail(errc::busy,
                    "no node of this ledger runs now, and this host has none of its own (" +
                        node.error().message + "): start setclickd where it is one");
    return open_offline(s, std::move(where));
}

}  // namespace

result<std::unique_ptr<command_executor>> find_executor(settings::settings const& s,
                                                        follow_hooks hooks) {
    auto client = control::client::connect(s.control_socket);
    auto const where = setup::ledger_place_of(s);
    // Who may not talk to this host's daemon may have a role of the ledger's all the same.
    bool const is_none =
        !client && (client.error().code == errc::unreachable ||
                    (where.is_in_postgres() && client.error().code == errc::refused));
    if (!client && !is_none) return client.error();
    std::unique_ptr<daemon_executor> local;
    if (client) local = std::make_unique<daemon_executor>(s.control_socket, std::move(*client));
    if (where.is_in_postgres()) return find_in_cluster(s, std::move(local), std::move(hooks));
    if (local) return found(std::move(local));
    // Opening a store would make one; a ledger is only made by the daemon.
    if (auto const there = ledger::reader::open(where); !there) return there.error();
    return open_offline(s, where);
}

result<std::unique_ptr<command_executor>> find_executor_for_reading(settings::settings const& s,
                                                                    follow_hooks hooks) {
    auto out = find_executor(s, std::move(hooks));
    if (!out && out.error().code == errc::not_found)
        return found(std::make_unique<read_only_executor>(s));
    return out;
}

}  // namespace setclick::operations
