// The tables `refused` and `duplicate`: lines of files that became no event.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "../core/side_rows.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class line_table final : public line_rows {
public:
    explicit line_table(connection& db)
        : refuse_(db,
                  "INSERT INTO refused(file, line, offset, length, reason) VALUES(?, ?, ?, ?, ?)"),
          succeed_(db, "UPDATE refused SET reason = reason || ?3 WHERE file = ?1 AND line = ?2"),
          repeat_(db, "INSERT INTO duplicate(file, line, count, event) VALUES(?, ?, ?, ?)"),
          drop_refused_(db,
                        "DELETE FROM refused WHERE file = ?1 AND line <= (SELECT max(line) FROM "
                        "(SELECT line FROM refused WHERE file = ?1 ORDER BY line LIMIT ?2))"),
          drop_duplicates_(
              db,
              "DELETE FROM duplicate WHERE file = ?1 AND line <= (SELECT max(line) FROM "
              "(SELECT line FROM duplicate WHERE file = ?1 ORDER BY line LIMIT ?2))") {}

    void add_refused(file_no file, std::uint64_t line, std::uint64_t offset, std::uint64_t length,
                     std::string_view reason) override {
        refuse_.run(file, line, offset, length, reason);
    }
    void name_successor(file_no file, std::uint64_t line, std::uint64_t as) override {
        auto const text =
            "; the file has grown since, and it was read again as line " + std::to_string(as);
        succeed_.run(file, line, std::string_view(text));
    }
    void add_duplicates(file_no file, std::uint64_t line, std::uint64_t count,
                        std::uint64_t event) override {
        repeat_.run(file, line, count, event);
    }
    std::uint64_t drop_refused(file_no file, std::uint64_t most) override {
        return static_cast<std::uint64_t>(drop_refused_.run(file, most));
    }
    std::uint64_t drop_duplicates(file_no file, std::uint64_t most) override {
        return static_cast<std::uint64_t>(drop_duplicates_.run(file, most));
    }

private:
    statement refuse_;
    statement succeed_;
    statement repeat_;
    statement drop_refused_;
    statement drop_duplicates_;
};

}  // namespace setclick::ledger
