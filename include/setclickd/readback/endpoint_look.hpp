// What `setclickd doctor` sees of the endpoint: its name, each of its addresses, its certificate, and what each account's
// token is good for.
//
// Promises: no conversion is sent, nothing is changed: connections without a request, and for each account one call that
// lists accounts, which passes its gate. Never returns a token or an e-mail. Decides nothing. Blocks; ends soon after
// `stop`.
#pragma once

#include <atomic>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/readback/account_list.hpp"
#include "setclickd/readback/online_check.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::readback {

struct address_look {
    std::string address;
    std::string fault;          ///< empty: connected, and TLS was agreed upon
    bool is_connected = false;  ///< the fault, if any, came after the connection
};

struct certificate_look {
    std::string tls;             ///< "TLSv1.3"
    std::string issuer;          ///< of the server's certificate
    std::string anchor;          ///< whom it ends in
    bool is_of_ca_file = false;  ///< the anchor stands in endpoint.ca_file; else it is the system's
    std::optional<wall_time> ends;
};

struct account_look {
    std::string id;
    account_list seen;
};

struct endpoint_look {
    std::optional<error>
        unusable;      ///< a file or an address of the configuration: nothing was tried
    std::string host;  ///< whose name was looked up: the endpoint's, or the proxy's
    bool is_proxy = false;
    std::string name_fault;  ///< it has no address
    std::vector<address_look> addresses;
    std::optional<certificate_look> certificate;  ///< of the first address that could be used
    std::optional<error> no_access;               ///< the accounts were not asked
    std::vector<account_look> accounts;           ///< empty where the endpoint cannot be reached
};

endpoint_look look_at_endpoint(settings::settings const& s, open_access_fn const& open_access,
                               std::atomic<bool> const& stop, on_wait_fn const& on_wait);

}  // namespace setclick::readback
