// The texts of commands that go through a shared ledger (ledger/commands.hpp): requests are those of the control
// socket (messages.hpp), and
//
//     {"cmd":"drain","node":N}, with "undo":true     → {}; the node gives its accounts up from then on
//     {"cmd":"forget","node":N}                      → {}
//
// An answer is the control socket's last line: {"result":…} or {"error":…}. Progress of "operate" is
// {"counts":…,"after":N}.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/ledger/commands.hpp"
#include "setclickd/ledger/operations.hpp"

namespace setclick::control {

/// None where it is no JSON object.
result<boost::json::object> request_from(std::string_view text);

std::string answer_text(result<boost::json::value> const& answer);
/// The error that was answered, or `io` where the text is none of ours.
result<boost::json::value> answer_from(std::string_view text);

struct operate_progress {
    ledger::operation_counts counts;
    event_no after{};
};
std::string progress_text(operate_progress const& p);
/// What is no progress: the beginning.
operate_progress progress_from(std::string_view text);

boost::json::object drain_message(int node, bool undo);
boost::json::object forget_message(int node);
/// `cmd`: "drain" or "forget".
result<ledger::cluster_change> cluster_change_from(boost::json::object const& request);

/// `endpoint_pause::value` for a pause or resume.
std::string_view endpoint_pause_value(bool resume, bool forget_rate) noexcept;
struct endpoint_pause_words {
    bool is_paused = false;
    bool forget_rate = false;
};
endpoint_pause_words endpoint_pause_from(std::string_view value) noexcept;

}  // namespace setclick::control
