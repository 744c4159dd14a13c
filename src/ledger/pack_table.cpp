#include "pack_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace setclick::ledger {
namespace {

constexpr std::size_t cache_limit = 4096;

void append_number(std::string& out, std::uint64_t value) {
    std::array<char, 20> digits{};
    auto const [end, _] = std::to_chars(digits.data(), digits.data() + digits.size(), value);
    out.append(digits.data(), end);
}

std::string lengths_text(pack_draft const& draft) {
    std::string out;
    for (auto const length : draft.lengths) {
        if (!out.empty()) out += ' ';
        append_number(out, length);
    }
    return out;
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

pack_table::pack_table(connection& db)
    : insert_(db,
              "INSERT INTO pack(first, count, file, imported_at, lines, lengths, body) "
              "VALUES(?, ?, ?, ?, ?, ?, ?)"),
      select_origin_(db,
                     "SELECT first, count, file, imported_at FROM pack WHERE first <= ? "
                     "ORDER BY first DESC LIMIT 1"),
      select_records_(db,
                      "SELECT first, count, file, imported_at, lengths, body FROM pack "
                      "WHERE first <= ? ORDER BY first DESC LIMIT 1"),
      select_lines_(
          db, "SELECT first, count, lines FROM pack WHERE first <= ? ORDER BY first DESC LIMIT 1"),
      rewrite_(db, "UPDATE pack SET lengths = ?2, body = ?3 WHERE first = ?1") {}

void pack_table::missing(std::uint64_t id) {
    throw failure(fail(errc::not_found, "the record of event " + std::to_string(id) +
                                            " is no longer in the ledger"));
}

void pack_table::insert(pack_draft const& draft, std::int64_t imported_at) {
    auto const lengths = lengths_text(draft);
    auto const lines = line_runs(draft.lines);
    insert_.run(draft.first, draft.count, draft.file, imported_at, std::string_view(lines),
                std::string_view(lengths), std::string_view(draft.body));
}

void pack_table::rewrite(std::uint64_t first, pack_draft const& records) {
    auto const lengths = lengths_text(records);
    rewrite_.run(first, std::string_view(lengths), std::string_view(records.body));
}

bool pack_table::has_record(std::uint64_t id) {
    bool has = false;
    read(id, id, [&](std::uint64_t, std::string_view record) { has = !record.empty(); });
    return has;
}

origin const& pack_table::remember(origin const& o) {
    return cache_.insert_or_assign(o.first, o).first->second;
}

origin const* pack_table::look_up(std::uint64_t id) {
    auto const it = cache_.upper_bound(id);
    if (it != cache_.begin())
        if (auto const& known = std::prev(it)->second; known.last >= id) return &known;
    auto rows = select_origin_.rows(id);
    if (!rows.next() || id >= rows.number(0) + rows.number(1)) return nullptr;
    return &remember({rows.number(0), rows.number(0) + rows.number(1) - 1,
                      static_cast<file_no>(rows.number(2)), rows.integer(3)});
}

origin const& pack_table::find(std::uint64_t id) {
    auto const* found = look_up(id);
    if (found == nullptr) missing(id);
    return *found;
}

std::uint64_t pack_table::line_of(std::uint64_t id) {
    auto rows = select_lines_.rows(id);
    if (!rows.next() || id >= rows.number(0) + rows.number(1)) missing(id);
    return line_at(rows.text(2), id - rows.number(0));
}

void pack_table::trim() noexcept {
    if (cache_.size() > cache_limit) cache_.clear();
}

}  // namespace setclick::ledger
