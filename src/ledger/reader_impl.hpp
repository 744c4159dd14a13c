// What the parts of `reader` share: the connection, and each call as one short read transaction.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "account_table.hpp"
#include "event_scan.hpp"
#include "file_table.hpp"
#include "schema.hpp"
#include "setclickd/ledger/reader.hpp"

namespace setclick::ledger {

class reader::impl {
public:
    explicit impl(std::string const& path) : db(path, connection::mode::read_only) {
        prepare_for_reading(db);
        require_version(db);
    }

    /// One read transaction around `body`; its failures become errors.
    template <class Body>
    auto read(Body&& body) -> result<decltype(body())> {
        try {
            struct end {
                connection& db;
                ~end() {
                    if (sqlite3_get_autocommit(db.handle()) == 0)
                        sqlite3_exec(db.handle(), "COMMIT", nullptr, nullptr, nullptr);
                }
            };
            db.run("BEGIN");
            end const guard{db};
            return body();
        } catch (failure const& f) {
            return f.what_failed();
        }
    }

    std::vector<file_info> files(std::string_view where_and_order, auto const&... values) {
        statement select(db, std::string("SELECT ") + file_columns + " FROM file " +
                                 std::string(where_and_order));
        std::vector<file_info> out;
        auto rows = select.rows(values...);
        while (rows.next())
            out.push_back(file_from(rows));
        return out;
    }

    file_info const& file(file_no no) {
        auto const it = file_cache.find(no);
        if (it != file_cache.end()) return it->second;
        auto found = files("WHERE no = ?", no);
        file_info none;
        none.no = no;
        return file_cache.emplace(no, found.empty() ? none : found.front()).first->second;
    }

    std::string account_id(account_no no) {
        statement select(db, "SELECT id FROM account WHERE no = ?");
        auto rows = select.rows(no);
        return rows.next() ? std::string(rows.text(0)) : std::string();
    }

    std::vector<account_info> accounts();
    std::int64_t oldest_pending(account_row const& a);
    std::vector<attempt_receipt> attempts(std::uint64_t event);
    event_row row_of(std::uint64_t id, event_run const& run, std::string_view lines);
    std::string lines_of(std::uint64_t pack);
    static void describe(event_row& row, span_state const& is,
                         std::vector<attempt_receipt> const& attempts);

    connection db;
    std::map<file_no, file_info> file_cache;  // for one call
};

}  // namespace setclick::ledger
