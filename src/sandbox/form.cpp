#include "form.hpp"

#include <algorithm>

#include "setclickd/base/ascii.hpp"

namespace setclick::sandbox {
namespace {

int hex_value(char c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The `name="x"` of a part's Content-Disposition.
std::string_view part_name(std::string_view head) noexcept {
    while (!head.empty()) {
        auto const end = head.find("\r\n");
        auto const line = head.substr(0, end);
        if (starts_with_ignoring_case(line, "content-disposition:"))
            return header_parameter(line, "name");
        head = end == std::string_view::npos ? std::string_view{} : head.substr(end + 2);
    }
    return {};
}

}  // namespace

void form::clear() noexcept {
    storage_.clear();
    items_.clear();
}

std::string_view form::unescape(std::string_view raw) {
    auto const begin = storage_.size();
    for (std::size_t i = 0; i < raw.size();) {
        // Long plain stretches are the common case: copy them whole.
        auto const special = std::min(raw.find_first_of("%+", i), raw.size());
        storage_.append(raw, i, special - i);
        i = special;
        if (i == raw.size()) break;
        if (raw[i] == '+') {
            storage_ += ' ';
            ++i;
            continue;
        }
        auto const high = i + 2 < raw.size() ? hex_value(raw[i + 1]) : -1;
        auto const low = i + 2 < raw.size() ? hex_value(raw[i + 2]) : -1;
        if (high < 0 || low < 0) {
            storage_ += raw[i++];
            continue;
        }
        storage_ += static_cast<char>(high * 16 + low);
        i += 3;
    }
    return std::string_view(storage_).substr(begin);
}

void form::decode(std::string_view text) {
    clear();
    storage_.reserve(text.size());
    while (!text.empty()) {
        auto const end = text.find('&');
        auto const pair = text.substr(0, end);
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
        if (pair.empty()) continue;
        auto const equals = pair.find('=');
        auto const name = unescape(pair.substr(0, equals));
        auto const value = equals == std::string_view::npos ? std::string_view{}
                                                            : unescape(pair.substr(equals + 1));
        items_.push_back({name, value});
    }
}

void form::decode_multipart(std::string_view body, std::string_view boundary) {
    clear();
    if (boundary.empty()) return;
    storage_.assign(body);
    std::string_view const text(storage_);
    auto const mark = "--" + std::string(boundary);
    for (auto at = text.find(mark); at != std::string_view::npos;) {
        auto const begin = at + mark.size();
        if (text.substr(begin, 2) != "\r\n") return;  // the closing mark, or no multipart at all
        auto const next = text.find("\r\n" + mark, begin);
        auto const blank = text.find("\r\n\r\n", begin);
        if (next == std::string_view::npos || blank == std::string_view::npos || blank > next)
            return;
        if (auto const name = part_name(text.substr(begin, blank - begin)); !name.empty())
            items_.push_back({name, text.substr(blank + 4, next - std::min(next, blank + 4))});
        at = next + 2;
    }
}

std::optional<std::string_view> form::find(std::string_view name) const noexcept {
    for (auto it = items_.rbegin(); it != items_.rend(); ++it)
        if (it->name == name) return it->value;
    return std::nullopt;
}

bool form::has_repeated_name() const noexcept {
    for (auto it = items_.begin(); it != items_.end(); ++it)
        for (auto other = items_.begin(); other != it; ++other)
            if (other->name == it->name) return true;
    return false;
}

std::string_view header_parameter(std::string_view header, std::string_view name) noexcept {
    for (auto at = header.find(';'); at != std::string_view::npos; at = header.find(';', at + 1)) {
        auto rest = trimmed(header.substr(at + 1));
        if (!starts_with_ignoring_case(rest, name)) continue;
        rest.remove_prefix(name.size());
        if (rest.empty() || rest.front() != '=') continue;
        rest.remove_prefix(1);
        if (!rest.empty() && rest.front() == '"') {
            rest.remove_prefix(1);
            return rest.substr(0, rest.find('"'));
        }
        return trimmed(rest.substr(0, rest.find(';')));
    }
    return {};
}

}  // namespace setclick::sandbox
