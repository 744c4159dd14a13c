// Where a ledger lies.
#pragma once

#include <string>
#include <utility>

namespace setclick::ledger {

/// An SQLite file, or a database in PostgreSQL where that is named.
struct place {
    place() = default;
    place(std::string file) : path(std::move(file)) {}  // NOLINT(google-explicit-constructor)
    place(char const* file) : path(file) {}             // NOLINT(google-explicit-constructor)

    std::string path;
    std::string postgres;   ///< connection string or URI of libpq; empty: the ledger is the file
    std::string node;       ///< who works in it, among the nodes that share it
    std::string node_name;  ///< the same for people; empty: as `node`
};

}  // namespace setclick::ledger
