// Where a ledger lies.
#pragma once

#include <functional>
#include <string>
#include <utility>

#include "setclickd/base/error.hpp"
#include "setclickd/base/secret.hpp"

namespace setclick::ledger {

/// An SQLite file, or a database in PostgreSQL where that is named.
struct place {
    place() = default;
    place(std::string file) : path(std::move(file)) {}  // NOLINT(google-explicit-constructor)
    place(char const* file) : path(file) {}             // NOLINT(google-explicit-constructor)

    bool is_in_postgres() const noexcept { return !postgres.empty(); }
    /// For messages: the file, or which PostgreSQL. No password is in it.
    std::string shown() const { return is_in_postgres() ? "PostgreSQL (" + postgres + ")" : path; }

    std::string path;
    std::string postgres;   ///< connection string or URI of libpq; empty: the ledger is the file
    std::string node;       ///< which of the nodes that share it: never two processes under one
    std::string node_name;  ///< the same for people; empty: as `node`
    /// File of this node's last acknowledged commit, which PostgreSQL has to know still; empty: none is kept.
    std::string acknowledged;
    /// Asked for each connection, so that a password may change; unset: libpq's own ways.
    std::function<result<secret<std::string>>()> password;
};

}  // namespace setclick::ledger
