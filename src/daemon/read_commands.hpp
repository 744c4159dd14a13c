// Requests of commands that read the vendor's report, from the control socket to read_service.
//
// Promises: each request is answered once; the token is given to root and to the daemon's own user
// only. Never: decides whether a read passes.
//
// Threads: the main one.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

#include "read_service.hpp"
#include "setclickd/control/server.hpp"

namespace setclick::daemon {

class read_commands {
public:
    /// `reads` outlives this.
    explicit read_commands(read_service& reads) : reads_(reads) {}

    /// False when `cmd` is none of these; else it is answered.
    bool on_request(std::string_view cmd, boost::json::object const& request, control::peer from,
                    control::reply const& to);

private:
    void on_token(std::string const& id, boost::json::value const& request, control::peer from,
                  control::reply const& to);

    read_service& reads_;
};

}  // namespace setclick::daemon
