// The files whose events may have been sent by a life of the ledger that nobody knows any more: those
// that lay in work/, were being read, or were filed in done/ without its knowledge, when it was adopted.
// What is read of them from then on is in doubt. Pure; kept as one text in the ledger.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

class adopted_files {
public:
    adopted_files() = default;
    /// A text that `text` did not make is no files at all.
    explicit adopted_files(std::string_view text);
    std::string text() const;

    /// `work_name`: in work/, where no name is used twice.
    void add_work(std::string_view work_name) { work_.emplace(work_name); }
    /// In done/: one that is dropped again has its name or its inode, and its size.
    void add_done(std::string_view name, std::uint64_t inode, std::uint64_t size) {
        done_.emplace(size, done_file_seen{std::string(name), inode});
    }
    void set_policy(doubt_policy policy) noexcept { policy_ = policy; }
    void set_policy(std::string_view account, doubt_policy policy) {
        policies_.insert_or_assign(std::string(account), policy);
    }

    bool is_empty() const noexcept { return work_.empty() && done_.empty(); }
    std::size_t size() const noexcept { return work_.size() + done_.size(); }
    bool contains(claimed_file const& file) const;
    doubt_policy policy_of(std::string_view account) const;

private:
    struct done_file_seen {
        std::string name;
        std::uint64_t inode = 0;
    };

    std::set<std::string, std::less<>> work_;
    std::multimap<std::uint64_t, done_file_seen> done_;  // by size
    std::map<std::string, doubt_policy, std::less<>> policies_;
    doubt_policy policy_ = doubt_policy::hold;
};

}  // namespace setclick::ledger
