#include "setclickd/event/file_remarks.hpp"

#include <algorithm>
#include <charconv>

#include "setclickd/base/text.hpp"

namespace setclick::event {
namespace {

constexpr char kind_letters[] = {'l', 'a', 'o', 'w', 's'};

std::size_t index_of(remark_kind what) noexcept {
    return static_cast<std::size_t>(what);
}

template <class Number>
bool take_number(std::string_view& text, Number& to) noexcept {
    auto const got = std::from_chars(text.data(), text.data() + text.size(), to);
    if (got.ec != std::errc{}) return false;
    text.remove_prefix(static_cast<std::size_t>(got.ptr - text.data()));
    return true;
}

bool take(std::string_view& text, char c) noexcept {
    if (!text.starts_with(c)) return false;
    text.remove_prefix(1);
    return true;
}

/// "45 min", "2 h", "300 d"
std::string span_text(std::uint64_t seconds) {
    auto const minutes = (seconds + 59) / 60;
    if (minutes < 120) return std::to_string(minutes) + " min";
    auto const hours = minutes / 60;
    return hours < 96 ? std::to_string(hours) + " h" : std::to_string(hours / 24) + " d";
}

}  // namespace

void file_remarks::add(remark_kind what, std::uint64_t line) noexcept {
    auto& e = met_[index_of(what)];
    if (e.count++ == 0) e.first_line = line;
}

void file_remarks::clicked(std::int64_t click_ms, std::uint64_t line, wall_time now,
                           milliseconds warn_older) noexcept {
    auto const ahead_ms = click_ms - to_ms(now);
    if (ahead_ms > most_ahead.count()) {
        add(remark_kind::ahead, line);
        furthest_s_ = std::max(furthest_s_, static_cast<std::uint64_t>(ahead_ms / 1000));
    }
    if (warn_older.count() > 0 && -ahead_ms > warn_older.count()) add(remark_kind::old, line);
    if (!is_one_second_) return;
    auto& same = met_[index_of(remark_kind::one_second)];
    auto const second = click_ms / 1000;
    if (same.count == 0) second_ = second;
    is_one_second_ = second == second_;
    if (is_one_second_) return add(remark_kind::one_second, line);
    same = {};
    second_ = 0;
}

/// Few clicks in one second are nothing to speak of.
file_remarks::entry file_remarks::of(remark_kind what) const noexcept {
    auto const& met = met_[index_of(what)];
    return what == remark_kind::one_second && met.count < enough_in_a_second ? entry{} : met;
}

bool file_remarks::empty() const noexcept {
    for (std::size_t i = 0; i < kinds; ++i)
        if (of(static_cast<remark_kind>(i)).count > 0) return false;
    return true;
}

std::string file_remarks::text_of(remark_kind what, entry const& met) const {
    auto const count = grouped(met.count);
    switch (what) {
        case remark_kind::layout:
            return count + (met.count == 1
                                ? " stretch of the file belongs to no event and was left out"
                                : " stretches of the file belong to no event and were left out");
        case remark_kind::ahead:
            return count + (met.count == 1 ? " click lies" : " clicks lie") + " up to " +
                   span_text(furthest_s_) + " ahead of the file's arrival: is the zone right?";
        case remark_kind::old:
            return count + (met.count == 1 ? " click is" : " clicks are") +
                   " older than dialect.warn_older";
        case remark_kind::odd:
            return count + (met.count == 1 ? " event looks" : " events look") +
                   " odd; setclickd submit --check FILE names each";
        case remark_kind::one_second:
            return "all " + count + " clicks lie in one second: is it the time of the export?";
    }
    return {};
}

std::string file_remarks::text() const {
    std::string out;
    for (std::size_t i = 0; i < kinds; ++i) {
        auto const what = static_cast<remark_kind>(i);
        auto const met = of(what);
        if (met.count == 0) continue;
        if (!out.empty()) out += "; ";
        out += text_of(what, met) + " (first: line " + std::to_string(met.first_line) + ")";
    }
    return out;
}

std::string file_remarks::json() const {
    std::string out = "[";
    for (std::size_t i = 0; i < kinds; ++i) {
        auto const what = static_cast<remark_kind>(i);
        auto const met = of(what);
        if (met.count == 0) continue;
        if (out.size() > 1) out += ',';
        // The texts are our own: plain ASCII without quotes.
        out += "{\"count\":" + std::to_string(met.count) +
               ",\"first_line\":" + std::to_string(met.first_line) + ",\"text\":\"" +
               text_of(what, met) + "\"}";
    }
    return out + "]";
}

/// "a12:3,s400:1@1634707888!7200"
std::string file_remarks::saved() const {
    std::string out;
    for (std::size_t i = 0; i < kinds; ++i) {
        auto const& e = met_[i];
        if (e.count == 0) continue;
        if (!out.empty()) out += ',';
        out += kind_letters[i] + std::to_string(e.count) + ":" + std::to_string(e.first_line);
    }
    if (is_one_second_ && met_[index_of(remark_kind::one_second)].count > 0)
        out += "@" + std::to_string(second_);
    if (furthest_s_ > 0) out += "!" + std::to_string(furthest_s_);
    return out;
}

file_remarks file_remarks::from(std::string_view saved, bool at_start) noexcept {
    file_remarks out;
    // Where clicks in more than one second were met nothing of it is kept.
    out.is_one_second_ = at_start;
    while (!saved.empty()) {
        auto const* const kind =
            std::find(std::begin(kind_letters), std::end(kind_letters), saved.front());
        if (kind == std::end(kind_letters)) break;
        saved.remove_prefix(1);
        entry e;
        if (!take_number(saved, e.count) || !take(saved, ':') || !take_number(saved, e.first_line))
            return out;
        out.met_[static_cast<std::size_t>(kind - std::begin(kind_letters))] = e;
        take(saved, ',');
    }
    if (take(saved, '@') && take_number(saved, out.second_)) out.is_one_second_ = true;
    if (!out.is_one_second_) out.met_[index_of(remark_kind::one_second)] = {};
    if (take(saved, '!')) take_number(saved, out.furthest_s_);
    return out;
}

}  // namespace setclick::event
