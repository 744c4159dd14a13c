// What an error of PostgreSQL means for a ledger, and what helps: one table. Pure.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"

namespace setclick::ledger::postgres {

struct state_meaning {
    errc code = errc::io;
    std::string_view cure;  ///< empty: nothing that one could name
};

/// `state`: five characters of SQLSTATE; empty where there was no answer.
///
///     unreachable  the server is away, ending, beginning, read only, or takes nobody more: nothing was
///                  changed that was not looked up, and the same may go through later
///     disk_full    no room at the server
///     busy         somebody was in the way: the same may go through at once
///     refused      another epoch holds (`must`)
///     config       user, password, database or rights: a person has to mend it
///     io           anything else: nothing may be assumed
state_meaning meaning_of(std::string_view state) noexcept;

/// The first SQLSTATE in a message of libpq in its verbose form; empty for none.
std::string_view state_in(std::string_view message) noexcept;
/// The same message as one line, without places in the server's source, details and hints, which may quote
/// rows.
std::string one_line(std::string_view message);

}  // namespace setclick::ledger::postgres
