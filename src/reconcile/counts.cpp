#include "setclickd/reconcile/counts.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "setclickd/base/text.hpp"

namespace setclick::reconcile {
namespace {

constexpr std::array<std::string_view, 5> names{"day", "label", "source", "medium", "campaign"};

std::string const& value_of(api::report_row const& row, column c) noexcept {
    switch (c) {
        case column::day:
            return row.date;
        case column::label:
            return row.label;
        case column::source:
            return row.utm_source;
        case column::medium:
            return row.utm_medium;
        case column::campaign:
            break;
    }
    return row.utm_campaign;
}

constexpr std::array<std::string_view, 9> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};

std::string bar_of(std::uint64_t count, std::uint64_t largest, std::size_t cells) {
    auto const parts =
        static_cast<double>(count) / static_cast<double>(largest) * static_cast<double>(cells) * 8;
    auto const length =
        count == 0 ? std::size_t{0} : std::max<std::size_t>(1, static_cast<std::size_t>(parts));
    std::string out;
    for (std::size_t i = 0; i < length / 8; ++i)
        out += eighths[8];
    return out += eighths[length % 8];
}

}  // namespace

std::string_view name_of(column c) noexcept {
    return names[static_cast<std::size_t>(c)];
}

std::span<std::string_view const> column_names() noexcept {
    return names;
}

result<std::vector<column>> columns_from(std::string_view text) {
    std::vector<column> out;
    for (auto rest = text;;) {
        auto const comma = rest.find(',');
        auto const name = rest.substr(0, comma);
        auto const known = std::find(names.begin(), names.end(), name);
        if (known == names.end()) {
            auto const near = nearest(name, names);
            return fail(
                errc::usage,
                fmt::format("cannot count by \"{}\"; {}", printable(name, 60),
                            near.empty() ? std::string("use day, label, source, medium or campaign")
                                         : fmt::format("did you mean \"{}\"?", near)));
        }
        auto const c = static_cast<column>(known - names.begin());
        if (std::find(out.begin(), out.end(), c) != out.end())
            return fail(errc::usage,
                        fmt::format("\"{}\" stands twice in \"{}\"", name, printable(text, 60)));
        out.push_back(c);
        if (comma == std::string_view::npos) return out;
        rest.remove_prefix(comma + 1);
    }
}

void row_counts::add(api::report_row const& row) {
    std::vector<std::string> key;
    key.reserve(by_.size());
    for (auto const c : by_)
        key.push_back(value_of(row, c));
    ++counts_[std::move(key)];
}

std::vector<std::string> plotted(std::vector<bar> const& bars, std::size_t width) {
    std::size_t name_width = 0;
    std::size_t count_width = 0;
    std::uint64_t largest = 1;
    auto const longest_name = std::max<std::size_t>(8, width / 2);
    for (auto const& b : bars) {
        name_width = std::max(name_width, std::min(b.name.size(), longest_name));
        count_width = std::max(count_width, grouped(b.count).size());
        largest = std::max(largest, b.count);
    }
    auto const taken = name_width + count_width + 4;
    auto const cells = width > taken + 4 ? width - taken : 4;
    std::vector<std::string> out;
    for (auto const& b : bars) {
        auto name = b.name.size() > longest_name ? b.name.substr(0, longest_name) : b.name;
        name.resize(std::max(name.size(), name_width), ' ');
        out.push_back(name + "  " + bar_of(b.count, largest, cells) + "  " + grouped(b.count));
    }
    return out;
}

}  // namespace setclick::reconcile
