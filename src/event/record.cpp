#include "setclickd/event/record.hpp"

#include <charconv>
#include <cstring>

namespace setclick::event {
namespace {

constexpr char version = '1';

/// The text up to the next newline, which is dropped; `ok` turns false where there is none.
std::string_view take_line(std::string_view& rest, bool& ok) noexcept {
    auto const end = rest.find('\n');
    if (end == std::string_view::npos) {
        ok = false;
        return {};
    }
    auto const line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return line;
}

char* put(char* out, std::string_view text) noexcept {
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

char* put_line(char* out, std::string_view text) noexcept {
    out = put(out, text);
    *out++ = '\n';
    return out;
}

}  // namespace

void append_record(std::string& out, view const& value) {
    constexpr std::size_t fixed =
        2 + 20 + 7;  // version and flag, the click time's digits, newlines
    auto const start = out.size();
    out.resize(start + fixed + value.url_parameters.size() + value.settings.size() +
               value.referrer.size() + value.current_url.size() + value.lead.size() +
               value.event_id.size());
    auto* p = out.data() + start;
    *p++ = version;
    *p++ = value.microconversion ? 'm' : '-';
    *p++ = '\n';
    p = std::to_chars(p, p + 20, value.click_time).ptr;
    *p++ = '\n';
    p = put_line(p, value.url_parameters);
    p = put_line(p, value.settings);
    p = put_line(p, value.referrer);
    p = put_line(p, value.current_url);
    p = put_line(p, value.lead);
    p = put(p, value.event_id);
    out.resize(static_cast<std::size_t>(p - out.data()));
}

std::optional<view> parse_record(std::string_view record) noexcept {
    bool ok = true;
    auto rest = record;
    auto const head = take_line(rest, ok);
    if (head.size() != 2 || head[0] != version || (head[1] != 'm' && head[1] != '-')) return {};
    view out;
    out.microconversion = head[1] == 'm';
    auto const time = take_line(rest, ok);
    out.url_parameters = take_line(rest, ok);
    out.settings = take_line(rest, ok);
    out.referrer = take_line(rest, ok);
    out.current_url = take_line(rest, ok);
    out.lead = take_line(rest, ok);
    out.event_id = rest;
    auto const* const end = time.data() + time.size();
    auto const parsed = std::from_chars(time.data(), end, out.click_time);
    if (!ok || parsed.ec != std::errc{} || parsed.ptr != end) return {};
    auto const is_object = [](std::string_view json) {
        return json.size() >= 2 && json.front() == '{';
    };
    if (!is_object(out.url_parameters) || !is_object(out.settings)) return {};
    return out;
}

}  // namespace setclick::event
