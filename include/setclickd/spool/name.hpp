// Names in the spool: which ones are taken, and how ours are made. Pure.
//
// A name is bytes, not text: anything but '/' and NUL, up to 255 of them. Names made here keep the
// producer's ending, so that a file from rejected/ can be dropped again as it is, and are never
// longer than 255 bytes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace setclick::spool {

inline constexpr std::size_t max_name = 255;

enum class name_kind : std::uint8_t {
    take,            ///< ends in .json, .ndjson, .jsonl, .csv or .tsv (any case)
    leave_silently,  ///< begins with a dot, or is what uploaders, browsers, sync programs and
                     ///< editors call a file that is not whole (.part, .crdownload, ~$NAME …), or
                     ///< what desktops leave (Thumbs.db)
    leave,           ///< any other: stays, with one log line
};

name_kind kind_of(std::string_view name) noexcept;

/// Asked of a name that ends in .txt: whether somebody's tables are called so.
using text_names = std::function<bool(std::string_view)>;
/// Those are taken, too.
name_kind kind_of(std::string_view name, text_names const& tables);

/// The name says that the content is compressed (.gz, .zip …): it is to be unpacked first.
bool is_packed(std::string_view name) noexcept;

/// The name says that the content is a document of another program (.xlsx, .ods, .pdf …): a sentence
/// with the cure; empty for any other.
std::string_view cure_of_document(std::string_view name) noexcept;

/// What many names of one kind have in common, so that a line in the log speaks of them all:
/// "*.csv", "*.bak#"; the name with its digits as # for one without an ending.
std::string pattern_of(std::string_view name);

/// "crm.ndjson", ".2" → "crm.2.ndjson". Cuts the stem where the whole would be too long.
std::string with_infix(std::string_view name, std::string_view infix);

/// The n-th name to try where a name is taken: n = 1 the name itself, then .2, .3 before the
/// ending.
std::string numbered(std::string_view name, std::uint32_t n);

/// True for what `numbered(of, n)` gives for some n.
bool is_numbered(std::string_view name, std::string_view of);

/// "crm.ndjson", ".result.json" → "crm.ndjson.result.json". Cuts the stem where the whole would be
/// too long.
std::string with_suffix(std::string_view name, std::string_view suffix);

/// "results-YYYYMMDD.ndjson": in done/ these are ours, and a producer's file of such a name gets a
/// number.
bool is_results_name(std::string_view name) noexcept;

/// The unique name in work/: "<run>-<sequence>-<name>" in hex. A run is a start of the daemon, a
/// sequence a claim in it.
std::string work_name(std::uint64_t run, std::uint64_t sequence, std::string_view name);

struct work_parts {
    std::uint64_t run = 0;
    std::uint64_t sequence = 0;
    std::string_view name;
};

/// Takes a name in work/ apart; nothing for a name that work_name did not make.
std::optional<work_parts> parse_work_name(std::string_view name) noexcept;

}  // namespace setclick::spool
