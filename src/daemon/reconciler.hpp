// The comparison with the vendor's report that comes round by itself: reconcile.every.
//
// A thread that mostly sleeps. It compares as the command does, with permits and tokens from the
// daemon's own services, and reads the ledger as a reader. Nothing that it finds changes an event; it
// is in the log and in `status`. Promises: ends soon after `stop`; an error is a log line, and
// the next time is tried all the same; reloads and restarts do not put it off.
#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "setclickd/readback/report_access.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::daemon {

class reconciler {
public:
    /// Makes the access that the comparisons read with; every call of it ends soon after `stop`.
    using access_fn =
        std::function<std::unique_ptr<readback::report_access>(std::atomic<bool> const& stop)>;

    /// `ended` is called on the thread, as the last thing that it does.
    reconciler(settings::settings settings, access_fn const& access, std::function<void()> ended);
    /// Waits for the thread.
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
    std::unique_ptr<readback::report_access> access_;  ///< used on the thread
    std::function<void()> ended_;
    std::thread thread_;
};

}  // namespace setclick::daemon
