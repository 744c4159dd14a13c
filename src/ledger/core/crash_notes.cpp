#include "crash_notes.hpp"

#include <algorithm>
#include <charconv>

namespace setclick::ledger {
namespace {

/// With the space behind it.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t value = 0;
    auto const* const end_of_text = text.data() + text.size();
    auto const [end, ec] = std::from_chars(text.data(), end_of_text, value);
    if (ec != std::errc{} || end == end_of_text || *end != ' ') return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
    return value;
}

}  // namespace

std::optional<reading_place> take_reading_place(std::string_view& text) {
    auto const between = take_number(text);
    auto const offset = between ? take_number(text) : std::nullopt;
    auto const slash = text.find('/');
    if (!offset || slash == std::string_view::npos) return std::nullopt;
    reading_place out{std::string(text.substr(0, slash)), *offset, *between != 0};
    text.remove_prefix(slash + 1);
    return out;
}

/// "ABORTS PLACE" each.
crash_notes::crash_notes(std::string_view text) {
    while (!text.empty()) {
        auto const aborts = take_number(text);
        auto place = aborts ? take_reading_place(text) : std::nullopt;
        if (!place) {
            notes_.clear();
            return;
        }
        notes_.push_back(
            {static_cast<std::uint32_t>(std::min<std::uint64_t>(*aborts, aborts_to_hold)),
             std::move(*place)});
    }
}

std::string crash_notes::text() const {
    std::string out;
    for (auto const& n : notes_)
        out += std::to_string(n.aborts) + (n.place.between ? " 1 " : " 0 ") +
               std::to_string(n.place.offset) + " " + n.place.work_name + "/";
    return out;
}

void crash_notes::add(last_end const& end) {
    if (!end.aborted)
        std::erase_if(notes_, [](note const& n) { return n.aborts < aborts_to_hold; });
    if (!end.aborted || !end.reading) return;
    auto const known = std::find_if(notes_.begin(), notes_.end(),
                                    [&](note const& n) { return n.place == *end.reading; });
    if (known != notes_.end())
        known->aborts = std::min(known->aborts + 1, aborts_to_hold);
    else
        notes_.push_back({1, *end.reading});
    if (notes_.size() > most) notes_.erase(notes_.begin());
}

void crash_notes::forget_passed(std::span<file_info const> unfinished) {
    std::erase_if(notes_, [&](note const& n) {
        return std::any_of(unfinished.begin(), unfinished.end(), [&](file_info const& f) {
            return f.claimed.work_name == n.place.work_name && f.offset > n.place.offset;
        });
    });
}

std::vector<reading_place> crash_notes::set_aside() const {
    std::vector<reading_place> out;
    for (auto const& n : notes_)
        if (n.aborts >= aborts_to_hold) out.push_back(n.place);
    return out;
}

}  // namespace setclick::ledger
