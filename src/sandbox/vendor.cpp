#include "vendor.hpp"

#include <openssl/rand.h>

#include <utility>

#include "json_text.hpp"
#include "microconversion.hpp"
#include "setclickd/base/ascii.hpp"

namespace setclick::sandbox {
namespace {

constexpr std::string_view form_type = "application/x-www-form-urlencoded";

std::string fresh_token() {
    std::array<unsigned char, 32> bytes{};
    RAND_bytes(bytes.data(), static_cast<int>(bytes.size()));
    constexpr char hex[] = "0123456789abcdef";
    std::string text;
    for (auto const byte : bytes) {
        text += hex[byte >> 4U];
        text += hex[byte & 15U];
    }
    return text;
}

std::string_view method_of(endpoint_kind endpoint) noexcept {
    switch (endpoint) {
        case endpoint_kind::set_click:
        case endpoint_kind::login:
            return "POST";
        case endpoint_kind::accounts:
        case endpoint_kind::report:
            return "GET";
        case endpoint_kind::unknown:
        case endpoint_kind::control:
            break;
    }
    return "";
}

bool needs_token(endpoint_kind endpoint) noexcept {
    return endpoint != endpoint_kind::login;
}

std::int64_t whole_seconds(milliseconds d) {
    return (d.count() + 999) / 1000;
}

std::optional<int> status_for(fault_set const& f, std::string_view account) {
    for (auto const& [name, status] : f.status_for)
        if (name == account) return status;
    return std::nullopt;
}

answer scripted_answer(fault_set const& f) {
    auto a = default_answer(f.status);
    if (!f.body.empty()) {
        a.body = f.body;
        a.content_type = f.body.starts_with('{') ? "application/json" : "text/html; charset=UTF-8";
    }
    for (auto const& line : f.headers) {
        if (starts_with_ignoring_case(line, "Content-Type:")) a.content_type.clear();
        a.headers.append(line).append("\r\n");
    }
    return a;
}

}  // namespace

vendor::vendor(service_settings settings, credentials callers, wall_time now)
    : settings_(std::move(settings)),
      callers_(std::move(callers)),
      report_(settings_.report, now),
      limit_(settings_.faults.rate_per_minute, settings_.faults.burst) {}

void vendor::take_faults(fault_set faults) {
    limit_ = rate_limit(faults.rate_per_minute, faults.burst);
    settings_.faults = std::move(faults);
}

int vendor::book(wall_time now) {
    auto const row = read_microconversion(parameters_, settings_.rules, now);
    return row ? report_.book(*row, now) : -1;
}

endpoint_kind vendor::endpoint_of(std::string_view path) const noexcept {
    if (!path.starts_with(settings_.base_path)) return endpoint_kind::unknown;
    path.remove_prefix(settings_.base_path.size());
    if (path == "/auth/v1.0/set-click") return endpoint_kind::set_click;
    if (path == "/auth/login") return endpoint_kind::login;
    if (path == "/auth/accounts") return endpoint_kind::accounts;
    if (path == "/report/microconversions") return endpoint_kind::report;
    return endpoint_kind::unknown;
}

void vendor::read_parameters(request const& r, endpoint_kind endpoint) {
    parameters_.clear();
    if (endpoint == endpoint_kind::report) {
        parameters_.decode(r.query());
        return;
    }
    if (endpoint != endpoint_kind::set_click) return;
    // Any other content type carries no parameters, so that a wrong one is noticed: all of them are
    // missing.
    auto const type = r.header("Content-Type");
    if (equals_ignoring_case(trimmed(type.substr(0, type.find(';'))), form_type))
        parameters_.decode(r.body);
}

vendor::decision vendor::decide(request const& r, endpoint_kind endpoint, fault_kind fault,
                                moment now) {
    read_parameters(r, endpoint);
    caller_ = callers_.find(r.header("Authorization"), now.wall);
    auto const& f = settings_.faults;
    auto const refused = refusal(r, endpoint);
    auto const may_book = endpoint == endpoint_kind::set_click && !refused;
    decision d;
    d.fault = fault;
    rate_ = {};
    if (caller_.is_known && needs_token(endpoint)) rate_ = limit_.take(caller_.token, now.steady);

    auto const answer_with = [&](answer a, fault_kind kind, bool books) {
        d.reply = std::move(a);
        if (d.fault == fault_kind::none) d.fault = kind;
        d.would_book = books && may_book;
    };
    if (f.status != 0) {
        answer_with(scripted_answer(f), fault_kind::status, f.status_books);
    } else if (auto const status = status_for(f, parameters_.find("account_id").value_or(""))) {
        answer_with(default_answer(*status), fault_kind::status_for, false);
    } else if (!rate_.granted) {
        answer_with(default_answer(429), fault_kind::rate_limit, false);
    } else if (fault == fault_kind::fail) {
        answer_with(default_answer(f.fail_status), fault, f.fail_books);
    } else if (fault == fault_kind::throttle) {
        answer_with(default_answer(429), fault, false);
    } else if (refused) {
        answer_with(*refused, fault_kind::none, false);
    } else {
        answer_with(usual_answer(r, endpoint, now), fault_kind::none, true);
    }
    if (applies_to(f, endpoint) && d.fault == fault_kind::none) {
        if (f.double_response) d.fault = fault_kind::double_response;
        if (f.informational > 0) d.fault = fault_kind::informational;
    }
    add_limit_headers(d.reply, now);
    return d;
}

std::optional<answer> vendor::refusal(request const& r, endpoint_kind endpoint) const {
    if (endpoint == endpoint_kind::unknown) return error_answer(404, "Not Found");
    if (r.method != method_of(endpoint)) {
        auto a = error_answer(405, "Method Not Allowed");
        a.headers = "Allow: " + std::string(method_of(endpoint)) + "\r\n";
        return a;
    }
    if (!needs_token(endpoint)) return std::nullopt;
    if (!caller_.is_known) return unauthenticated();
    if (endpoint == endpoint_kind::set_click)
        for (auto const name : {"account_id", "url_parameters", "click_time", "settings"})
            if (auto const value = parameters_.find(name); !value || value->empty())
                return missing_parameter(name);
    auto const account = parameters_.find("account_id");
    if (account && !caller_.account.empty() && *account != caller_.account)
        return error_answer(403, "Forbidden");
    return std::nullopt;
}

answer vendor::usual_answer(request const& r, endpoint_kind endpoint, moment now) {
    switch (endpoint) {
        case endpoint_kind::set_click:
            return accepted();
        case endpoint_kind::login:
            return callers_.login(r.body, now.wall, fresh_token());
        case endpoint_kind::report:
            return report_answer(r, now);
        case endpoint_kind::accounts:
            return accounts_answer();
        case endpoint_kind::unknown:
        case endpoint_kind::control:
            break;
    }
    return error_answer(404, "Not Found");
}

answer vendor::accounts_answer() const {
    std::string map = "{";
    auto const add = [&map](std::string_view id, std::string_view name) {
        if (map.size() > 1) map += ',';
        append_json_string(map, id);
        map += ':';
        append_json_string(map, name);
    };
    bool is_named = false;
    for (auto const& [id, name] : settings_.accounts) {
        if (!caller_.account.empty() && caller_.account != id) continue;
        add(id, name);
        is_named = true;
    }
    if (!is_named && !caller_.account.empty()) add(caller_.account, "Sandbox account");
    map += '}';
    if (settings_.bare_accounts) return json_answer(map);
    return json_answer(R"({"status":"ok","data":)" + map + "}");
}

answer vendor::report_answer(request const& r, moment now) {
    auto const today = std::chrono::floor<std::chrono::days>(now.wall + settings_.rules.utc_offset);
    auto const query = parse_report_query(parameters_, today);
    if (auto const* refused = std::get_if<answer>(&query)) return *refused;
    auto a = json_answer(report_.page(std::get<report_query>(query), now.wall));
    auto const c = choose_coding(settings_.compress, r.header("Accept-Encoding"));
    if (c != coding::identity) {
        a.body = encoded(a.body, c);
        a.headers.append("Content-Encoding: ").append(name_of(c)).append("\r\n");
    }
    if (settings_.compress != coding_choice::none) a.headers += "Vary: Accept-Encoding\r\n";
    a.chunked = settings_.chunked_report;
    return a;
}

void vendor::add_limit_headers(answer& a, moment now) const {
    auto const& f = settings_.faults;
    auto const add = [&](std::string_view name, std::string_view value) {
        a.headers.append(name).append(": ").append(value).append("\r\n");
    };
    if (a.status == 429 || a.status == 503) {
        auto const wait = limit_.is_on() ? whole_seconds(rate_.next) : std::int64_t{60};
        auto const seconds =
            f.retry_after.empty() || f.retry_after == "auto" ? std::to_string(wait) : f.retry_after;
        if (!f.retry_after_raw.empty())
            add("Retry-After", f.retry_after_raw);
        else if (!f.retry_after.empty())
            add("Retry-After", seconds);
        // Only a 429 that `status` did not script has a body of these shapes.
        if (a.status == 429 && f.status == 0) {
            auto const limit = limit_.is_on() ? static_cast<int>(f.rate_per_minute) : 60;
            a.body = throttled(f.throttle_body, {limit, std::atoi(seconds.c_str())}).body;
        }
    }
    if (!f.rate_headers || !limit_.is_on() || !caller_.is_known) return;
    auto const reset = f.rate_reset == rate_reset::delta
                           ? whole_seconds(rate_.full)
                           : whole_seconds(now.wall.time_since_epoch() + rate_.full);
    add("X-RateLimit-Limit", std::to_string(static_cast<std::int64_t>(f.rate_per_minute)));
    add("X-RateLimit-Remaining", std::to_string(rate_.remaining));
    add("X-RateLimit-Reset", std::to_string(reset));
}

}  // namespace setclick::sandbox
