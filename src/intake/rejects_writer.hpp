// rejected/<file>: the lines that did not make it, each after its reason, ready to be mended and
// dropped again.
//
//     #! line 17: click_time: is missing
//     {"event_id":"crm-8841", …}            byte for byte
//
// Of a table: a table, as table_lines has it; one that was refused as a whole, unchanged.
// A line over the limit too, as a whole: its reason says how long it is. A trouble between elements of a .json has a reason only. What is in UTF-16 or UTF-32 is written
// as UTF-8. A packed file, of which nothing can be read, lies there as a whole and unchanged: its reason
// is in the log, in its result and in the ledger. Written a piece at a time, so that
// a file with a million bad lines stops nobody. Published by rename, never over another file.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reading_file.hpp"
#include "reject_sharing.hpp"
#include "setclickd/base/ids.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/event/splitter.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/spool/publish.hpp"
#include "setclickd/spool/window.hpp"
#include "table_lines.hpp"

namespace setclick::intake {

/// What the writers below work with; all of it outlives them.
struct rejects_tools {
    spool::directory const* spool = nullptr;
    ledger::reader* ledger = nullptr;
    spool::window* window = nullptr;
    std::size_t max_line = std::size_t{64} << 10;
    reject_sharing* sharing = nullptr;  ///< null: nobody else may read what is published
};

struct rejects_job {
    file_no no{};
    std::string name;  ///< to publish under, in rejected/
    unique_fd file;    ///< -1: the file is gone, only reasons can be written
    event::file_format format = event::file_format::lines;
    std::vector<file_split> splits;  ///< file_position::splits
    std::string table;               ///< reading_state::table, of a table
    bool by_server = false;          ///< what the server rejected; else what was refused on reading
    std::uint64_t after = 0;         ///< refused lines up to this number were published before
    bool again = false;              ///< it may have been published before a crash
};

/// A file that cannot be opened or read is trouble of its own (`errc::unreadable`), unless the
/// system is only short of something.
error of_input(error e);

class rejects_writer {
public:
    /// Rejected events looked for in one pass through the file.
    static constexpr std::size_t most_wanted = 65'536;

    rejects_writer(rejects_tools tools, rejects_job job);

    /// A bounded piece of work. True when it is done: published, and the directory synced.
    /// `errc::unreadable` where it is the file that cannot be read.
    result<bool> turn();

    std::string const& published_as() const noexcept {
        return published_;
    }  ///< empty: there was nothing to write
    std::uint64_t last_number() const noexcept { return last_number_; }

private:
    struct wanted_line {
        std::uint64_t number = 0;
        std::string reason;
    };
    result<bool> refused_turn();
    result<bool> copy_turn();
    result<void> look_at_head();
    result<void> look_at_table();
    result<bool> refused_table_turn();
    result<void> write_refused_row(ledger::refused_row const& line);
    template <class Found>
    bool find_pieces(std::string_view bytes, bool at_end, Found&& found);
    result<void> copy_line_turn();
    result<bool> collect_turn();
    result<void> find_turn();
    result<void> begin();
    result<bool> finish();
    result<void> write_reason(std::uint64_t number, std::string_view reason,
                              std::string_view note = {});
    result<void> write_line(std::string_view bytes, bool in_utf8 = true);

    rejects_tools tools_;
    rejects_job job_;
    std::uint64_t last_number_;
    std::optional<spool::publication> out_;
    spool::readers readers_;  ///< of what is being written
    std::string published_;

    enum class form : std::uint8_t { unknown, text, packed } form_ = form::unknown;
    event::text_encoding encoding_ = event::text_encoding::utf8;
    std::optional<table_lines> table_;
    bool has_broken_ = false;     ///< a table: rows with broken quotes were passed over
    bool writes_broken_ = false;  ///< a table: those alone are written now
    std::uint64_t copied_ = 0;
    std::uint64_t long_at_ = 0;    ///< where the rest of a line over the limit begins
    std::uint64_t long_left_ = 0;  ///< its bytes; 0: none is being copied

    // by_server: events are collected in the ledger's order, then found in the file's.
    event_no after_event_{};
    bool all_collected_ = false;
    bool finding_ = false;
    std::vector<wanted_line> wanted_;
    std::size_t next_wanted_ = 0;
    file_position position_;
    std::size_t next_split_ = 0;
};

}  // namespace setclick::intake
