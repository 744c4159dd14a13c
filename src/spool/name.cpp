#include "setclickd/spool/name.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "setclickd/base/ascii.hpp"

namespace setclick::spool {
namespace {

constexpr std::array<std::string_view, 5> taken{".json", ".ndjson", ".jsonl", ".csv", ".tsv"};

/// What uploaders, browsers, sync programs, editors and desktops put beside a file, or call it
/// while it is not whole.
bool is_others_work(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 40> ends{".tmp",         ".temp",
                                                    ".part",        ".filepart",
                                                    ".partial",     "~",
                                                    ".crdownload",  ".download",
                                                    ".opdownload",  ".!sync",
                                                    ".!ut",         ".!qb",
                                                    ".bc!",         ".aria2",
                                                    ".unfinished",  ".incomplete",
                                                    ".uploading",   ".upload",
                                                    ".inprogress",  ".in_progress",
                                                    ".writing",     ".pending",
                                                    ".transfer",    ".lock",
                                                    ".lck",         ".swp",
                                                    ".swo",         ".swx",
                                                    ".gstmp",       ".lftp-pget-status",
                                                    ".rsls",        ".resume",
                                                    ".st_partial",  ":zone.identifier",
                                                    ".kate-swp",    ".dtapart",
                                                    ".fdmdownload", ".!tc",
                                                    ".jc!",         ".gvfs-tmp"};
    constexpr std::array<std::string_view, 4> whole{"thumbs.db", "ehthumbs.db", "desktop.ini",
                                                    "4913"};
    constexpr std::array<std::string_view, 5> begins{"~$", "~syncthing~", "~lock.", "~WRL", "~WRD"};
    return std::any_of(ends.begin(), ends.end(),
                       [&](std::string_view end) { return ends_with_ignoring_case(name, end); }) ||
           std::any_of(whole.begin(), whole.end(),
                       [&](std::string_view all) { return equals_ignoring_case(name, all); }) ||
           std::any_of(begins.begin(), begins.end(),
                       [&](std::string_view begin) { return name.starts_with(begin); }) ||
           (name.size() > 2 && name.starts_with('#') && name.ends_with('#'));
}

/// "6eF3a2Bc", "sb-3f2a1b4c-aBcDeF": no word and no date.
bool is_random(std::string_view text) noexcept {
    if (text.size() < 6 || text.size() > 40) return false;
    bool digit = false;
    bool letter = false;
    bool upper = false;  // behind its first character
    for (std::size_t i = 0; i < text.size(); ++i) {
        char const c = text[i];
        if (!is_letter(c) && !is_digit(c) && c != '-') return false;
        digit = digit || is_digit(c);
        letter = letter || is_letter(c);
        upper = upper || (i > 0 && c != lower(c));
    }
    return letter && (digit || upper);
}

/// "orders.ndjson.6eF3a2Bc", "orders.json-3f2a…": a name of ours with a random ending, as aws,
/// mkstemp, macOS and Cyberduck make them.
bool has_random_end(std::string_view name) noexcept {
    for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
        for (auto const end : taken) {
            auto const rest = name.substr(dot);
            if (rest.size() <= end.size() + 1 || !starts_with_ignoring_case(rest, end)) continue;
            char const separator = rest[end.size()];
            bool const is_one = separator == '.' || separator == '-' || separator == '_';
            if (is_one && is_random(rest.substr(end.size() + 1))) return true;
        }
    return false;
}

/// "orders.json.tmp.1234", "orders.json.part2": a temporary ending with a number or a random text.
bool has_numbered_end(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 3> ends{".tmp", ".part", ".temp"};
    for (auto dot = name.rfind('.'); dot != std::string_view::npos;) {
        auto const rest = name.substr(dot);
        for (auto const end : ends) {
            if (rest.size() <= end.size() || rest.size() > end.size() + 16 ||
                !starts_with_ignoring_case(rest, end))
                continue;
            auto const number = rest.substr(end.size());
            if (std::any_of(number.begin(), number.end(), is_digit) &&
                std::all_of(number.begin(), number.end(), [](char c) {
                    return is_letter(c) || is_digit(c) || c == '.' || c == '-' || c == '_';
                }))
                return true;
        }
        dot = dot == 0 ? std::string_view::npos : name.rfind('.', dot - 1);
    }
    return false;
}

/// Where the ending begins; the whole name for one without.
std::size_t ending_at(std::string_view name) noexcept {
    auto const dot = name.rfind('.');
    return dot == std::string_view::npos || dot == 0 || name.size() - dot > 16 ? name.size() : dot;
}

/// At most `limit` bytes of the front, not cut inside a UTF-8 sequence.
std::string_view front_of(std::string_view text, std::size_t limit) noexcept {
    if (text.size() <= limit) return text;
    auto end = limit;
    while (end > 0 && limit - end < 4 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U)
        --end;
    if ((static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) end = limit;  // no UTF-8 anyway
    return text.substr(0, end);
}

std::string joined(std::string_view stem, std::string_view infix, std::string_view ending) {
    auto const room = max_name - std::min(max_name, infix.size() + ending.size());
    std::string out(front_of(stem, room));
    out += infix;
    out += ending;
    return out;
}

std::optional<std::uint64_t> take_hex(std::string_view& text) noexcept {
    std::uint64_t value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
    auto const used = static_cast<std::size_t>(end - text.data());
    if (ec != std::errc{} || used == text.size() || text[used] != '-') return std::nullopt;
    text.remove_prefix(used + 1);
    return value;
}

}  // namespace

name_kind kind_of(std::string_view name) noexcept {
    auto const has_end = [&](std::string_view end) { return ends_with_ignoring_case(name, end); };
    if (name.starts_with('.') || is_others_work(name)) return name_kind::leave_silently;
    if (std::any_of(taken.begin(), taken.end(), has_end)) return name_kind::take;
    return has_random_end(name) || has_numbered_end(name) ? name_kind::leave_silently
                                                          : name_kind::leave;
}

name_kind kind_of(std::string_view name, text_names const& tables) {
    auto const kind = kind_of(name);
    bool const is_table =
        kind == name_kind::leave && tables && ends_with_ignoring_case(name, ".txt") && tables(name);
    return is_table ? name_kind::take : kind;
}

bool is_packed(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 7> packed{".gz",  ".zip", ".bz2", ".xz",
                                                     ".zst", ".7z",  ".tgz"};
    return std::any_of(packed.begin(), packed.end(),
                       [&](std::string_view end) { return ends_with_ignoring_case(name, end); });
}

std::string_view cure_of_document(std::string_view name) noexcept {
    constexpr std::array<std::string_view, 7> sheets{".xlsx", ".xls",  ".xlsm",   ".xlsb",
                                                     ".ods",  ".fods", ".numbers"};
    constexpr std::array<std::string_view, 6> others{".xml", ".pdf", ".html",
                                                     ".htm", ".doc", ".docx"};
    auto const has_one_of = [&](auto const& ends) {
        return std::any_of(ends.begin(), ends.end(), [&](std::string_view end) {
            return ends_with_ignoring_case(name, end);
        });
    };
    if (has_one_of(sheets)) return "is a spreadsheet: save it as CSV UTF-8, and drop that";
    if (has_one_of(others)) return "is a document: export its table as CSV UTF-8, and drop that";
    return {};
}

std::string pattern_of(std::string_view name) {
    auto const at = ending_at(name);
    std::string out;
    bool digits = false;
    for (char const c : at < name.size() ? name.substr(at) : name) {
        bool const digit = is_digit(c);
        if (!digit) out += lower(c);
        if (digit && !digits) out += '#';
        digits = digit;
    }
    return at < name.size() ? "*" + out : out;
}

std::string with_infix(std::string_view name, std::string_view infix) {
    auto const at = ending_at(name);
    return joined(name.substr(0, at), infix, name.substr(at));
}

std::string numbered(std::string_view name, std::uint32_t n) {
    return n <= 1 ? with_infix(name, "") : with_infix(name, "." + std::to_string(n));
}

bool is_numbered(std::string_view name, std::string_view of) {
    if (name == numbered(of, 1)) return true;
    auto const ending = of.substr(ending_at(of));
    if (!name.ends_with(ending)) return false;
    auto front = name.substr(0, name.size() - ending.size());
    auto const dot = front.rfind('.');
    if (dot == std::string_view::npos) return false;
    front.remove_prefix(dot + 1);
    std::uint32_t n = 0;
    auto const [end, ec] = std::from_chars(front.data(), front.data() + front.size(), n);
    return ec == std::errc{} && end == front.data() + front.size() && n > 1 &&
           name == numbered(of, n);
}

bool is_results_name(std::string_view name) noexcept {
    constexpr std::string_view front = "results-";
    constexpr std::string_view end = ".ndjson";
    if (name.size() != front.size() + 8 + end.size() || !name.starts_with(front) ||
        !name.ends_with(end))
        return false;
    auto const day = name.substr(front.size(), 8);
    return std::all_of(day.begin(), day.end(), is_digit);
}

std::string with_suffix(std::string_view name, std::string_view suffix) {
    auto const at = ending_at(name);
    return joined(name.substr(0, at), name.substr(at), suffix);
}

std::string work_name(std::uint64_t run, std::uint64_t sequence, std::string_view name) {
    std::array<char, 40> prefix{};
    auto* at = std::to_chars(prefix.data(), prefix.data() + prefix.size(), run, 16).ptr;
    *at++ = '-';
    at = std::to_chars(at, prefix.data() + prefix.size(), sequence, 16).ptr;
    *at++ = '-';
    std::string out(prefix.data(), at);
    if (out.size() + name.size() <= max_name) return out.append(name);
    // The ending must survive: it decides how the file is read.
    auto const ending = ending_at(name);
    return joined(out + std::string(name.substr(0, ending)), "", name.substr(ending));
}

std::optional<work_parts> parse_work_name(std::string_view name) noexcept {
    auto rest = name;
    auto const run = take_hex(rest);
    if (!run) return std::nullopt;
    auto const sequence = take_hex(rest);
    if (!sequence || rest.empty()) return std::nullopt;
    return work_parts{*run, *sequence, rest};
}

}  // namespace setclick::spool
