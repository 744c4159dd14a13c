#include "setclickd/api/request.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>

#include "form.hpp"
#include "setclickd/base/version.hpp"

namespace setclick::api {
namespace {

constexpr std::string_view flag_member = R"("microconversion":"1")";

/// Room for everything in a body but its values: names, separators, click time, flag (encoded,
/// twice).
constexpr std::size_t fixed_room = 512;

char* put(char* out, std::string_view text) noexcept {
    if (!text.empty()) std::memcpy(out, text.data(), text.size());
    return out + text.size();
}

/// A JSON string's value, encoded. Compact text knows these escapes alone (event.hpp).
char* write_plain(char* out, std::string_view literal) noexcept {
    literal = literal.substr(1, literal.size() - 2);
    while (!literal.empty()) {
        auto const run = std::min(literal.find('\\'), literal.size());
        out = write_encoded(out, literal.substr(0, run));
        literal.remove_prefix(run);
        if (literal.size() < 2) break;
        char c = literal[1];
        std::size_t length = 2;
        switch (c) {
            case 'b':
                c = '\b';
                break;
            case 'f':
                c = '\f';
                break;
            case 'n':
                c = '\n';
                break;
            case 'r':
                c = '\r';
                break;
            case 't':
                c = '\t';
                break;
            case 'u': {
                unsigned value = 0;
                length = std::min<std::size_t>(6, literal.size());
                std::from_chars(literal.data() + 2, literal.data() + length, value, 16);
                c = static_cast<char>(value);
                break;
            }
            default:
                break;
        }
        out = write_encoded(out, {&c, 1});
        literal.remove_prefix(length);
    }
    return out;
}

std::string_view members_of(std::string_view object) noexcept {
    return object.size() < 2 ? std::string_view{} : object.substr(1, object.size() - 2);
}

/// Several objects' members as one object, encoded.
char* write_merged(char* out, std::initializer_list<std::string_view> parts) noexcept {
    out = write_encoded(out, "{");
    bool is_first = true;
    for (auto const part : parts) {
        if (part.empty()) continue;
        if (!is_first) out = write_encoded(out, ",");
        out = write_encoded(out, part);
        is_first = false;
    }
    return write_encoded(out, "}");
}

char* write_url(char* out, dialect const& d, std::string_view literal) noexcept {
    return d.url == url_style::json ? write_encoded(out, literal) : write_plain(out, literal);
}

std::size_t body_bound(dialect const& d, event::view const& v) noexcept {
    return fixed_room + 3 * (v.url_parameters.size() + v.settings.size() + 2 * v.lead.size() +
                             v.referrer.size() + v.current_url.size() + d.referrer_field.size());
}

/// The body after "account_id=…&url_parameters=".
char* write_rest(char* out, dialect const& d, event::view const& v) noexcept {
    using event::lead_mode;
    auto const flag = v.microconversion ? flag_member : std::string_view{};
    bool const has_lead = !v.lead.empty() || v.microconversion;
    out = write_encoded(out, v.url_parameters);
    out = put(out, "&click_time=");
    out = std::to_chars(out, out + 20,
                        d.click_time_unit == time_unit::ms ? v.click_time : v.click_time / 1000)
              .ptr;
    out = put(out, "&settings=");
    if (has_lead && d.lead != lead_mode::lead)
        out = write_merged(out, {members_of(v.settings), members_of(v.lead), flag});
    else
        out = write_encoded(out, v.settings);
    if (!v.referrer.empty()) {
        *out++ = '&';
        out = write_encoded(out, d.referrer_field);
        *out++ = '=';
        out = write_url(out, d, v.referrer);
    }
    if (!v.current_url.empty()) {
        out = put(out, "&current_url=");
        out = write_url(out, d, v.current_url);
    }
    if (has_lead && d.lead != lead_mode::settings) {
        out = put(out, "&lead=");
        out = write_merged(out, {members_of(v.lead), flag});
    }
    return out;
}

std::string body_start(std::string_view account_id) {
    std::string out = "account_id=";
    append_encoded(out, account_id);
    out += "&url_parameters=";
    return out;
}

/// What may stand in a header's value or a request line without ending it.
bool is_visible_ascii(std::string_view text) noexcept {
    return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7F; });
}

error unusable(std::string_view what) {
    return fail(errc::config,
                std::string(what) +
                    " cannot be sent: it must not be empty, and hold no space, control "
                    "character or other than ASCII characters");
}

}  // namespace

void append_body(std::string& out, dialect const& d, std::string_view account_id,
                 event::view const& value) {
    out += body_start(account_id);
    auto const start = out.size();
    out.resize(start + body_bound(d, value));
    auto const* const end = write_rest(out.data() + start, d, value);
    out.resize(static_cast<std::size_t>(end - out.data()));
}

result<void> check_head(target const& to, secret<std::string> const& token) {
    if (to.host.empty() || !is_visible_ascii(to.host)) return unusable("the endpoint's host");
    if (to.path.empty() || to.path.front() != '/' || !is_visible_ascii(to.path))
        return unusable("the endpoint's path (absolute)");
    if (token.reveal().empty() || !is_visible_ascii(token.reveal()))
        return unusable("the account's token");
    return {};
}

result<request_template> request_template::make(target const& to, secret<std::string> const& token,
                                                std::string_view account_id) {
    if (auto const usable = check_head(to, token); !usable) return usable.error();
    request_template out;
    std::string head = "POST " + to.path + " HTTP/1.1\r\nHost: " + to.host +
                       "\r\nAuthorization: Bearer " + token.reveal() +
                       "\r\nContent-Type: application/x-www-form-urlencoded"
                       "\r\nAccept: application/json\r\nUser-Agent: setclickd/";
    head += version();
    head += "\r\nContent-Length: ";
    out.head_ = secret<std::string>(std::move(head));
    out.body_start_ = body_start(account_id);
    return out;
}

void request_template::render(std::string& out, dialect const& d, event::view const& value) const {
    constexpr std::string_view head_end = "\r\n\r\n";
    constexpr std::size_t usual_digits = 3;
    auto const& head = head_.reveal();
    out.resize(head.size() + 20 + head_end.size() + body_start_.size() + body_bound(d, value));

    // The body's length is known only after it: it is written where three digits put it, and moved
    // in the rare other case.
    auto* const length_at = put(out.data(), head);
    auto* body = length_at + usual_digits + head_end.size();
    auto* const body_end = write_rest(put(body, body_start_), d, value);
    auto const size = static_cast<std::size_t>(body_end - body);
    char digits[20];
    auto const count =
        static_cast<std::size_t>(std::to_chars(digits, digits + sizeof digits, size).ptr - digits);
    if (count != usual_digits) std::memmove(length_at + count + head_end.size(), body, size);
    put(put(length_at, {digits, count}), head_end);
    out.resize(head.size() + count + head_end.size() + size);
}

}  // namespace setclick::api
