#include "file_position.hpp"

#include <charconv>
#include <utility>

namespace setclick::intake {
namespace {

constexpr std::string_view version = "v2";

/// A number off the front of `text`; false where there is none.
bool take_number(std::string_view& text, std::uint64_t& to) {
    auto const* const end = text.data() + text.size();
    auto const got = std::from_chars(text.data(), end, to);
    text.remove_prefix(static_cast<std::size_t>(got.ptr - text.data()));
    return got.ec == std::errc{};
}

bool take(std::string_view& text, std::string_view front) {
    if (!text.starts_with(front)) return false;
    text.remove_prefix(front.size());
    return true;
}

/// "OFFSET:LINE:PLACE", up to the next of ",;" or the end.
std::optional<event::position> take_position(std::string_view& text) {
    event::position out;
    if (!take_number(text, out.offset) || !take(text, ":") || !take_number(text, out.line) ||
        !take(text, ":"))
        return std::nullopt;
    auto const at = text.substr(0, text.find_first_of(",;"));
    text.remove_prefix(at.size());
    auto const place = event::place_of(at);
    if (!place) return std::nullopt;
    out.at = *place;
    return out;
}

std::string position_text(event::position const& p) {
    return std::to_string(p.offset) + ":" + std::to_string(p.line) + ":" + event::text_of(p.at);
}

void take_splits(std::string_view& text, std::vector<file_split>& to) {
    std::uint64_t at = 0;
    while (take_number(text, at)) {
        auto& split = to.emplace_back(file_split{at, {}});
        if (take(text, "<")) split.from = take_position(text);
        if (!take(text, ",")) return;
    }
}

std::optional<published_lines> published_of(std::string_view text, std::string_view separator) {
    published_lines out;
    if (!take_number(text, out.last_number) || !take(text, separator)) return std::nullopt;
    out.name = text;
    return out;
}

/// "SUM@MODIFIED"
std::optional<fingerprint> take_print(std::string_view& text) {
    fingerprint out;
    std::uint64_t modified = 0;
    if (!take_number(text, out.sum) || !take(text, "@") || !take_number(text, modified))
        return std::nullopt;
    out.modified_ns = static_cast<std::int64_t>(modified);
    return out;
}

void read_tagged(std::string_view text, reading_state& to, std::string_view& remarks) {
    while (take(text, ";")) {
        if (take(text, "last="))
            take_number(text, to.position.last_number);
        else if (take(text, "splits="))
            take_splits(text, to.position.splits);
        else if (take(text, "resume="))
            to.position.resume = take_position(text);
        else if (take(text, "print="))
            to.print = take_print(text);
        else if (take(text, "published="))
            to.published = published_of(std::exchange(text, {}), ":");
        else if (take(text, "remarks=")) {
            remarks = text.substr(0, text.find(';'));
            text.remove_prefix(remarks.size());
        } else if (take(text, "table=")) {
            to.table = text.substr(0, text.find(';'));
            text.remove_prefix(to.table.size());
        } else if (take(text, "at=")) {
            auto const at = text.substr(0, text.find(';'));
            if (auto const place = event::place_of(at)) to.position.at.at = *place;
            text.remove_prefix(at.size());
        }
    }
}

/// "LAST[,SPLIT…];PLACE|NUMBER|NAME", each part but the last number only where there is one.
void read_untagged(std::string_view text, reading_state& to) {
    if (auto const bar = text.find('|'); bar != std::string_view::npos) {
        to.published = published_of(text.substr(bar + 1), "|");
        text = text.substr(0, bar);
    }
    if (text.empty() || !take_number(text, to.position.last_number)) return;
    if (take(text, ",")) take_splits(text, to.position.splits);
    if (!take(text, ";")) return;
    if (auto const place = event::place_of(text)) to.position.at.at = *place;
}

}  // namespace

std::string reading_state::text() const {
    auto const& p = position;
    auto const place = event::text_of(p.at.at);
    // Most files are lines, where number and line agree and nothing else is to be kept.
    bool const is_usual =
        place.empty() && p.last_number < p.at.line && p.splits.empty() && !p.resume;
    auto const kept = remarks.saved();
    if (is_usual && kept.empty() && !published && !print && table.empty()) return {};
    std::string out(version);
    if (!is_usual) out += ";last=" + std::to_string(p.last_number);
    for (std::size_t i = 0; i < p.splits.size(); ++i) {
        out += (i == 0 ? ";splits=" : ",") + std::to_string(p.splits[i].at);
        if (p.splits[i].from) out += "<" + position_text(*p.splits[i].from);
    }
    if (p.resume) out += ";resume=" + position_text(*p.resume);
    if (!kept.empty()) out += ";remarks=" + kept;
    if (print)
        out += ";print=" + std::to_string(print->sum) + "@" +
               std::to_string(static_cast<std::uint64_t>(print->modified_ns));
    if (!place.empty()) out += ";at=" + place;
    if (!table.empty()) out += ";table=" + table;
    if (published)
        out += ";published=" + std::to_string(published->last_number) + ":" + published->name;
    return out;
}

reading_state reading_state::from(std::uint64_t offset, std::uint64_t line, std::string_view text) {
    reading_state out;
    out.position.at = {offset, line, {}};
    out.position.last_number = line > 0 ? line - 1 : 0;
    std::string_view remarks;
    if (take(text, version))
        read_tagged(text, out, remarks);
    else
        read_untagged(text, out);
    out.remarks = event::file_remarks::from(remarks, offset == 0);
    return out;
}

}  // namespace setclick::intake
