// Where a ledger lies.
#pragma once

#include <string>
#include <utility>

namespace setclick::ledger {

/// An SQLite file today; each further kind of store adds what names it (a connection string).
struct place {
    place() = default;
    place(std::string file) : path(std::move(file)) {}  // NOLINT(google-explicit-constructor)
    place(char const* file) : path(file) {}             // NOLINT(google-explicit-constructor)

    std::string path;
};

}  // namespace setclick::ledger
