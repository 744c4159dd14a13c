// The table `account_note`: what delivery wants to know of each account after a restart, as its text.
#pragma once

#include <string>
#include <string_view>

#include "../core/side_rows.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {

class note_table final : public note_rows {
public:
    explicit note_table(connection& db)
        : select_(db, "SELECT state FROM account_note WHERE account = ?"),
          replace_(db, "INSERT OR REPLACE INTO account_note(account, state) VALUES(?, ?)") {}

    kept_note of(account_no account) override {
        auto rows = select_.rows(account);
        return {rows.next() ? std::string(rows.text(0)) : std::string()};
    }
    void replace(account_no account, std::string_view text) override {
        replace_.run(account, text);
    }

private:
    statement select_;
    statement replace_;
};

}  // namespace setclick::ledger
