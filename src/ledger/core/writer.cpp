#include "setclickd/ledger/writer.hpp"

#include <pthread.h>
#include <signal.h>

namespace setclick::ledger {

writer::writer(std::unique_ptr<store> ledger) : ledger_(std::move(ledger)) {
    // Signals belong to the thread that waits for them; a fault of this thread's own is still its
    // own.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    for (int const own : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
        sigdelset(&all, own);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    thread_ = std::thread([this] { work(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    pthread_setname_np(thread_.native_handle(), "ledger");
}

writer::~writer() {
    {
        std::scoped_lock const lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

void writer::push(priority when, std::unique_ptr<any_task> task) {
    {
        std::scoped_lock const lock(mutex_);
        (when == priority::delivery ? delivery_ : import_).push_back(std::move(task));
    }
    wake_.notify_one();
}

void writer::work() {
    std::unique_lock lock(mutex_);
    for (;;) {
        wake_.wait(lock, [&] { return ending_ || !delivery_.empty() || !import_.empty(); });
        auto& queue = delivery_.empty() ? import_ : delivery_;
        if (queue.empty()) return;  // ending, and nothing is left
        auto task = std::move(queue.front());
        queue.pop_front();
        lock.unlock();
        task->run(*ledger_);
        task.reset();
        lock.lock();
    }
}

}  // namespace setclick::ledger
