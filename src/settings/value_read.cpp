// How a value is read and checked: one function for each type of target.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>

#include "keys.hpp"
#include "setclickd/base/text.hpp"
#include "value_text.hpp"

namespace setclick::settings {
namespace {

using verdict = std::optional<std::string>;  // what is wrong

result<std::uint64_t> parse_size(std::string_view text) {
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec == std::errc{}) {
        auto const rest = text.substr(static_cast<std::size_t>(end - text.data()));
        for (auto const& u : size_units)
            if (rest == u.name && number <= (std::uint64_t{1} << 50) / u.bytes)
                return number * u.bytes;
    }
    return fail(errc::config, "");
}

verdict out_of_range(key const& k, std::string const& given) {
    return fmt::format("{} is out of range; allowed: {}", given, allowed_text(k));
}

bool within(key const& k, double value) {
    return std::isfinite(value) && value >= k.low && value <= k.high;
}

/// How a wrong value is shown: its kind, and the value itself only where it is a number or a truth
/// value, since a text may be a secret that slipped into the wrong place.
std::string kind_of(raw_value const& v) {
    struct visitor {
        std::string operator()(std::string const&) const { return "a text"; }
        std::string operator()(std::int64_t n) const { return fmt::format("the number {}", n); }
        std::string operator()(double n) const { return "the number " + number_text(n); }
        std::string operator()(bool b) const { return b ? "true" : "false"; }
        std::string operator()(std::vector<raw_value> const&) const { return "a list"; }
    };
    return std::visit(visitor{}, v.value);
}

verdict wrong_type(raw_value const& v, std::string_view expected) {
    return fmt::format("is {}, but must be {}", kind_of(v), expected);
}

verdict not_a_choice(key const& k, std::string_view given) {
    auto const near = nearest(given, k.choices);
    return fmt::format("{} is not one of the allowed: {}{}", quote(given), allowed_text(k),
                       near.empty() ? "" : fmt::format("; did you mean {}?", quote(near)));
}

/// Sets one target from a written value.
struct assigner {
    key const& k;
    raw_value const& v;

    verdict operator()(std::string* to) const {
        auto const* text = std::get_if<std::string>(&v.value);
        if (text == nullptr) return wrong_type(v, "a text in quotes");
        if (text->find('\0') != std::string::npos) return "holds a NUL character";
        if (!k.choices.empty()) {
            auto const at = std::find(k.choices.begin(), k.choices.end(), *text);
            if (at == k.choices.end()) return not_a_choice(k, *text);
        }
        *to = *text;
        return std::nullopt;
    }
    verdict operator()(bool* to) const {
        auto const* b = std::get_if<bool>(&v.value);
        if (b == nullptr) return wrong_type(v, "true or false");
        *to = *b;
        return std::nullopt;
    }
    verdict operator()(std::uint32_t* to) const {
        auto const* n = std::get_if<std::int64_t>(&v.value);
        if (n == nullptr) return wrong_type(v, "a whole number, " + allowed_text(k));
        if (!within(k, static_cast<double>(*n))) return out_of_range(k, std::to_string(*n));
        *to = static_cast<std::uint32_t>(*n);
        return std::nullopt;
    }
    verdict operator()(std::uint64_t* to) const {
        std::uint64_t bytes = 0;
        std::string given;
        if (auto const* n = std::get_if<std::int64_t>(&v.value)) {
            given = std::to_string(*n);
            if (*n < 0) return out_of_range(k, given);
            bytes = static_cast<std::uint64_t>(*n);
        } else if (auto const* text = std::get_if<std::string>(&v.value)) {
            given = quote(*text);
            auto const parsed = parse_size(*text);
            if (!parsed)
                return given +
                       " is not a size; write bytes, or a number with B, KiB, MiB or GiB, such as "
                       "\"64KiB\"";
            bytes = *parsed;
        } else {
            return wrong_type(v, "a size: bytes, or such as \"64KiB\"");
        }
        if (!within(k, static_cast<double>(bytes))) return out_of_range(k, given);
        *to = bytes;
        return std::nullopt;
    }
    verdict operator()(double* to) const {
        double number = 0;
        if (auto const* n = std::get_if<std::int64_t>(&v.value))
            number = static_cast<double>(*n);
        else if (auto const* d = std::get_if<double>(&v.value))
            number = *d;
        else
            return wrong_type(v, "a number, " + allowed_text(k));
        if (!within(k, number)) return out_of_range(k, number_text(number));
        *to = number;
        return std::nullopt;
    }
    verdict operator()(milliseconds* to) const {
        auto const* text = std::get_if<std::string>(&v.value);
        if (text == nullptr)
            return wrong_type(v, "a duration with its unit, in quotes, such as \"" +
                                     duration_value(static_cast<double>(to->count())) + "\"");
        auto const parsed = parse_duration(*text);
        if (!parsed) return parsed.error().message;
        if (!within(k, static_cast<double>(parsed->count()))) return out_of_range(k, quote(*text));
        *to = *parsed;
        return std::nullopt;
    }
    verdict operator()(choice_ref to) const {
        auto const* text = std::get_if<std::string>(&v.value);
        if (text == nullptr) return wrong_type(v, "one of " + allowed_text(k));
        for (std::size_t i = 0; i < k.choices.size(); ++i)
            if (k.choices[i] == *text) return to.set(to.at, i), std::nullopt;
        return not_a_choice(k, *text);
    }
    verdict operator()(std::vector<std::string>* to) const {
        auto const* list = std::get_if<std::vector<raw_value>>(&v.value);
        if (list == nullptr) return wrong_type(v, "a list of texts, such as [\"a\", \"b\"]");
        std::vector<std::string> made;
        for (auto const& item : *list) {
            auto const* text = std::get_if<std::string>(&item.value);
            if (text == nullptr)
                return fmt::format("holds {}, but must hold texts only", kind_of(item));
            made.push_back(*text);
        }
        *to = std::move(made);
        return std::nullopt;
    }
    verdict operator()(std::optional<std::set<int>>* to) const {
        auto const* list = std::get_if<std::vector<raw_value>>(&v.value);
        if (list == nullptr) return wrong_type(v, "a list of numbers, such as [500, 502]");
        std::set<int> made;
        for (auto const& item : *list) {
            auto const* n = std::get_if<std::int64_t>(&item.value);
            if (n == nullptr)
                return fmt::format("holds {}, but must hold whole numbers only", kind_of(item));
            if (!within(k, static_cast<double>(*n))) return out_of_range(k, std::to_string(*n));
            made.insert(static_cast<int>(*n));
        }
        *to = std::move(made);
        return std::nullopt;
    }
};

/// The parts of a comma-separated variable; empty text is an empty list.
std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
        auto const cut = std::min(text.find(','), text.size());
        parts.emplace_back(text.substr(0, cut));
        text.remove_prefix(std::min(cut + 1, text.size()));
    }
    return parts;
}

template <class Number>
std::optional<Number> whole(std::string_view text) {
    Number number{};
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (ec != std::errc{} || end != text.data() + text.size() || text.empty()) return std::nullopt;
    return number;
}

/// A variable's text as the file would have written it.
struct reader {
    std::string_view text;

    raw_value as_text() const { return {std::string(text)}; }
    raw_value as_whole() const {
        if (auto const n = whole<std::int64_t>(text)) return {*n};
        return as_text();
    }
    raw_value operator()(std::string*) const { return as_text(); }
    raw_value operator()(milliseconds*) const { return as_text(); }
    raw_value operator()(choice_ref) const { return as_text(); }
    raw_value operator()(std::uint32_t*) const { return as_whole(); }
    raw_value operator()(std::uint64_t*) const { return as_whole(); }
    raw_value operator()(bool*) const {
        if (text == "true" || text == "1") return {true};
        if (text == "false" || text == "0") return {false};
        return as_text();
    }
    raw_value operator()(double*) const {
        if (auto const n = whole<double>(text)) return {*n};
        return as_text();
    }
    raw_value operator()(std::vector<std::string>*) const {
        std::vector<raw_value> list;
        for (auto& part : split(text))
            list.push_back({std::move(part)});
        return {std::move(list)};
    }
    raw_value operator()(std::optional<std::set<int>>*) const {
        std::vector<raw_value> list;
        for (auto const& part : split(text))
            list.push_back(reader{part}.as_whole());
        return {std::move(list)};
    }
};

}  // namespace

std::optional<std::string> assign(key const& k, target const& to, raw_value const& value) {
    return std::visit(assigner{k, value}, to);
}

std::optional<std::string> assign_text(key const& k, target const& to, std::string_view text) {
    return assign(k, to, std::visit(reader{text}, to));
}

}  // namespace setclick::settings
