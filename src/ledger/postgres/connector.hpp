// Makes connections to PostgreSQL: each host that the operator named in turn, each within its time.
//
// Promises: what the text of the setting sets wins over what is ours; over a network the server's certificate is
// checked unless the text itself, its service file or PGSSLMODE has another sslmode (in a service file
// `prefer` counts as none, since that is libpq's own); who writes is not connected to a standby. The
// password is asked for anew at each connection and is in no message. Failures are thrown: `config` for what a
// person has to mend (text, password, database, certificate), else `unreachable`, with what, why and the cure.
// Blocks: a name that is looked up, for as long as the resolver takes; everything else for `limit` a host.
#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "../core/failure.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::ledger::postgres {

struct connect_options {
    std::string conninfo;
    std::string application;  ///< shown by pg_stat_activity
    std::function<result<secret<std::string>>()> password{};
    bool writes = true;          ///< a standby will not do
    bool rows_by_place = false;  ///< see postgres_options
};

class connector {
public:
    explicit connector(connect_options options) : options_(std::move(options)) {}

    /// Connected and set up for the ledger's transactions, blocking.
    PGconn* connect();

private:
    using pairs = std::vector<std::pair<std::string, std::string>>;
    using clock = std::chrono::steady_clock;

    /// What the text sets, and the service that it names; of that not the hosts, which libpq tries by itself.
    std::map<std::string, std::string> parsed() const;
    std::map<std::string, std::string> set_by_service() const;
    /// What differs between one host and the next.
    static std::vector<pairs> hosts_of(std::map<std::string, std::string> const& text);
    pairs defaults(std::map<std::string, std::string> const& text) const;
    PGconn* connect_to(pairs const& before, pairs const& after, milliseconds limit) const;
    void set_up(PGconn* to, clock::time_point deadline) const;
    bool apply_settings(PGconn* to, clock::time_point deadline, bool is_last) const;

    connect_options options_;
};

}  // namespace setclick::ledger::postgres
