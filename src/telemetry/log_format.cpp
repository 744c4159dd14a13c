#include "log_format.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <iterator>
#include <utility>

#include "setclickd/base/text.hpp"

namespace setclick::telemetry {
namespace {

constexpr std::size_t message_limit = 4096;
constexpr std::size_t value_limit = 1024;

constexpr std::array<std::pair<std::string_view, level>, 4> levels{{{"debug", level::debug},
                                                                    {"info", level::info},
                                                                    {"warn", level::warn},
                                                                    {"error", level::error}}};

/// The message is ours and its foreign parts are escaped already: only what would break the line is
/// escaped, the backslashes of those escapes are not doubled.
std::string one_line(std::string_view message) {
    std::string out;
    message = message.substr(0, message_limit);
    for (;;) {
        auto const cut = message.find('\\');
        out += printable(message.substr(0, cut), message_limit);
        if (cut == std::string_view::npos) return out;
        out += '\\';
        message.remove_prefix(cut + 1);
    }
}

std::string number_text(double value) {
    std::array<char, 64> buffer{};
    auto const [end, ec] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
    return ec == std::errc{} ? std::string(buffer.data(), end) : std::string("0");
}

/// Backslashes that `printable` wrote stay as they are: what is undone on reading is exactly what
/// was done here.
std::string quoted(std::string_view clean) {
    std::string out = "\"";
    for (char const c : clean) {
        if (c == '"') out += '\\';
        out += c;
    }
    return out + '"';
}

bool needs_quotes(std::string_view clean) {
    return clean.empty() || clean.find_first_of(" \"=\\") != std::string_view::npos;
}

/// JSON has its own escapes: every backslash is doubled, so that a parser gives back the printable
/// form.
std::string json_string(std::string_view clean) {
    std::string out = "\"";
    for (char const c : clean) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
    return out + '"';
}

std::string plain_value(field::value_type const& value) {
    struct visitor {
        std::string operator()(std::string_view v) const {
            auto const clean = printable(v, value_limit);
            return needs_quotes(clean) ? quoted(clean) : clean;
        }
        std::string operator()(std::int64_t v) const { return std::to_string(v); }
        std::string operator()(std::uint64_t v) const { return std::to_string(v); }
        std::string operator()(double v) const { return number_text(v); }
        std::string operator()(bool v) const { return v ? "true" : "false"; }
    };
    return std::visit(visitor{}, value);
}

std::string json_value(field::value_type const& value) {
    if (auto const* text = std::get_if<std::string_view>(&value))
        return json_string(printable(*text, value_limit));
    // Infinity and NaN are no JSON.
    if (auto const* number = std::get_if<double>(&value))
        if (!(*number - *number == 0)) return "null";
    return plain_value(value);
}

std::string pairs(std::span<field const> fields) {
    std::string out;
    for (auto const& f : fields)
        fmt::format_to(std::back_inserter(out), " {}={}", f.key, plain_value(f.value));
    return out;
}

std::string json_line(level l, wall_time now, std::string_view message,
                      std::span<field const> fields) {
    auto out = fmt::format(R"({{"ts":"{}","level":"{}","msg":{})", wall_text(now, true), name_of(l),
                           json_string(one_line(message)));
    for (auto const& f : fields)
        fmt::format_to(std::back_inserter(out), ",{}:{}", json_string(f.key), json_value(f.value));
    return out + "}";
}

}  // namespace

char priority(level l) noexcept {
    switch (l) {
        case level::debug:
            return '7';
        case level::info:
            return '6';
        case level::warn:
            return '4';
        case level::error:
            return '3';
    }
    return '6';
}

std::string unquoted_value(field::value_type const& value) {
    if (auto const* text = std::get_if<std::string_view>(&value))
        return printable(*text, value_limit);
    return plain_value(value);
}

std::string_view name_of(level l) noexcept {
    return levels[static_cast<std::size_t>(l)].first;
}

std::optional<level> level_named(std::string_view name) noexcept {
    for (auto const& [text, value] : levels)
        if (text == name) return value;
    return std::nullopt;
}

std::string format_line(log_format format, level l, wall_time now, std::string_view message,
                        std::span<field const> fields) {
    switch (format) {
        case log_format::journald:
            return fmt::format("<{}>{}{}", priority(l), one_line(message), pairs(fields));
        case log_format::logfmt:
            return fmt::format("ts={} level={} msg={}{}", wall_text(now, true), name_of(l),
                               quoted(one_line(message)), pairs(fields));
        case log_format::json:
            return json_line(l, now, message, fields);
        case log_format::automatic:
        case log_format::text:
            break;
    }
    return fmt::format("{} {:<6}{}{}", wall_text(now, true), name_of(l), one_line(message),
                       pairs(fields));
}

log_format choose_format(log_format wanted, std::string_view journal_stream,
                         std::string_view device_inode) {
    if (wanted != log_format::automatic) return wanted;
    bool const is_journal = !journal_stream.empty() && journal_stream == device_inode;
    return is_journal ? log_format::journald : log_format::text;
}

}  // namespace setclick::telemetry
