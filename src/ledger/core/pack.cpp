#include "pack.hpp"

#include <array>
#include <charconv>

#include "failure.hpp"

namespace setclick::ledger {
namespace {

void append_number(std::string& out, std::uint64_t value) {
    std::array<char, 20> digits{};
    auto const [end, _] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), end);
}

std::uint64_t take_number(std::string_view& text) {
    std::uint64_t value = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc{})
        throw failure(
            fail(errc::io, "a record in the ledger is damaged; run `setclickd ledger check`"));
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

}  // namespace

std::string lengths_text(pack_draft const& draft) {
    std::string out;
    for (auto const length : draft.lengths) {
        if (!out.empty()) out += ' ';
        append_number(out, length);
    }
    return out;
}

void pack_draft::add(std::uint64_t line, std::string_view record) {
    lines.push_back(line);
    lengths.push_back(static_cast<std::uint32_t>(record.size()));
    if (count++ > 0) body += '\n';
    body += record;
}

std::string line_runs(std::vector<std::uint64_t> const& lines) {
    std::string out;
    for (std::size_t i = 0; i < lines.size();) {
        auto end = i + 1;
        while (end < lines.size() && lines[end] == lines[end - 1] + 1)
            ++end;
        if (!out.empty()) out += ',';
        append_number(out, lines[i]);
        if (end - i > 1) {
            out += '-';
            append_number(out, lines[end - 1]);
        }
        i = end;
    }
    return out;
}

std::uint64_t line_at(std::string_view runs, std::uint64_t index) {
    while (!runs.empty()) {
        auto const first = take_number(runs);
        auto last = first;
        if (runs.starts_with('-')) {
            runs.remove_prefix(1);
            last = take_number(runs);
        }
        if (index <= last - first) return first + index;
        index -= last - first + 1;
        if (runs.starts_with(',')) runs.remove_prefix(1);
    }
    return 0;
}

std::uint64_t record_walk::next_length() {
    if (lengths_.starts_with(' ')) lengths_.remove_prefix(1);
    return take_number(lengths_);
}

void record_walk::skip(std::uint64_t count) {
    for (; count > 0; --count)
        at_ += next_length() + 1;
}

std::string_view record_walk::next() {
    auto const length = next_length();
    if (at_ + length > body_.size())
        throw failure(
            fail(errc::io, "a record in the ledger is damaged; run `setclickd ledger check`"));
    auto const record = body_.substr(at_, length);
    at_ += length + 1;
    return record;
}

}  // namespace setclick::ledger
