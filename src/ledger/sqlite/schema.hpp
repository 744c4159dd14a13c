// The tables, and how an older ledger becomes a newer one.
//
// PRAGMA user_version is the version of the schema, application_id says that the file is a ledger
// at all. A step, once published, is never changed; a new one is added behind it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "setclickd/base/ids.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

inline constexpr int schema_version = 6;
inline constexpr int application_id = 0x5345'4c31;  // "SEL1"

/// In `meta`: the last verdict of an account's comparison.
std::string verdict_key(account_no account);
/// In `meta`: how many transactions the ledger has had; PATH.mark holds the same outside of it.
inline constexpr std::string_view commits_key = "commits";

/// Settings of a connection that writes. Outside any transaction.
void prepare_for_writing(connection& db, std::uint32_t cache_kib);
/// Settings of a connection that only reads.
void prepare_for_reading(connection& db);

enum class content : std::uint8_t { nothing, ledger, something_else };
/// What a database holds, by its head and its tables' names.
content content_of(connection& db);

/// Creates or migrates, in one transaction. Throws `failure`: `config` for a ledger of a newer
/// version (with both versions), `invalid_data` for a database that is no ledger.
void migrate(connection& db);
/// For readers: throws unless the ledger has exactly this version.
void require_version(connection& db);

/// For who needs no more than the accounts' counters, which every version has: throws for something
/// else, and for a newer version.
void require_readable_accounts(connection& db);

}  // namespace setclick::ledger
