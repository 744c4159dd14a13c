#include "setclickd/operations/command_executor.hpp"

#include <utility>

#include "daemon_executor.hpp"
#include "offline_executor.hpp"
#include "read_only_executor.hpp"
#include "setclickd/control/client.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/store.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/spool/node_identity.hpp"

namespace setclick::operations {

result<std::unique_ptr<command_executor>> find_executor(settings::settings const& s) {
    using found = std::unique_ptr<command_executor>;
    auto client = control::client::connect(s.control_socket);
    if (client)
        return found(std::make_unique<daemon_executor>(s.control_socket, std::move(*client)));
    if (client.error().code != errc::unreachable) return client.error();
    // Opening a store would make one; a ledger is only made by the daemon.
    auto where = setup::ledger_place_of(s);
    if (auto const there = ledger::reader::open(where); !there) return there.error();
    // While its daemon does not run, a command works as this host's node.
    if (where.is_in_postgres()) {
        auto node = spool::node_id_of(s.spool.dir);
        if (!node) return node.error();
        where.node = std::move(*node);
    }
    ledger::options options;
    options.where = std::move(where);
    options.identity_window = s.dedupe.window;
    auto store = ledger::store::open(options);
    if (!store) return store.error();
    return found(std::make_unique<offline_executor>(s, std::move(*store)));
}

result<std::unique_ptr<command_executor>> find_executor_for_reading(settings::settings const& s) {
    auto found = find_executor(s);
    if (!found && found.error().code == errc::not_found)
        return std::unique_ptr<command_executor>(std::make_unique<read_only_executor>(s));
    return found;
}

}  // namespace setclick::operations
