#include "setclickd/csv/zone.hpp"

#include <date/tz.h>
#include <fmt/format.h>

#include <optional>

#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::csv {
namespace {

/// "+0100", "-08:00", "+2", "+05:30", also behind UTC or GMT.
std::optional<milliseconds> offset_of(std::string_view text) noexcept {
    if (text == "UTC" || text == "GMT" || text == "Z" || text == "Etc/UTC") return milliseconds{0};
    if (text.starts_with("UTC") || text.starts_with("GMT")) text.remove_prefix(3);
    if (text.size() < 2 || (text.front() != '+' && text.front() != '-')) return {};
    bool const is_negative = text.front() == '-';
    text.remove_prefix(1);
    int digits[4] = {};
    std::size_t count = 0;
    bool has_colon = false;
    for (char const c : text) {
        if (c == ':' && !has_colon && (count == 1 || count == 2)) {
            has_colon = true;
            if (count == 1) digits[1] = digits[0], digits[0] = 0, count = 2;
        } else if (is_digit(c) && count < 4) {
            digits[count++] = c - '0';
        } else {
            return {};
        }
    }
    if (count == 1) digits[1] = digits[0], digits[0] = 0, count = 2;
    if (count != 2 && count != 4) return {};
    if (has_colon && count != 4) return {};
    int const hours = digits[0] * 10 + digits[1];
    int const minutes = digits[2] * 10 + digits[3];
    if (hours > 14 || minutes > 59) return {};
    milliseconds const out = std::chrono::hours{hours} + std::chrono::minutes{minutes};
    return is_negative ? -out : out;
}

milliseconds ms_of(std::chrono::seconds s) noexcept {
    return s;
}

}  // namespace

result<zone> zone::named(std::string_view name) {
    zone out;
    out.name_ = name;
    if (auto const offset = offset_of(name)) {
        out.offset_ = *offset;
        return out;
    }
    try {
        out.rules_ = date::locate_zone(std::string(name));
        return out;
    } catch (std::exception const&) {
        return fail(errc::invalid_data,
                    "the system knows no time zone " + shown_value(name, 60) +
                        "; write a name such as Europe/Madrid (package tzdata), UTC or +0100");
    }
}

moment zone::of(local_ms local) {
    auto const with = [&](milliseconds offset) { return from_ms(local - offset.count()); };
    if (rules_ == nullptr || (local >= from_ && local < to_))
        return {meaning::once, with(offset_), {}};
    date::local_time<milliseconds> const at{milliseconds{local}};
    auto const info = rules_->get_info(date::floor<std::chrono::seconds>(at));
    if (info.result == date::local_info::nonexistent) return {meaning::never, {}, {}};
    if (info.result == date::local_info::ambiguous)
        return {meaning::twice, with(ms_of(info.first.offset)), with(ms_of(info.second.offset))};
    // A day from both ends no other rule can be meant.
    constexpr milliseconds day = std::chrono::hours{24};
    offset_ = ms_of(info.first.offset);
    auto const end_of = [&](date::sys_seconds s) {
        return (milliseconds{s.time_since_epoch()} + offset_).count();
    };
    from_ = end_of(info.first.begin) + day.count();
    to_ = end_of(info.first.end) - day.count();
    return {meaning::once, with(offset_), {}};
}

local_ms zone::local_of(wall_time at) const {
    if (rules_ == nullptr) return to_ms(at) + offset_.count();
    auto const offset = rules_->get_info(date::floor<std::chrono::seconds>(at)).offset;
    return to_ms(at) + ms_of(offset).count();
}

std::string zone::text_of(wall_time at) const {
    return local_text(local_of(at));
}

std::string local_text(local_ms local) {
    using namespace std::chrono;
    auto const at = local_time<milliseconds>{milliseconds{local}};
    auto const day = floor<days>(at);
    year_month_day const date{day};
    hh_mm_ss const time{at - day};
    auto out = fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}", static_cast<int>(date.year()),
                           static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                           time.hours().count(), time.minutes().count(), time.seconds().count());
    if (time.subseconds().count() != 0) out += fmt::format(".{:03}", time.subseconds().count());
    return out;
}

}  // namespace setclick::csv
