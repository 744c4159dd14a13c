// The tables of a ledger in PostgreSQL, and whether this program may work with them.
//
// `ledger.version` is the version of the schema, `ledger.min_writer` the oldest that may write. A step, once
// published, is never changed; a new one is added after it.
#pragma once

#include <string>

#include "session.hpp"

namespace setclick::ledger::postgres {

inline constexpr int schema_version = 1;

/// Creates the tables where there are none, in one transaction. Throws `config` for a schema that this
/// program does not know, with both versions.
void prepare_schema(session& db);
/// For readers: throws `not_found` where there is no ledger, `config` for another version.
void require_schema(session& db);
/// 0: there is none.
int stored_version(session& db);
/// The ledger's random id.
std::string ledger_id(session& db);

}  // namespace setclick::ledger::postgres
