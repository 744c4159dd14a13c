// The ledger thread: everything that uses the store runs here, one task after the other.
//
// Two queues: delivery's tasks (cycles, files done) go before imports and other long work, so that
// delivery never waits for an import that has not begun; one that runs is bounded by a chunk.
// Within a queue the order is kept. Promises: each posted task runs exactly once, also those still
// queued when the writer is destroyed. `post` may be called from any thread, from a task too, and
// never blocks on the disk. A task must not throw.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "setclickd/ledger/store.hpp"

namespace setclick::ledger {

class writer {
public:
    enum class priority : std::uint8_t { delivery, import };

    explicit writer(std::unique_ptr<store> ledger);
    /// Runs what is queued, then closes the store.
    ~writer();
    writer(writer const&) = delete;
    writer& operator=(writer const&) = delete;

    /// `task` is called as task(store&) on the ledger thread; it may be move-only.
    template <class Task>
    void post(priority when, Task task) {
        push(when, std::make_unique<task_of<Task>>(std::move(task)));
    }

private:
    struct any_task {
        virtual ~any_task() = default;
        virtual void run(store& ledger) = 0;
    };
    template <class Task>
    struct task_of final : any_task {
        explicit task_of(Task t) : task(std::move(t)) {}
        void run(store& ledger) override { task(ledger); }
        Task task;
    };

    void push(priority when, std::unique_ptr<any_task> task);
    void work();

    std::unique_ptr<store> ledger_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::deque<std::unique_ptr<any_task>> delivery_;
    std::deque<std::unique_ptr<any_task>> import_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace setclick::ledger
