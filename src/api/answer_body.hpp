// What the body of an answer, and a field or two beside it, say about who wrote it.
//
// Each function returns a note: half a sentence for receipts and logs that lasts for ever, empty
// where there is nothing to note. The body is at most 2 KiB; nothing is quoted from it.
#pragma once

#include <optional>
#include <string_view>

#include "json_walk.hpp"
#include "setclickd/api/verdict.hpp"

namespace setclick::api {

/// The body as JSON, a byte order mark and white space around it left out; nothing where it is
/// none, or longer than what was kept of it.
std::optional<boost::json::value> body_as_json(answer_view const& answer);

/// Why a 2xx is no delivery: the body cannot be read, or says an error. Empty: it is one.
std::string_view note_on_success(answer_view const& answer);

/// Not empty where a bot wall, a firewall or a proxy wrote the answer instead of the API. For any
/// status but a 2xx with a body, which is `note_on_success`'s to judge.
std::string_view note_on_wall(answer_view const& answer);

/// An application wrote the answer, not the server in front of it: a JSON object, or the fields
/// with which an application counts calls.
bool is_written_by_application(answer_view const& answer);

}  // namespace setclick::api
