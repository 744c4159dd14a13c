#include "table_file.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/event/wide_text.hpp"

namespace setclick::cli {
namespace {

/// Finds the header and looks at nothing else.
class header_only final : public csv::values_survey {
public:
    explicit header_only(csv::profiles const& known) : known_(known) {}

    std::size_t known_names(std::span<std::string_view const> cells) const override {
        return static_cast<std::size_t>(std::ranges::count_if(
            cells, [&](auto const cell) { return known_.knows_column(cell); }));
    }
    void header(std::span<std::string_view const>, std::span<csv::parameter const>) override {}
    void row(std::span<std::string_view const>, std::uint64_t) override {}
    std::string result() const override { return {}; }
    std::string refusal() const override { return {}; }

private:
    csv::profiles const& known_;
};

error read_error(std::string const& shown) {
    return errno_error(errno, "read", printable(shown, 4096));
}

/// From its start to its end.
result<table_file> surveyed(int fd, std::string const& shown, csv::values_survey& values,
                            std::size_t max_row, look_progress const& progress) {
    if (::lseek(fd, 0, SEEK_SET) != 0) return read_error(shown);
    csv::survey survey(values, max_row);
    std::string window;
    for (bool at_end = false; !survey.finished();) {
        auto const ended = read_more(fd, shown, window);
        if (!ended) return ended.error();
        at_end = *ended;
        window.erase(0, survey.consume(window, at_end));
        if (progress) progress(survey.offset());
        if (at_end && !survey.finished() && window.empty()) break;
    }
    table_file out;
    out.refusal = survey.refusal();
    out.is_empty = out.refusal.empty() && survey.is_empty();
    // Where only what the columns mean speaks against the file, it is known how it is laid out.
    if (!out.refusal.empty() && out.refusal == values.refusal()) out.laid_out = survey.found();
    if (!out.refusal.empty() || out.is_empty) return out;
    out.laid_out = survey.found();
    std::string head(out.laid_out.rows_offset, '\0');
    auto const n = ::pread(fd, head.data(), head.size(), 0);
    if (n < 0 || static_cast<std::size_t>(n) != head.size()) return read_error(shown);
    out.header = csv::header_of(out.laid_out, head, max_row);
    if (::lseek(fd, static_cast<off_t>(out.laid_out.rows_offset), SEEK_SET) < 0)
        return read_error(shown);
    return out;
}

std::string_view name_of(char separator) noexcept {
    switch (separator) {
        case ',':
            return "commas";
        case ';':
            return "semicolons";
        case '\t':
            return "tabs";
        case '|':
            return "bars";
        default:
            return "a separator of its own";
    }
}

std::string_view name_of(csv::line_end ends) noexcept {
    switch (ends) {
        case csv::line_end::lf:
            return "LF";
        case csv::line_end::crlf:
            return "CRLF";
        case csv::line_end::cr:
            return "CR";
    }
    return "LF";
}

}  // namespace

std::string layout_text(csv::layout const& l) {
    std::string out(event::name_of(l.encoding));
    if (l.has_bom) out += " with a byte order mark";
    out += ", cells between " + std::string(name_of(l.separator)) + ", lines end in " +
           std::string(name_of(l.ends)) + "; the header is line " + grouped(l.header_line);
    if (l.ours > 0) out += "; from rejected/ (its first two columns are ours)";
    return out;
}

bool is_table_name(std::string_view file_name, csv::profiles const& known) {
    auto const end = lowered(file_name.substr(std::min(file_name.rfind('.'), file_name.size())));
    if (end == ".csv" || end == ".tsv") return true;
    return end == ".txt" && known.has_match(file_name);
}

result<bool> read_more(int fd, std::string const& shown, std::string& window) {
    constexpr std::size_t chunk = 256 * 1024;
    auto const had = window.size();
    window.resize(had + chunk);
    auto n = ::read(fd, window.data() + had, chunk);
    while (n < 0 && errno == EINTR)
        n = ::read(fd, window.data() + had, chunk);
    if (n < 0) return read_error(shown);
    window.resize(had + static_cast<std::size_t>(n));
    return n == 0;
}

result<table_file> look_at_table(int fd, std::string const& shown, std::string_view file_name,
                                 csv::mapping_rules const& rules, std::string_view wanted,
                                 std::size_t max_row, look_progress const& progress) {
    csv::mapping_survey values(rules, file_name, wanted);
    auto out = surveyed(fd, shown, values, max_row, progress);
    if (!out || !out->refusal.empty() || out->is_empty) return out;
    std::vector<std::string_view> const names(out->header.names.begin(), out->header.names.end());
    auto made = csv::mapping::of(rules, names, out->header.parameters, out->laid_out.values);
    if (!made)
        out->refusal = made.error().message;
    else
        out->columns.emplace(std::move(*made));
    out->why = values.why();
    return out;
}

result<table_file> header_of_table(int fd, std::string const& shown, csv::profiles const& known,
                                   std::size_t max_row) {
    header_only values(known);
    return surveyed(fd, shown, values, max_row, {});
}

}  // namespace setclick::cli
