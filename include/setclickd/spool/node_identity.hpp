// Which node of a shared ledger this spool is: a random id in SPOOL/.node, beside the machine's boot and the
// folder that it was last used in.
//
// The files in work/ belong to the node, so its identity goes where the spool goes. The spool's lock keeps it
// to one process on this machine; boot and folder tell a spool that was copied, or moved to another machine,
// from one whose last process died here.
#pragma once

#include <string>

#include "setclickd/spool/directory.hpp"

namespace setclick::spool {

struct node_identity {
    std::string id;               ///< 32 hex digits
    std::string boot;             ///< of this machine: a new one at each
    std::string folder;           ///< device and inode of the spool
    bool is_same_boot = false;    ///< as when it was used last
    bool is_same_folder = false;  ///< as when it was used last
};

/// Made durably where there is none.
result<node_identity> node_identity_of(directory const& spool);
/// The id alone, of a spool that somebody else may hold; `not_found` where it has none.
result<std::string> node_id_of(std::string const& spool);
/// Where the node keeps what the ledger's server had acknowledged to it.
inline std::string acknowledged_of(directory const& spool) {
    return spool.path() + "/.acknowledged";
}
/// This process lives under it from now on.
result<void> keep_node_identity(directory const& spool, node_identity const& identity);

}  // namespace setclick::spool
