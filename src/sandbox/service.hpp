// The local SealMetrics without its sockets: takes requests, gives bytes to send and how to send
// them.
//
// Words: a *plan* is how a connection carries one answer out. A request is *booked* when its whole
// body was read and no fault asked for its refusal, whatever the client got to see afterwards.
// Promises: record, book and counts are written before the plan is returned, and agree with each
// other; every member may be called from any thread. Control requests (below /_sandbox) are neither
// counted nor recorded.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "answers.hpp"
#include "call_counts.hpp"
#include "faults.hpp"
#include "recorder.hpp"
#include "setclickd/base/error.hpp"
#include "vendor.hpp"

namespace setclick::sandbox {

/// One connection as the service knows it; kept by the connection, changed by the service alone.
struct peer {
    std::uint64_t connection = 0;
    std::uint64_t requests = 0;
    bool is_control = false;
};

enum class ending { keep, close, reset, stall };

struct exchange_plan {
    ending end = ending::keep;
    milliseconds wait{0};           ///< before the first byte
    milliseconds byte_interval{0};  ///< over 0: byte by byte
    std::vector<std::size_t>
        pauses;  ///< positions in the answer where a short pause separates writes
};

class service {
public:
    service(service_settings settings, credentials callers, recorder files, moment now);

    void open_connection(peer& p);
    void close_connection(peer& p);

    /// The head has come: draws the request's fault. `reset_before_read` means: reset now, all is
    /// noted.
    fault_kind on_head(request const& r, peer& p, moment now);
    /// The whole request has come: appends the answer to `out`.
    exchange_plan on_request(request const& r, peer& p, fault_kind fault, moment now,
                             std::string& out);
    /// The connection ended inside a request.
    void on_broken(request const& r, peer& p, moment now);
    /// What came is not HTTP, or too large: appends an answer with that status; the connection must
    /// close.
    void on_unreadable(request const& r, peer& p, int status, moment now, std::string& out);

    void replace_file_tokens(std::string_view content);
    result<void> flush();
    bool wants_raw() const noexcept { return wants_raw_; }
    /// Zero for never.
    milliseconds idle_close() const noexcept { return milliseconds{idle_close_ms_.load()}; }

private:
    exchange_plan plan_for(vendor::decision const& d, fault_kind fault, endpoint_kind endpoint,
                           peer& p, bool keep_alive, moment now, std::string& out);
    answer control_answer(request const& r);
    void take_faults(fault_set faults);
    std::string_view date(wall_time now);

    std::mutex mutex_;
    std::chrono::seconds date_skew_;
    vendor vendor_;
    recorder files_;
    call_counts counts_;
    dice dice_;
    bool wants_raw_ = false;
    std::atomic<std::int64_t> idle_close_ms_{0};
    wall_time date_time_{};  ///< of `date_`, the Date header's text
    std::string date_;
};

}  // namespace setclick::sandbox
