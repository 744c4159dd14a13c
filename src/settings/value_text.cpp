#include "value_text.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cmath>

#include "keys.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::settings {

std::string quote(std::string_view text) {
    std::string out = "\"";
    for (char const c : printable(text)) {
        if (c == '"') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string number_text(double value) {
    if (value == std::floor(value) && std::abs(value) < 1e15)
        return std::to_string(static_cast<long long>(value));
    char buffer[64];
    auto const [end, ec] = std::to_chars(buffer, buffer + sizeof buffer, value);
    return {buffer, ec == std::errc{} ? end : buffer};
}

std::string size_text(double bytes) {
    auto const whole = static_cast<std::uint64_t>(bytes);
    for (auto const& u : size_units)
        if (whole != 0 && whole % u.bytes == 0) return fmt::format("{}{}", whole / u.bytes, u.name);
    return "0B";
}

std::string duration_value(double ms) {
    struct step {
        std::string_view name;
        std::int64_t ms;
    };
    static constexpr step steps[] = {
        {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}};
    auto const whole = static_cast<std::int64_t>(ms);
    for (auto const& s : steps)
        if (whole != 0 && whole % s.ms == 0) return fmt::format("{}{}", whole / s.ms, s.name);
    return "0s";
}

namespace {

struct shower {
    key const& k;

    std::string operator()(std::string const* v) const { return quote(*v); }
    std::string operator()(bool const* v) const { return *v ? "true" : "false"; }
    std::string operator()(std::uint32_t const* v) const { return std::to_string(*v); }
    std::string operator()(std::uint64_t const* v) const {
        return quote(size_text(static_cast<double>(*v)));
    }
    std::string operator()(double const* v) const { return number_text(*v); }
    std::string operator()(milliseconds const* v) const {
        return quote(duration_value(static_cast<double>(v->count())));
    }
    std::string operator()(choice_ref v) const { return quote(k.choices[v.get(v.at)]); }
    std::string operator()(std::vector<std::string> const* v) const {
        std::string out = "[";
        for (auto const& item : *v)
            out += (out.size() > 1 ? ", " : "") + quote(item);
        return out + "]";
    }
    std::string operator()(std::optional<std::set<int>> const* v) const {
        std::string out = "[";
        if (*v)
            for (auto const item : **v)
                out += (out.size() > 1 ? ", " : "") + std::to_string(item);
        return out + "]";
    }
};

struct type_namer {
    std::string_view operator()(std::string*) const { return "text"; }
    std::string_view operator()(bool*) const { return "true or false"; }
    std::string_view operator()(std::uint32_t*) const { return "whole number"; }
    std::string_view operator()(std::uint64_t*) const { return "size"; }
    std::string_view operator()(double*) const { return "number"; }
    std::string_view operator()(milliseconds*) const { return "duration"; }
    std::string_view operator()(choice_ref) const { return "choice"; }
    std::string_view operator()(std::vector<std::string>*) const { return "list of texts"; }
    std::string_view operator()(std::optional<std::set<int>>*) const { return "list of numbers"; }
};

}  // namespace

std::string allowed_text(key const& k) {
    if (!k.choices.empty()) {
        std::string out;
        for (std::size_t i = 0; i < k.choices.size(); ++i)
            out += (i == 0 ? "" : i + 1 == k.choices.size() ? " or " : ", ") + quote(k.choices[i]);
        return out;
    }
    if (k.low == 0 && k.high == 0) return {};
    settings all;
    account_settings account;
    auto const to = k.where(all, account);
    if (std::holds_alternative<milliseconds*>(to))
        return fmt::format("{} to {}", quote(duration_value(k.low)), quote(duration_value(k.high)));
    if (std::holds_alternative<std::uint64_t*>(to))
        return fmt::format("{} to {}", quote(size_text(k.low)), quote(size_text(k.high)));
    return fmt::format("{} to {}", number_text(k.low), number_text(k.high));
}

std::string_view type_text(target const& to) {
    return std::visit(type_namer{}, to);
}

std::string value_text(key const& k, target const& of) {
    return std::visit(shower{k}, of);
}

}  // namespace setclick::settings
