// One import transaction, from checked lines to events: identities, numbers, packs, spans,
// receipts, counters.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "identity_judge.hpp"
#include "tables.hpp"

namespace setclick::ledger {

class importer {
public:
    /// `window`: how long an identity holds once its event is delivered.
    importer(tables& t, milliseconds window, std::span<claimed_file const> files,
             std::span<import_chunk const> chunks, wall_time now);

    import_answer run();

private:
    /// Where an event of the call stands: all chunks' events in one row of numbers.
    using index = identity_judge::index;
    static constexpr index no_index = identity_judge::no_index;
    using verdict = identity_judge::verdict;

    new_event const& event_at(index i) const { return *events_[i]; }
    import_chunk const& chunk_of(index i) const { return chunks_[chunk_of_[i]]; }
    file_no file_of(import_chunk const& c) const {
        return c.file != file_no{} ? c.file : answer_.files[c.new_file];
    }
    std::string name_of(import_chunk const& c) const;

    void number_files();
    void list_events();
    void judge_identities();
    bool may_succeed(std::uint64_t event);
    std::string reason_of(index i, identity_judge::judgement const& refused);
    void give_numbers();
    void write_packs();
    void write_identities();
    void mark_superseded();
    void grow_spans();
    void write_refused();
    void write_duplicates();
    void count_accounts();
    void doubt_adopted();
    void write_files();

    tables& t_;
    milliseconds window_;
    std::span<claimed_file const> files_;
    std::span<import_chunk const> chunks_;
    std::int64_t now_;
    import_answer answer_;

    std::vector<new_event const*> events_;
    std::vector<std::uint32_t> chunk_of_;
    std::vector<identity_judge::judgement> judgements_;
    std::vector<std::uint64_t> numbers_;  ///< of those accepted

    identity_judge judge_;
    std::map<index, std::string> refusals_;

    struct grown {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
        std::uint64_t duplicate = 0;
    };
    std::map<account_no, grown> grown_;
};

}  // namespace setclick::ledger
