#include "answer_body.hpp"

#include <algorithm>
#include <array>

#include "setclickd/base/ascii.hpp"

namespace setclick::api {
namespace {

namespace json = boost::json;

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
/// PHP files saved with a byte order mark put one before all that they print; two files, two.
std::string_view without_frame(std::string_view text) noexcept {
    for (;;) {
        if (text.starts_with(byte_order_mark)) {
            text.remove_prefix(byte_order_mark.size());
        } else if (text.ends_with(byte_order_mark)) {
            text.remove_suffix(byte_order_mark.size());
        } else if (!text.empty() && white_space.find(text.front()) != std::string_view::npos) {
            text.remove_prefix(1);
        } else if (!text.empty() && white_space.find(text.back()) != std::string_view::npos) {
            text.remove_suffix(1);
        } else {
            return text;
        }
    }
}

bool is_page(answer_view const& answer) noexcept {
    auto const text = without_frame(answer.body);
    if (contains_ignoring_case(answer.content_type, "text/html") && !text.starts_with('{'))
        return true;
    auto const head = text.substr(0, 15);
    return contains_ignoring_case(head, "<!doctype") || contains_ignoring_case(head, "<html") ||
           contains_ignoring_case(head, "<head");
}

/// A word that means "no", whatever member it stands in.
bool is_failure_word(std::string_view text) noexcept {
    constexpr std::string_view words[] = {
        "error",        "errors",    "failed",       "fail",
        "failure",      "ko",        "nok",          "not ok",
        "not_ok",       "denied",    "rejected",     "refused",
        "false",        "forbidden", "unauthorized", "unauthenticated",
        "unauthorised", "invalid",   "throttled"};
    return std::ranges::any_of(words,
                               [text](auto word) { return equals_ignoring_case(text, word); });
}

/// 400 to 599 as a number or as the text of one.
bool is_failure_code(json::value const& value) noexcept {
    if (auto const* const text = value.if_string()) {
        auto const digits = view_of(*text);
        return digits.size() == 3 && (digits[0] == '4' || digits[0] == '5') &&
               digits.find_first_not_of("0123456789") == std::string_view::npos;
    }
    if (!value.is_number()) return false;
    auto const code = value.to_number<double>();
    return code >= 400 && code <= 599;
}

/// `false`, 0, "false", "0", "no": what `success` must not be.
bool is_no(json::value const& value) noexcept {
    if (auto const* const truth = value.if_bool()) return !*truth;
    if (auto const* const text = value.if_string()) {
        auto const word = view_of(*text);
        return word == "0" || equals_ignoring_case(word, "no") || is_failure_word(word);
    }
    return value.is_number() && value.to_number<double>() == 0;
}

/// What `error` must not be: anything that says something.
bool is_something(json::value const& value) noexcept {
    if (auto const* const truth = value.if_bool()) return *truth;
    if (auto const* const object = value.if_object()) return !object->empty();
    if (auto const* const array = value.if_array()) return !array->empty();
    if (auto const* const text = value.if_string()) {
        auto const word = view_of(*text);
        return !word.empty() && word != "0" && !equals_ignoring_case(word, "false") &&
               !equals_ignoring_case(word, "none") && !equals_ignoring_case(word, "no");
    }
    return value.is_number() && value.to_number<double>() != 0;
}

bool says_error(json::object const& body) {
    for (auto const& m : body) {
        auto const name = std::string_view(m.key().data(), m.key().size());
        auto const is = [name](std::string_view wanted) {
            return equals_ignoring_case(name, wanted);
        };
        auto const& value = m.value();
        auto const* const text = value.if_string();
        if (is("status") || is("result") || is("outcome") || is("state")) {
            if (text != nullptr && is_failure_word(view_of(*text))) return true;
            if (is_failure_code(value) || (value.is_bool() && !value.get_bool())) return true;
        } else if (is("success") || is("ok") || is("successful") || is("succeeded")) {
            if (is_no(value)) return true;
        } else if (is("error") || is("errors") || is("exception") || is("fault")) {
            if (is_something(value)) return true;
        } else if (is("code") || is("statuscode") || is("status_code") || is("http_code") ||
                   is("httpcode")) {
            if (is_failure_code(value)) return true;
        } else if (is("type")) {
            if (text != nullptr && equals_ignoring_case(view_of(*text), "error")) return true;
        }
    }
    return false;
}

bool says_error(json::value const& body) {
    if (auto const* const object = body.if_object()) return says_error(*object);
    if (auto const* const array = body.if_array())
        return std::ranges::any_of(*array, [](json::value const& element) {
            auto const* const object = element.if_object();
            return object != nullptr && says_error(*object);
        });
    if (auto const* const text = body.if_string()) return is_failure_word(view_of(*text));
    return body.is_bool() && !body.get_bool();
}

/// What the pages of walls have in common. The left word stands in the page, the right one is the
/// note.
struct mark {
    std::string_view text;
    std::string_view note;
};
constexpr std::string_view challenge = "a challenge of a bot wall in front of the API";
constexpr std::string_view refusal = "the page of a firewall in front of the API";
constexpr std::string_view transport = "the page of a server that wants another kind of request";
constexpr mark marks[] = {
    {"challenge-platform", challenge},
    {"cf-chl", challenge},
    {"_cf_chl_opt", challenge},
    {"Just a moment...", challenge},
    {"Enable JavaScript and cookies to continue", challenge},
    {"Checking your browser", challenge},
    {"DDoS protection by", challenge},
    {"_Incapsula_Resource", challenge},
    {"Incapsula incident", challenge},
    {"px-captcha", challenge},
    {"captcha-delivery.com", challenge},
    {"g-recaptcha", challenge},
    {"h-captcha", challenge},
    {"awswaf", challenge},
    {"Human Verification", challenge},
    {"verify you are human", challenge},
    {"Attention Required!", refusal},
    {"Sorry, you have been blocked", refusal},
    {"The requested URL was rejected", refusal},
    {"Sucuri WebSite Firewall", refusal},
    {"Mod_Security", refusal},
    {"Access Denied</TITLE>", refusal},
    {"web application firewall", refusal},
    {"Request Header Or Cookie Too Large", transport},
    {"plain HTTP request was sent to HTTPS port", transport},
    {"No required SSL certificate was sent", transport},
    {"The SSL certificate error", transport},
    {"Invalid Hostname", transport},
};

}  // namespace

std::optional<json::value> body_as_json(answer_view const& answer) {
    auto const text = without_frame(answer.body);
    if (answer.body_size > answer.body.size() || text.empty()) return {};
    return parse_json(text);
}

std::string_view note_on_success(answer_view const& answer) {
    if (!answer.wall.empty()) return challenge;
    if (answer.ended_by_close)
        return answer.http_1_0 ? "an HTTP/1.0 answer without a length, which ended with the "
                                 "connection: nobody can tell whether it is whole"
                               : "an answer without a length, which ended with the connection: "
                                 "nobody can tell whether it is whole";
    if (answer.body_size > answer.body.size()) return "a longer body than the API's answers have";
    auto const text = without_frame(answer.body);
    if (text.empty()) return {};
    if (auto const body = parse_json(text))
        return says_error(*body) ? "a 2xx whose JSON says an error" : std::string_view{};
    auto const begin = text.find('{');
    auto const end = text.rfind('}');
    bool const has_json = begin != std::string_view::npos && end != std::string_view::npos &&
                          begin < end && parse_json(text.substr(begin, end - begin + 1));
    if (has_json) return "text around the JSON, such as a notice of the application's own";
    if (is_page(answer)) return "a page (HTML), not the API's JSON";
    return "a body that is not JSON";
}

std::string_view note_on_wall(answer_view const& answer) {
    if (!answer.wall.empty()) return challenge;
    if (answer.status < 400 || !is_page(answer)) return {};
    for (auto const& m : marks)
        if (contains_ignoring_case(answer.body, m.text)) return m.note;
    if (answer.status == 403) return "a page (HTML) in front of the API forbids it, not the API";
    return {};
}

bool is_written_by_application(answer_view const& answer) {
    if (!answer.limit.empty() || !answer.remaining.empty()) return true;
    auto const body = body_as_json(answer);
    return body && body->is_object();
}

}  // namespace setclick::api
