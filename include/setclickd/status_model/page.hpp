// What a web page shows beside the status: the newest files and what became of them, what is held and
// what helps, and the history. Plain data: collect_page.hpp fills it, page_json.hpp writes it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "setclickd/base/time.hpp"
#include "setclickd/ledger/types.hpp"
#include "setclickd/status_model/status.hpp"

namespace setclick::status_model {

using counted_reasons = std::vector<std::pair<std::string, std::uint64_t>>;

/// Stages of a file as the ledger knows them; `given_up`: its node was, before it was done.
enum class file_stage : std::uint8_t { importing, open, complete, done, given_up };
std::string_view name_of(file_stage stage) noexcept;

/// Where it lies: `removed`, its time in done/ is over; `missing`, somebody took it away.
enum class file_place : std::uint8_t { work, done, removed, missing };
std::string_view name_of(file_place place) noexcept;

/// A file that was taken. Names are bytes, as the producer chose them.
struct file_report {
    std::uint64_t no = 0;
    std::string name;
    wall_time taken_at{};
    wall_time finished_at{};  ///< zero: not yet
    file_stage stage = file_stage::importing;
    file_place place = file_place::work;
    std::string path;  ///< below the spool's folder; empty where it lies nowhere
    std::uint64_t bytes = 0;
    std::uint64_t read_bytes = 0;
    std::uint64_t waiting = 0;  ///< on their way, whatever for
    std::uint64_t held = 0;
    std::uint64_t delivered = 0;
    std::uint64_t duplicate = 0;
    std::uint64_t discarded = 0;
    std::uint64_t refused_on_reading = 0;
    std::uint64_t rejected_by_server = 0;
    // Most frequent first, without personal data; of a large file not all are looked at.
    counted_reasons refused_reasons;
    counted_reasons rejected_reasons;

    std::uint64_t rejected() const { return refused_on_reading + rejected_by_server; }
    std::uint64_t lines() const {
        return waiting + held + delivered + duplicate + discarded + rejected();
    }
};

/// Why events wait for a person.
enum class held_class : std::uint8_t {
    in_doubt,    ///< may have been received
    person,      ///< a command held them
    expired,     ///< waited for too long
    crash,       ///< were being sent when the daemon crashed, three times
    unreadable,  ///< their record is damaged
};
std::string_view name_of(held_class why) noexcept;

/// Events of one account that wait for a person for the same kind of reason.
struct held_report {
    std::string account;
    held_class why = held_class::in_doubt;
    /// Not held: cut short by the end of a daemon; the next start decides.
    bool is_undecided = false;
    std::uint64_t count = 0;
    wall_time oldest_since{};  ///< zero: not known
    counted_reasons reasons;
    bool is_cut = false;  ///< there are more: not all were looked at
};

/// So many slots of one length; those without an event have no row.
struct history_plot {
    std::int64_t from = 0;  ///< begin of the first slot, in seconds since 1970
    seconds slot{0};
    std::uint32_t slots = 0;  ///< the last one is the present one
    std::vector<std::pair<std::uint32_t, ledger::history_counts>> rows;  ///< by index
};

/// What became of events, all accounts together.
struct history_report {
    wall_time since{};  ///< begin of the oldest slot that is kept; zero: nothing was counted yet
    history_plot day;
    history_plot month;
    /// In slots that are still to come: the clock was set back since.
    ledger::history_counts later;
};

struct page_report {
    status_report status;  ///< see `counted_at` for how old what the ledger counts is
    std::optional<history_report> history;  ///< nothing while there is no ledger
    std::vector<file_report> recent_files;  ///< newest first
    std::vector<held_report> held;          ///< most events first
};

/// `now` with what the ledger counted, where its server cannot be asked and it was at `before`: a person who looks
/// while it is away sees the last figures, and from when they are. What the daemon knows is of now. Pure.
page_report with_last_counts(page_report now, page_report const& before);

}  // namespace setclick::status_model
