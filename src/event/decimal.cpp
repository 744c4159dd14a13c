#include "decimal.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "setclickd/base/ascii.hpp"

namespace setclick::event {
namespace {

/// The number after e or E; far beyond any double where it has too many digits.
std::int64_t exponent_of(std::string_view text) noexcept {
    if (!text.empty() && text.front() == '+') text.remove_prefix(1);
    std::int64_t value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    constexpr std::int64_t far = 1'000'000'000'000;
    if (ec != std::errc{}) return text.front() == '-' ? -far : far;
    return std::clamp(value, -far, far);
}

std::string_view without_zeros(std::string_view digits, std::int64_t& exponent) noexcept {
    auto const first = digits.find_first_not_of('0');
    if (first == std::string_view::npos) return {};
    auto const last = digits.find_last_not_of('0');
    exponent += static_cast<std::int64_t>(digits.size() - 1 - last);
    return digits.substr(first, last - first + 1);
}

}  // namespace

decimal decimal_of(std::string_view source, char* scratch) noexcept {
    decimal out;
    if (source.front() == '-') {
        out.negative = true;
        source.remove_prefix(1);
    }
    auto const* const begin = source.data();
    auto const* const end = begin + source.size();
    auto const* p = std::find_if_not(begin, end, is_digit);
    auto digits = source.substr(0, static_cast<std::size_t>(p - begin));
    if (p != end && *p == '.') {
        auto const* const fraction = ++p;
        p = std::find_if_not(p, end, is_digit);
        auto const size = static_cast<std::size_t>(p - fraction);
        std::memcpy(scratch, digits.data(), digits.size());
        std::memcpy(scratch + digits.size(), fraction, size);
        digits = {scratch, digits.size() + size};
        out.exponent -= static_cast<std::int64_t>(size);
    }
    if (p != end) out.exponent += exponent_of({p + 1, static_cast<std::size_t>(end - p - 1)});
    out.digits = without_zeros(digits, out.exponent);
    if (out.digits.empty()) return {};
    return out;
}

bool fits_double(decimal const& value, std::string_view source) noexcept {
    if (value.digits.empty()) return true;
    auto const magnitude = value.exponent + static_cast<std::int64_t>(value.digits.size()) - 1;
    if (magnitude > -308 && magnitude < 308) return true;
    if (magnitude < -324 || magnitude > 308) return false;
    double d = 0;
    return std::from_chars(source.data(), source.data() + source.size(), d).ec == std::errc{};
}

std::optional<std::int64_t> whole(decimal const& value) noexcept {
    if (value.digits.empty()) return 0;
    if (value.exponent < 0 || value.exponent > 18 || value.digits.size() > 19) return {};
    std::int64_t out = 0;
    auto const* const end = value.digits.data() + value.digits.size();
    if (std::from_chars(value.digits.data(), end, out).ec != std::errc{}) return {};
    for (auto i = value.exponent; i > 0; --i) {
        if (out > std::numeric_limits<std::int64_t>::max() / 10) return {};
        out *= 10;
    }
    return value.negative ? -out : out;
}

}  // namespace setclick::event
