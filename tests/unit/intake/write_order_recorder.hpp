// What the real code does to the spool and the ledger, step by step, and every state that a power
// cut may leave of it.
//
// The recorder hears of each durable step (base/fault.hpp) and compares the spool's folders with
// what they were: the difference is what was done. The model: an operation that is not synced may
// be kept or dropped, each on its own; a rename is one operation, durable when both folders are
// synced; a write is durable when its file is synced; a commit of the ledger is atomic, and durable
// when it returns.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace setclick::intake {

using inode_no = std::uint64_t;

struct file_operation {
    enum class kind : std::uint8_t { create, unlink, rename, write };
    kind what = kind::create;
    std::string name;  ///< "work/1-1-a.ndjson"; the root's own files have no folder
    std::string from;  ///< of a rename
    inode_no inode = 0;
    std::string content;          ///< the whole, behind a write
    std::set<std::string> wants;  ///< folders that must still be synced; "(file)" for a write
};

/// The spool's names, and what the files hold.
struct spool_state {
    std::map<std::string, inode_no> names;
    std::map<inode_no, std::string> contents;
    void apply(file_operation const& op);
    std::string signature() const;
};

struct recorded_step {
    std::string name;
    std::vector<file_operation> operations;  ///< since the step before
    std::string synced_folder;               ///< "-" for none
    inode_no synced_file = 0;
    int ledger = -1;  ///< the ledger's last copy; -1: none yet
};

class write_order_recorder {
public:
    /// Copies of the ledger behind each commit go to `copies`.
    write_order_recorder(std::string base, std::string copies);

    /// Before the work begins: what lies in the spool is durable.
    void begin();
    void hear(std::size_t index, bool behind);

    std::vector<recorded_step> const& steps() const { return steps_; }
    spool_state const& start() const { return start_; }
    std::string copy(int index) const { return copies_ + "/" + std::to_string(index); }

private:
    std::vector<file_operation> changes_to(spool_state const& now) const;
    spool_state look() const;
    void copy_ledger();

    std::string base_;
    std::string copies_;
    std::mutex mutex_;  ///< held from before a step until behind it: one step at a time
    spool_state start_;
    spool_state last_;
    int ledger_ = -1;
    inode_no written_ = 0;      ///< the file written last
    std::string published_in_;  ///< the folder of the last rename
    std::vector<recorded_step> steps_;
};

struct crash_state {
    std::string behind;  ///< the step
    int ledger = -1;
    spool_state spool;
};

/// Every different state that a power cut behind any step may leave: all unsynced operations kept,
/// all dropped, each single one dropped, each single one kept, `random` seeded subsets. `tried`
/// counts them before equal ones were joined. `left_out`: this sync is taken as missing in the
/// code.
std::vector<crash_state> crash_states(write_order_recorder const& recorded, unsigned random,
                                      std::string const& left_out, std::uint64_t& tried);

}  // namespace setclick::intake
