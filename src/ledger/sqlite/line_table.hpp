// The tables `refused` and `duplicate`: lines of files that became no event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "setclickd/base/ids.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class line_table {
public:
    explicit line_table(connection& db)
        : refuse_(db,
                  "INSERT INTO refused(file, line, offset, length, reason) VALUES(?, ?, ?, ?, ?)"),
          succeed_(db, "UPDATE refused SET reason = reason || ?3 WHERE file = ?1 AND line = ?2"),
          repeat_(db, "INSERT INTO duplicate(file, line, count, event) VALUES(?, ?, ?, ?)") {}

    void add_refused(file_no file, std::uint64_t line, std::uint64_t offset, std::uint64_t length,
                     std::string_view reason) {
        refuse_.run(file, line, offset, length, reason);
    }
    /// Of a refused line that was read again under another number.
    void name_successor(file_no file, std::uint64_t line, std::uint64_t as) {
        auto const text =
            "; the file has grown since, and it was read again as line " + std::to_string(as);
        succeed_.run(file, line, std::string_view(text));
    }
    /// `count` lines from this one on repeat as many events from `event` on.
    void add_duplicates(file_no file, std::uint64_t line, std::uint64_t count,
                        std::uint64_t event) {
        repeat_.run(file, line, count, event);
    }

private:
    statement refuse_;
    statement succeed_;
    statement repeat_;
};

}  // namespace setclick::ledger
