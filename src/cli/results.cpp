#include "results.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <limits>
#include <string>
#include <string_view>
#include <utility>

#include "setclickd/csv/write.hpp"

namespace setclick::cli {
namespace {

constexpr std::uint32_t page_size = 1000;
constexpr std::uint64_t no_line = std::numeric_limits<std::uint64_t>::max();

void write_row(console const& io, std::uint64_t line, std::string_view result, std::string_view at,
               std::string_view reason, std::string_view event) {
    std::string out = std::to_string(line);
    for (auto const cell : {result, at, reason, event}) {
        out += ',';
        csv::append_own_cell(out, cell, ',');
    }
    io.out << out << "\n";
}

/// One of the three kinds of a file's rows, a page at a time.
template <class Row>
class pages {
public:
    explicit pages(std::function<result<bool>(std::deque<Row>&)> next) : next_(std::move(next)) {}

    /// The line of the next row; `no_line` behind the last one.
    result<std::uint64_t> line() {
        while (rows_.empty() && !is_over_) {
            auto const more = next_(rows_);
            if (!more) return more.error();
            is_over_ = !*more;
        }
        return rows_.empty() ? no_line : rows_.front().line;
    }
    Row take() {
        Row out = std::move(rows_.front());
        rows_.pop_front();
        return out;
    }

private:
    std::function<result<bool>(std::deque<Row>&)> next_;
    std::deque<Row> rows_;
    bool is_over_ = false;
};

class results_of_file {
public:
    results_of_file(ledger::reader& from, file_no file, console const& io)
        : from_(&from), file_(file), io_(&io) {}

    result<void> write() {
        for (;;) {
            auto const event = events_.line();
            auto const refused = refused_.line();
            auto const duplicate = duplicates_.line();
            if (!event) return event.error();
            if (!refused) return refused.error();
            if (!duplicate) return duplicate.error();
            auto const next = std::min({*event, *refused, *duplicate});
            if (next == no_line) return {};
            if (next == *event)
                write_event(events_.take());
            else if (next == *refused)
                write_refused(refused_.take());
            else
                write_duplicate(duplicates_.take());
        }
    }

private:
    void write_event(ledger::event_row const& row) const {
        auto const at = row.at == wall_time{} ? std::string() : wall_text(row.at);
        auto reason = row.reason;
        if (row.in_doubt_ever)
            reason += std::string(reason.empty() ? "" : "; ") + "may have been received before";
        write_row(*io_, row.line, ledger::name_of(row.state), at, reason,
                  std::to_string(row.no.value));
    }
    void write_refused(ledger::refused_row const& row) const {
        write_row(*io_, row.line, "refused", {}, row.reason, {});
    }
    void write_duplicate(ledger::duplicate_row const& row) const {
        write_row(*io_, row.line, "duplicate", {},
                  "the same as event " + std::to_string(row.first.value), {});
    }

    result<bool> more_events(std::deque<ledger::event_row>& to) {
        ledger::event_filter filter;
        filter.file = file_;
        auto page = from_->list(filter, after_event_, page_size);
        if (!page) return page.error();
        for (auto& row : page->rows)
            to.push_back(std::move(row));
        after_event_ = page->next;
        return !page->done;
    }
    result<bool> more_refused(std::deque<ledger::refused_row>& to) {
        auto page = from_->refused_lines(file_, after_refused_, page_size);
        if (!page) return page.error();
        for (auto& row : *page) {
            after_refused_ = row.line;
            to.push_back(std::move(row));
        }
        return !page->empty();
    }
    result<bool> more_duplicates(std::deque<ledger::duplicate_row>& to) {
        auto page = from_->duplicates(file_, after_duplicate_, page_size);
        if (!page) return page.error();
        for (auto& row : *page) {
            after_duplicate_ = row.line;
            to.push_back(std::move(row));
        }
        return !page->empty();
    }

    ledger::reader* from_;
    file_no file_;
    console const* io_;
    event_no after_event_{};
    std::uint64_t after_refused_ = 0;
    std::uint64_t after_duplicate_ = 0;
    pages<ledger::event_row> events_{[this](auto& to) { return more_events(to); }};
    pages<ledger::refused_row> refused_{[this](auto& to) { return more_refused(to); }};
    pages<ledger::duplicate_row> duplicates_{[this](auto& to) { return more_duplicates(to); }};
};

}  // namespace

result<void> write_results(ledger::reader& from, std::vector<ledger::file_info> const& files,
                           console const& io) {
    io.out << "line,result,at,reason,event\n";
    for (auto const& file : files)
        if (auto r = results_of_file(from, file.no, io).write(); !r) return r;
    return {};
}

}  // namespace setclick::cli
