// The comparison with the vendor's report that comes round by itself: reconcile.every.
//
// A thread that mostly sleeps. It works like the command does: asks the daemon's own control socket
// for turns at the gate, reads the ledger as a reader. Nothing that it finds changes an event; it
// says so in the log and in `status`. Promises: ends soon after `stop`; an error is a log line, and
// the next time is tried all the same; reloads and restarts do not put it off.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "setclickd/settings/settings.hpp"

namespace setclick::daemon {

class reconciler {
public:
    /// `ended` is called on the thread, as the last thing that it does.
    reconciler(settings::settings settings, std::function<void()> ended);
    /// Waits for the thread: `stop` it before, while the control socket still answers.
    ~reconciler();
    reconciler(reconciler const&) = delete;
    reconciler& operator=(reconciler const&) = delete;

    /// A reload: holds from the next look on.
    void configure(settings::settings settings);
    void stop();

private:
    void work();
    void compare(settings::settings const& s, std::string const& account);

    std::mutex mutex_;
    std::condition_variable wake_;
    settings::settings settings_;
    bool changed_ = false;
    std::atomic<bool> stopping_ = false;
    std::function<void()> ended_;
    std::thread thread_;
};

}  // namespace setclick::daemon
