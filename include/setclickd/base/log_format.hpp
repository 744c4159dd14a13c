// How the log's lines look: the setting `log.format`.
#pragma once

namespace setclick {

/// `automatic`: journald when standard error is the journal's own stream, else text.
enum class log_format { automatic, text, journald, logfmt, json };

}  // namespace setclick
