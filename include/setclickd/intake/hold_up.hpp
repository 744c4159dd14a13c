// What keeps the intake from going on, for a person who looks: the worst of it. All of it passes by
// itself once its cause is mended, and loses nothing.
#pragma once

#include <cstdint>
#include <string_view>

namespace setclick::intake {

enum class hold_up : std::uint8_t {
    none,
    ledger_full,
    ledger_locked,
    ledger_away,
    files_not_taken,      ///< from incoming/ to work/
    refused_not_written,  ///< to rejected/
    files_not_archived,   ///< to done/
};

/// Such as "finished files cannot be archived"; empty for none.
constexpr std::string_view text_of(hold_up what) noexcept {
    switch (what) {
        case hold_up::none:
            return "";
        case hold_up::ledger_full:
            return "the ledger's disk is full";
        case hold_up::ledger_locked:
            return "another program locks the ledger";
        case hold_up::ledger_away:
            return "the ledger's server cannot be worked with";
        case hold_up::files_not_taken:
            return "files cannot be taken from incoming/";
        case hold_up::refused_not_written:
            return "refused lines cannot be written to rejected/";
        case hold_up::files_not_archived:
            return "finished files cannot be archived in done/";
    }
    return "";
}

}  // namespace setclick::intake
