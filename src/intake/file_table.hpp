// All files that the intake has in its hands, each in exactly one stage, in the order in which they
// came to it.
//
// Keeps true: a file lies in one row only (the rows own the files, a change of stage moves it from
// one to the other); a file that has a number is found by it; whoever waits for a stage hears of
// each file that enters it. Complete files beyond `most_known` are kept by their number alone, so
// that a done/ that cannot be written to for a day costs no memory.
//
// One thread.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <functional>
#include <list>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "spool_file.hpp"

namespace setclick::intake {

class file_table {
public:
    static constexpr std::size_t most_known = 2048;

    /// Called after a file has come to the stage from another one.
    void when_entered(stage s, std::function<void()> then);

    spool_file& add(stage at, reading_file file);
    spool_file& add_claimed(ledger::claimed_file file, unique_fd fd = {});
    /// To the end of the stage's row, also where it is in that stage already.
    void set_stage(spool_file& file, stage to);
    /// The ledger has given it a number.
    void set_number(spool_file& file, file_no no);
    void remove(spool_file& file);
    /// Its events wait for delivery: nothing of it is kept but whether it is to be finished with
    /// care.
    void leave_for_delivery(spool_file& file);

    /// Every event of this file is final. Naming it twice does no harm.
    void add_complete(ledger::file_info info);
    /// The same, where only the number is known.
    void add_complete(file_no no);
    /// Up to `limit` complete files, now `finishing`; those without `last_word` are to be asked for.
    std::vector<spool_file*> take_complete(std::size_t limit);
    bool has_complete() const noexcept {
        return count(stage::complete) > 0 || !by_number_only_.empty();
    }

    /// Null where there is none.
    spool_file* first(stage s) noexcept;
    spool_file* find(file_no no) noexcept;
    std::size_t count(stage s) const noexcept { return row(s).size(); }
    /// The files of a stage, in their order; none of them changes its stage meanwhile.
    template <class Each>
    void for_each(stage s, Each each) {
        for (auto& file : row(s))
            each(file);
    }
    /// Those that are still on their way into the ledger.
    std::size_t count_on_their_way_in() const noexcept;
    /// Than any that has been here.
    bool is_newer(file_no no) const noexcept { return no > newest_; }
    /// Nothing is to be done: what is here is unreadable.
    bool is_at_rest() const noexcept;

private:
    std::list<spool_file>& row(stage s) noexcept { return rows_[static_cast<std::size_t>(s)]; }
    std::list<spool_file> const& row(stage s) const noexcept {
        return rows_[static_cast<std::size_t>(s)];
    }
    void entered(stage s) const;
    void know(spool_file& file);

    std::array<std::list<spool_file>, stage_count> rows_;
    std::unordered_map<file_no, spool_file*> by_number_;
    file_no newest_{};
    std::unordered_set<file_no> with_care_;  ///< of those that wait for delivery
    std::deque<file_no> by_number_only_;     ///< complete ones, and nothing else is known of them
    std::array<std::function<void()>, stage_count> hooks_;
};

}  // namespace setclick::intake
