// One import transaction, from checked lines to events: identities, numbers, packs, spans,
// receipts, counters.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "sqlite_store.hpp"

namespace setclick::ledger {

class importer {
public:
    importer(sqlite_store& ledger, std::span<claimed_file const> files,
             std::span<import_chunk const> chunks, wall_time now);

    import_answer run();

private:
    /// Where an event of the call stands: all chunks' events in one row of numbers.
    using index = std::uint32_t;
    static constexpr index no_index = static_cast<index>(-1);

    struct fate {
        enum class kind : std::uint8_t { accepted, duplicate, refused } what = kind::accepted;
        std::uint64_t event = 0;         ///< its own number; for a duplicate that of the first
        index first_in_call = no_index;  ///< duplicate of an event of this same call
    };
    struct candidate {
        index at = 0;
        std::string_view key;
        std::uint64_t content = 0;
    };

    new_event const& event_at(index i) const { return *events_[i]; }
    import_chunk const& chunk_of(index i) const { return chunks_[chunk_of_[i]]; }
    file_no file_of(import_chunk const& c) const {
        return c.file != file_no{} ? c.file : answer_.files[c.new_file];
    }
    std::string name_of(import_chunk const& c) const;

    void number_files();
    void list_events();
    void judge_identities();
    void collect_candidates();
    void judge_group(std::size_t begin, std::size_t end, identity_lookup::holder held);
    bool may_take_over(std::uint64_t event);
    void refuse(index i, std::uint64_t first, index first_in_call);
    void give_numbers();
    void write_packs();
    void write_identities();
    void mark_superseded();
    void grow_spans();
    void write_refused();
    void write_duplicates();
    void count_accounts();
    void write_files();

    sqlite_store& ledger_;
    sqlite_store::tables& t_;
    std::span<claimed_file const> files_;
    std::span<import_chunk const> chunks_;
    std::int64_t now_;
    import_answer answer_;

    std::vector<new_event const*> events_;
    std::vector<std::uint32_t> chunk_of_;
    std::vector<fate> fates_;

    std::string key_text_;
    std::vector<candidate> candidates_;  // by key, then by order of appearance
    std::vector<std::string_view> keys_;
    std::vector<candidate> new_identities_;
    struct take_over {
        std::uint64_t from = 0;
        index by = 0;
    };
    std::vector<take_over> taken_over_;
    identity_lookup lookup_;
    std::map<index, std::string> refusals_;

    struct grown {
        std::uint64_t first = 0;
        std::uint64_t count = 0;
        std::uint64_t duplicate = 0;
    };
    std::map<account_no, grown> grown_;
};

}  // namespace setclick::ledger
