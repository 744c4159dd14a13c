// The small tables of a ledger: where they are kept. A store implements these. Failures are thrown as
// `failure`; all of it happens inside the transaction that the store opened.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

/// In `meta`: adopted_files.
inline constexpr std::string_view adopted_key = "adopted_files";
/// In `meta`: crash_notes.
inline constexpr std::string_view crash_lines_key = "crash_lines";
/// In `meta`, 1: a copy by `backup_ledger` that nobody has adopted yet.
inline constexpr std::string_view copy_mark = "is_copy";

/// Single values under a name.
class meta_rows {
public:
    virtual ~meta_rows() = default;
    /// 0 for a name without a value.
    virtual std::int64_t number(std::string_view key) = 0;
    /// Empty for a name without a value.
    virtual std::string text(std::string_view key) = 0;
    virtual void set(std::string_view key, std::int64_t value) = 0;
    virtual void add(std::string_view key, std::int64_t more) { set(key, number(key) + more); }
    virtual void set(std::string_view key, std::string_view value) = 0;
};

/// What delivery wants to know of an account after a restart.
struct kept_note {
    std::string text;  ///< empty: there is none
    /// How long ago it was written, at least, by a clock that all who read it share; zero where there is none.
    milliseconds age{0};
};

class note_rows {
public:
    virtual ~note_rows() = default;
    /// The last one; account 0 is what all accounts share.
    virtual kept_note of(account_no account) = 0;
    virtual void replace(account_no account, std::string_view text) = 0;
};

/// Lines of files that became no event.
class line_rows {
public:
    virtual ~line_rows() = default;
    virtual void add_refused(file_no file, std::uint64_t line, std::uint64_t offset,
                             std::uint64_t length, std::string_view reason) = 0;
    /// Of a refused line that was read again under another number.
    virtual void name_successor(file_no file, std::uint64_t line, std::uint64_t as) = 0;
    /// `count` lines from this one on repeat as many events from `event` on.
    virtual void add_duplicates(file_no file, std::uint64_t line, std::uint64_t count,
                                std::uint64_t event) = 0;
    /// The first `most` rows of a file of each kind; how many went.
    virtual std::uint64_t drop_refused(file_no file, std::uint64_t most) = 0;
    virtual std::uint64_t drop_duplicates(file_no file, std::uint64_t most) = 0;
};

/// For each day of the ledger's age the account's first event that was imported on it, so that an event's
/// number tells how old it is.
class mark_rows {
public:
    virtual ~mark_rows() = default;
    /// The first event imported after that day; nothing where none was.
    virtual std::optional<std::uint64_t> first_after(account_no account, std::int64_t day) = 0;
    /// The first one of a day stands.
    virtual void add(account_no account, std::int64_t day, std::uint64_t first) = 0;
};

/// How many events became what in each quarter of an hour.
class history_rows {
public:
    virtual ~history_rows() = default;
    /// Inside the transaction of these events. Nothing to count: nothing is written.
    virtual void count(history_counts const& counts, wall_time now) = 0;
    /// After a rollback.
    virtual void reload() = 0;
};

}  // namespace setclick::ledger
