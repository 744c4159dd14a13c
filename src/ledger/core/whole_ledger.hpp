// A whole ledger on its way from one store into another, row by row.
//
// A store that can give itself away implements `ledger_source`, one that can take a whole ledger
// `ledger_sink`. Rows are given by kind, in the order of this header; what each store makes of a row (an
// index, a block, a row that is left out) is its own business. Failures are thrown as `failure`.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "account_map.hpp"
#include "identity_keys.hpp"
#include "pack_map.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/ledger/transfer.hpp"
#include "setclickd/ledger/types.hpp"
#include "span.hpp"

namespace setclick::ledger {

/// What a ledger is called by.
struct ledger_name {
    std::string id;
    std::uint64_t run = 0;
    std::uint64_t commits = 0;  ///< that it has had: it is still what it was while these are equal
};

/// A file with what `file_info` does not show.
struct whole_file {
    file_info info;
    std::string done_name;  ///< with its marks
    std::int64_t done_day = 0;
};

class ledger_sink {
public:
    virtual ~ledger_sink() = default;

    /// First; `spans` and `packs` may then be asked for where numbers end.
    virtual void account(account_row const& row) = 0;
    virtual void note(account_no account, std::string_view text) = 0;
    virtual void mark(account_no account, std::int64_t day, std::uint64_t first) = 0;
    virtual void span(span_row const& row) = 0;
    virtual void pack(pack_rows::row const& row) = 0;
    virtual void identity(identity_entry const& entry) = 0;
    /// `seq`: its place in the event's receipt, from 1.
    virtual void attempt(std::uint64_t event, std::uint64_t seq, attempt_receipt const& row) = 0;
    virtual void file(whole_file const& row) = 0;
    virtual void refused(file_no file, refused_row const& row) = 0;
    virtual void duplicates(file_no file, std::uint64_t line, std::uint64_t count,
                            std::uint64_t event) = 0;
    /// In the order in which they were begun; one may come twice, and both count.
    virtual void history(history_slot const& slot) = 0;
    virtual void meta(std::string_view key, std::int64_t value) = 0;
    virtual void meta(std::string_view key, std::string_view value) = 0;
};

class ledger_source {
public:
    virtual ~ledger_source() = default;

    virtual ledger_name name() = 0;
    /// All of it, as of one moment. `progress` is called now and then.
    virtual transfer_counts give(ledger_sink& to, std::function<void()> const& progress) = 0;
    /// From now on no daemon works with it.
    virtual void mark_as_taken_over() = 0;
};

/// The other end: a sink with a beginning and an end.
class ledger_target : public ledger_sink {
public:
    /// Whether it holds nothing, or exactly what this source has been ever since; else throws.
    enum class content : std::uint8_t { nothing, this_ledger };
    virtual content begin(ledger_name const& source) = 0;
    /// What is there now, inside the transaction.
    virtual transfer_counts counts() = 0;
    /// What a check of all of it finds, inside the transaction.
    virtual std::vector<std::string> findings() = 0;
    /// All of it is there from now on, or this throws and nothing is.
    virtual void commit() = 0;
};

}  // namespace setclick::ledger
