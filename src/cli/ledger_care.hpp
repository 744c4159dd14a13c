// `setclickd ledger check|backup|adopt`.
#pragma once

#include <string>

#include "console.hpp"

namespace setclick::cli {

struct ledger_options {
    std::string config = {};
    std::string backup_to = {};
    std::string import_from = {};
    std::string migrate_as = {};
    bool contracts = false;
    bool yes = false;
    bool json = false;
};

/// 0 for a sound ledger, 74 with findings.
int ledger_check(ledger_options const& options, console const& io);
int ledger_backup(ledger_options const& options, console const& io);
/// Makes a restored or foreign ledger this spool's own; everything in it that is not final is in
/// doubt then.
int ledger_adopt(ledger_options const& options, console const& io);

}  // namespace setclick::cli
