#include "fault_access.hpp"

#include <boost/json/array.hpp>

#include <algorithm>

namespace setclick::sandbox::fault_access {
namespace {

bool is_one_line(std::string_view text) {
    return text.find_first_of("\r\n") == std::string_view::npos;
}

constexpr std::array<std::pair<std::string_view, throttle_shape>, 3> shapes{
    {{"message", throttle_shape::message},
     {"details", throttle_shape::details},
     {"code", throttle_shape::code}}};

problem set_throttle_body(fault_set& f, std::string_view text) {
    auto const it = std::find_if(shapes.begin(), shapes.end(),
                                 [&](auto const& shape) { return shape.first == text; });
    if (it == shapes.end()) return "message, details or code";
    f.throttle_body = it->second;
    return {};
}

json::value get_throttle_body(fault_set const& f) {
    auto const it = std::find_if(shapes.begin(), shapes.end(), [&](auto const& shape) {
        return shape.second == f.throttle_body;
    });
    return json::value(it->first);
}

problem set_retry_after(fault_set& f, std::string_view text) {
    unsigned seconds = 0;
    if (!text.empty() && text != "auto" && !parse_whole(text, seconds))
        return "a number of seconds, or auto";
    f.retry_after = text;
    return {};
}

problem set_retry_after_raw(fault_set& f, std::string_view text) {
    if (!is_one_line(text)) return "one line";
    f.retry_after_raw = text;
    return {};
}

problem set_rate_reset(fault_set& f, std::string_view text) {
    if (text != "epoch" && text != "delta") return "epoch or delta";
    f.rate_reset = text == "delta" ? sandbox::rate_reset::delta : sandbox::rate_reset::epoch;
    return {};
}

problem set_header(fault_set& f, std::string_view text) {
    auto const colon = text.find(':');
    if (colon == 0 || colon == std::string_view::npos || !is_one_line(text))
        return "a header line such as \"Location: https://example.com/\"";
    f.headers.emplace_back(text);
    return {};
}

json::value get_header(fault_set const& f) {
    json::array all;
    for (auto const& line : f.headers)
        all.emplace_back(line);
    return all;
}

problem set_status_for(fault_set& f, std::string_view text) {
    auto const equals = text.rfind('=');
    int code = 0;
    if (equals == 0 || equals == std::string_view::npos ||
        !parse_whole(text.substr(equals + 1), code) || code < 200 || code > 999)
        return "ACCOUNT=CODE with a code from 200 to 999";
    f.status_for.emplace_back(text.substr(0, equals), code);
    return {};
}

json::value get_status_for(fault_set const& f) {
    json::array all;
    for (auto const& [account, code] : f.status_for)
        all.emplace_back(account + "=" + std::to_string(code));
    return all;
}

problem set_late_answer(fault_set& f, std::string_view text) {
    auto const gap = text.find_first_of(" ,");
    auto const delay = parse_duration(text.substr(0, gap));
    double part = 0;
    if (gap == std::string_view::npos || !delay || !parse_whole(text.substr(gap + 1), part) ||
        !(part >= 0 && part <= 1))
        return "a delay and a share, such as 3s 0.1";
    f.late_answer_delay = *delay;
    f.late_answer = part;
    return {};
}

json::value get_late_answer(fault_set const& f) {
    return json::array{json::value(ms_text(f.late_answer_delay)), json::value(f.late_answer)};
}

problem set_faults_on(fault_set& f, std::string_view text) {
    bool set_click = false;
    bool report = false;
    bool login = false;
    while (!text.empty()) {
        auto const comma = text.find(',');
        auto const part = text.substr(0, comma);
        text = comma == std::string_view::npos ? std::string_view{} : text.substr(comma + 1);
        if (part != "all" && part != "set-click" && part != "report" && part != "login")
            return "a list of set-click, report, login, or all";
        set_click |= part == "all" || part == "set-click";
        report |= part == "all" || part == "report";
        login |= part == "all" || part == "login";
    }
    f.on_set_click = set_click;
    f.on_report = report;
    f.on_login = login;
    return {};
}

json::value get_faults_on(fault_set const& f) {
    std::string list;
    auto const add = [&](bool on, char const* name) {
        if (on) list += (list.empty() ? "" : ",") + std::string(name);
    };
    add(f.on_set_click, "set-click");
    add(f.on_report, "report");
    add(f.on_login, "login");
    return json::value(list);
}

}  // namespace

access const seed{[](fault_set& f, std::string_view text) -> problem {
                      return parse_whole(text, f.seed) ? problem{} : "a number from 0";
                  },
                  get_member<&fault_set::seed>};
access const throttle_body{set_throttle_body, get_throttle_body};
access const retry_after{set_retry_after, get_member<&fault_set::retry_after>};
access const retry_after_raw{set_retry_after_raw, get_member<&fault_set::retry_after_raw>};
access const rate_reset{
    set_rate_reset, [](fault_set const& f) -> json::value {
        return json::value(f.rate_reset == sandbox::rate_reset::delta ? "delta" : "epoch");
    }};
access const body{[](fault_set& f, std::string_view text) -> problem {
                      f.body = text;
                      return {};
                  },
                  get_member<&fault_set::body>};
access const header{set_header, get_header};
access const status_for{set_status_for, get_status_for};
access const late_answer{set_late_answer, get_late_answer};
access const faults_on{set_faults_on, get_faults_on};

}  // namespace setclick::sandbox::fault_access
