// What the intake asks of the ledger, in order and at most two calls at a time.
//
// A call adds files and imports chunks. With a full disk it fails as a whole, and so does
// everything behind it (a chunk must never be imported when the one before it in its file was not);
// the calls wait here and are asked again, in their order.
//
// Threads: `post` and `collect` on the intake's thread; the work runs on the ledger's.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "setclickd/base/ids.hpp"
#include "setclickd/ledger/types.hpp"
#include "setclickd/ledger/writer.hpp"
#include "chunk_reader.hpp"

namespace setclick::intake {

struct import_call {
    /// Files to be added; their first chunks below name them by index.
    std::vector<ledger::claimed_file> new_files;
    std::vector<reading_file*> new_owners;
    std::vector<ledger::import_chunk> chunks;
    std::vector<reading_file*> owners;  ///< of the chunks

    ledger::import_answer answer;
    std::optional<error> failed;

    bool is_empty() const noexcept { return new_files.empty() && chunks.empty(); }
    void clear();
};

class import_calls {
public:
    static constexpr std::size_t most_in_flight = 2;

    /// `wake` is called on the ledger's thread when an answer is there; `imported` too, behind each
    /// commit, with the accounts that got events and how many.
    import_calls(ledger::writer& writer, std::function<void()> wake,
                 std::function<void(std::vector<account_no>, std::uint64_t)> imported);
    ~import_calls();

    bool has_room() const noexcept { return in_flight_ + parked_.size() < most_in_flight; }
    bool is_idle() const noexcept { return in_flight_ == 0 && parked_.empty(); }
    std::size_t in_flight() const noexcept { return in_flight_; }
    bool is_parked() const noexcept { return !parked_.empty(); }

    /// An empty call, with the memory of an earlier one.
    std::unique_ptr<import_call> fresh();
    void post(std::unique_ptr<import_call> call);

    /// The calls that are done, in order. What failed for want of room is kept, and its error given
    /// in `full`; any other error in `fatal`.
    struct answers {
        std::vector<std::unique_ptr<import_call>> done;
        std::optional<error> full;
        std::optional<error> fatal;
    };
    answers collect();
    void recycle(std::unique_ptr<import_call> call);

    /// Asks again for what is parked, once nothing is in flight any more.
    void retry();

private:
    struct shared;  ///< outlives this object while a task is under way
    void launch(std::unique_ptr<import_call> call);

    ledger::writer* writer_;
    std::shared_ptr<shared> shared_;
    std::size_t in_flight_ = 0;
    std::deque<std::unique_ptr<import_call>> parked_;
    std::vector<std::unique_ptr<import_call>> spare_;
};

}  // namespace setclick::intake
