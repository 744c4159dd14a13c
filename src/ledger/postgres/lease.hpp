// `lease` over PostgreSQL: a thread that beats, looks at the others, and listens.
#pragma once

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>

#include "../core/lease_rule.hpp"
#include "node_table.hpp"
#include "session.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/ledger/lease.hpp"

namespace setclick::ledger::postgres {

class postgres_lease final : public lease {
public:
    explicit postgres_lease(place const& where);
    ~postgres_lease() override;

    result<void> wait_until_free(node_start const& last,
                                 std::function<void()> const& waiting) override;
    void begin(std::int64_t epoch, lease_hooks hooks) override;
    bool may_send() const noexcept override;
    milliseconds left() const noexcept override;
    milliseconds beat_took() const noexcept override {
        return milliseconds{took_.load(std::memory_order_relaxed)};
    }
    void be_willing(std::vector<account_no> accounts) override;
    void tell(std::vector<account_no> const& accounts) override;
    void take_slots(int count, std::int64_t step_us) override;
    void end() override;

private:
    /// What other threads want of this one.
    struct orders {
        std::vector<account_no> willing;
        std::set<account_no> to_tell;
        bool is_for_all = false;
        int slots = 0;
        std::int64_t slot_step_us = 0;
        bool is_ending = false;
        bool is_clean = false;
    };
    using clock = std::chrono::steady_clock;

    void run();
    /// Connects, and finds out what became of a beat without an answer. False where the node is deposed.
    bool join();
    bool beat();
    void depose(node_beat const& seen);
    void send_wakes();
    void fetch_slots(int count, std::int64_t step_us);
    void wait(clock::time_point until);
    void say_farewell();
    void lose(std::string why);
    void wake() noexcept;
    orders look_at_orders();

    std::string id_;
    session db_;
    node_table nodes_;
    statement slots_;
    unique_fd wake_;
    lease_hooks hooks_;
    beat_watch watch_;
    node_beat own_;
    std::vector<node_beat> others_;
    bool is_known_ = false;  // what the row says of our last beat
    clock::time_point next_wake_{};
    std::atomic<boot_clock::rep> ends_{0};
    std::atomic<milliseconds::rep> took_{0};  ///< the last beat
    std::mutex mutex_;
    orders orders_;
    std::thread thread_;
};

}  // namespace setclick::ledger::postgres
