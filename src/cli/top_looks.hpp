// Looks at the daemon and the ledger again and again, on a thread of its own: a daemon that hangs, or
// a ledger on a slow disk, keeps no key from being answered.
//
// Promises: changes nothing; asks for each line of the log once; what fails is returned and tried
// again at the next time.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/settings/settings.hpp"
#include "setclickd/status_model/status.hpp"
#include "setclickd/telemetry/recent_lines.hpp"

namespace setclick::cli {

struct top_look {
    steady_time at{};
    std::optional<status_model::status_report> report{};
    std::optional<error> why_not{};               ///< why there is no report
    std::vector<telemetry::recent_line> lines{};  ///< since the look before, oldest first
};

/// One look after the other. Blocks.
class top_looker {
public:
    explicit top_looker(settings::settings const& s) : s_(s) {}
    top_look look();

private:
    void read_log(top_look& into);

    settings::settings const& s_;
    std::int64_t pid_ = 0;  // of the daemon whose lines were read
    std::uint64_t last_line_ = 0;
};

class top_looks {
public:
    /// `looker`: has looked once; the next look comes an interval from now.
    top_looks(top_looker looker, milliseconds interval);
    /// Waits for a look that is under way.
    ~top_looks();
    top_looks(top_looks const&) = delete;
    top_looks& operator=(top_looks const&) = delete;

    /// Readable when there is a new one.
    int fd() const noexcept { return news_.get(); }
    std::optional<top_look> take();

private:
    void run();

    top_looker looker_;
    milliseconds interval_;
    unique_fd news_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::optional<top_look> newest_;
    bool ends_ = false;
    std::thread thread_;
};

}  // namespace setclick::cli
