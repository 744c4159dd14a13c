// What a person wants of a node as a whole: that it has no accounts, or that nobody waits for it any more.
//
// Both go through the ledger to a node that lives, and need what `command_box` needs. Promises: `drain` returns
// when the node has none of the accounts that another one can send for; `forget` changes nothing of a node that
// lives, and throws no event away.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/ledger/command_box.hpp"
#include "setclickd/operations/follow_hooks.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::operations {

class command_follower;

class cluster_control {
public:
    /// `usage` where the ledger is a file.
    static result<std::unique_ptr<cluster_control>> open(settings::settings const& s,
                                                         follow_hooks hooks);
    ~cluster_control();
    cluster_control(cluster_control const&) = delete;
    cluster_control& operator=(cluster_control const&) = delete;

    /// By its name or number; `not_found` names those that there are.
    result<ledger::node_row> node(std::string const& name_or_number);

    struct drained {
        std::uint64_t had = 0;            ///< accounts, when it was asked
        std::vector<std::string> stay{};  ///< ids of those that no other node can send for
    };
    /// Blocks until then.
    result<drained> drain(ledger::node_row const& node);
    /// It may take accounts again.
    result<void> undrain(ledger::node_row const& node);

    /// What it did not finish; the first `most_files`.
    static constexpr std::uint32_t most_files = 10'000;
    result<std::vector<ledger::open_file>> open_files(ledger::node_row const& node);
    /// `refused` where it lives.
    result<void> forget(ledger::node_row const& node);

private:
    explicit cluster_control(std::unique_ptr<command_follower> follower);
    std::unique_ptr<command_follower> follower_;
};

}  // namespace setclick::operations
