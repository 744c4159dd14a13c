// The intake's thread: one loop, one piece of work at a time.
#pragma once

#include <deque>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <unordered_set>

#include "done_cleaner.hpp"
#include "finisher.hpp"
#include "setclickd/intake/service.hpp"
#include "import_calls.hpp"
#include "chunk_reader.hpp"
#include "intake_log.hpp"
#include "candidate_source.hpp"
#include "recovery_plan.hpp"

namespace setclick::intake {

/// Wakes a poll from any thread; outlives whoever may still hold it.
class waker {
public:
    waker();
    void wake() const noexcept;
    void drain() const noexcept;
    int fd() const noexcept { return fd_.get(); }

private:
    unique_fd fd_;
};

class service::loop {
public:
    loop(service_options options, service_wiring wiring);
    ~loop();

    void start(std::vector<ledger::file_info> unfinished);
    void stop();
    void complete(std::vector<file_no> files);
    void expire(std::vector<ledger::expired_file> files, std::optional<wall_time> oldest_kept);
    std::size_t expiring() const noexcept { return expiring_.load(); }
    std::vector<file_no> left_over();
    std::uint64_t last_sequence() const noexcept { return claimer_.last_sequence(); }
    std::uint64_t progress() const noexcept { return progress_.load(std::memory_order_relaxed); }
    bool idle() const noexcept { return idle_.load(); }
    bool has_unreadable() const noexcept { return broken_ > 0 || not_filed_; }

private:
    void run(std::vector<ledger::file_info> unfinished);
    /// True when something was done.
    result<bool> step(steady_time now);
    void wait(steady_time now);
    void update_idle();

    // what an earlier run left
    result<void> recover(std::vector<ledger::file_info> unfinished);
    reading_file& take_up(ledger::file_info const& info);
    void take_up_unknown(ledger::claimed_file claimed);
    void take_crash_lines(reading_file& file);
    void tell_missing(recovery_plan const& plan);

    // incoming/ → the ledger
    bool may_read() const noexcept;
    bool may_claim() const noexcept;
    result<bool> read_round(steady_time now);
    result<void> claim(import_call& call, steady_time now);
    void add_new(import_call& call, spool::claimed claimed);
    void add_mark(import_call& call, reading_file& file);
    void read_first_chunks(import_call& call, std::deque<reading_file*> const& fresh);
    void read_next_chunks(import_call& call, bool new_files_come);
    bool read_chunk(import_call& call, reading_file& file, chunk_limits limits, chunk_limits& used);
    void await_turn(reading_file& file);
    bool open(reading_file& file);
    unique_fd open_work(std::string const& work_name) const;
    void give_up(reading_file& file, error const& e);

    // the ledger's answers
    result<bool> take_answers(steady_time now);
    void answered(import_call& call, steady_time now);
    void chunk_answered(reading_file& file, ledger::import_result const& r, steady_time now);
    void leave(reading_file& file, bool complete);
    void disk_full(error const& e, steady_time now);
    void take_completes(std::vector<file_no> const& files);

    // rejected/
    result<bool> publish_turn(steady_time now);
    result<bool> publish_piece(reading_file& file);
    result<bool> cannot_publish(reading_file& file, error const& e, steady_time now);
    result<void> open_ledger();

    service_options options_;
    service_wiring wiring_;
    std::shared_ptr<waker> waker_;
    intake_log log_;
    chunk_reader reader_;
    import_calls calls_;
    spool::claimer claimer_;
    candidate_source source_;
    spool::told_memory told_;
    std::unique_ptr<ledger::reader> ledger_;
    std::unique_ptr<finisher> finisher_;
    std::unique_ptr<done_cleaner> done_cleaner_;

    std::unordered_map<reading_file*, std::unique_ptr<reading_file>> files_;
    std::unordered_map<file_no, reading_file*> by_number_;
    std::deque<std::pair<reading_file*, ledger::claimed_file>>
        new_;                          ///< claimed by an earlier run, unknown to the ledger
    std::deque<reading_file*> turns_;  ///< to be read, the next one first
    std::deque<reading_file*> to_publish_;
    std::optional<rejects_writer> publishing_;
    std::deque<reading_file*> to_mark_;
    std::unordered_set<file_no> early_complete_;  ///< final before their last answer was looked at
    std::unordered_set<file_no>
        again_;  ///< taken up from an earlier run: published and finished with care
    std::atomic<std::size_t> broken_{0};
    std::atomic<bool> not_filed_{false};  ///< one was read, but could not be read again at its end

    telemetry::log_limiter full_;
    telemetry::log_limiter claim_trouble_;
    telemetry::log_limiter open_trouble_;
    telemetry::log_limiter publish_trouble_;
    steady_time retry_at_ = never;
    steady_time files_came_at_ = steady_time::min();
    unsigned calls_without_turn_ = 0;
    steady_time publish_at_{};

    std::mutex mutex_;
    std::vector<file_no> completes_;
    std::vector<ledger::expired_file> expired_;
    std::atomic<std::size_t> expiring_{0};  ///< in expired_ and with the broom
    std::optional<wall_time> oldest_kept_;
    std::atomic<bool> stopping_{false};
    std::atomic<bool> idle_{false};
    std::atomic<std::uint64_t> progress_{0};
    std::thread thread_;
};

}  // namespace setclick::intake
