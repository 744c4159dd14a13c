#include "results.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <limits>
#include <queue>
#include <string>
#include <string_view>
#include <utility>

#include "setclickd/csv/write.hpp"

namespace setclick::cli {
namespace {

constexpr std::uint32_t page_size = 1000;
/// Of a file with events of many accounts, all accounts together.
constexpr std::uint32_t most_event_rows = 16'000;
constexpr std::uint32_t least_page = 32;
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

/// One of the kinds of a file's rows in the order of their lines, a page at a time.
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

/// The events of a file. The ledger numbers them by account, so that those of each account are in the
/// order of their lines.
class events_of_file {
public:
    events_of_file(ledger::reader& from, file_no file, std::vector<account_no> const& accounts) {
        auto const share = most_event_rows / static_cast<std::uint32_t>(accounts.size() + 1);
        auto const limit = std::clamp(share, least_page, page_size);
        for (auto const account : accounts) {
            ledger::event_filter filter;
            filter.file = file;
            filter.account = account;
            of_account_.emplace_back(
                [&from, filter, limit, after = event_no{}](auto& to) mutable -> result<bool> {
                    auto page = from.list(filter, after, limit);
                    if (!page) return page.error();
                    for (auto& row : page->rows)
                        to.push_back(std::move(row));
                    after = page->next;
                    return !page->done;
                });
        }
        for (std::size_t i = 0; i < of_account_.size(); ++i)
            unasked_.push_back(i);
    }

    result<std::uint64_t> line() {
        for (; !unasked_.empty(); unasked_.pop_back()) {
            auto const next = of_account_[unasked_.back()].line();
            if (!next) return next.error();
            if (*next != no_line) first_.emplace(*next, unasked_.back());
        }
        return first_.empty() ? no_line : first_.top().first;
    }
    /// Behind `line`, which found one.
    ledger::event_row take() {
        auto const account = first_.top().second;
        first_.pop();
        unasked_.push_back(account);
        return of_account_[account].take();
    }

private:
    using place = std::pair<std::uint64_t, std::size_t>;  // line, index of the account
    std::vector<pages<ledger::event_row>> of_account_;
    std::priority_queue<place, std::vector<place>, std::greater<>> first_;
    std::vector<std::size_t> unasked_;
};

class results_of_file {
public:
    results_of_file(ledger::reader& from, file_no file, std::vector<account_no> const& accounts,
                    console const& io)
        : from_(&from), file_(file), io_(&io), events_(from, file, accounts) {}

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
        for (auto const& row : *page) {
            after_duplicate_ = row.line;
            to.push_back(row);
        }
        return !page->empty();
    }

    ledger::reader* from_;
    file_no file_;
    console const* io_;
    std::uint64_t after_refused_ = 0;
    std::uint64_t after_duplicate_ = 0;
    events_of_file events_;
    pages<ledger::refused_row> refused_{[this](auto& to) { return more_refused(to); }};
    pages<ledger::duplicate_row> duplicates_{[this](auto& to) { return more_duplicates(to); }};
};

}  // namespace

result<void> write_results(ledger::reader& from, std::vector<ledger::file_info> const& files,
                           console const& io) {
    auto const known = from.accounts();
    if (!known) return known.error();
    std::vector<account_no> accounts;
    for (auto const& account : *known)
        accounts.push_back(account.no);
    io.out << "line,result,at,reason,event\n";
    for (auto const& file : files)
        if (auto r = results_of_file(from, file.no, accounts, io).write(); !r) return r;
    return {};
}

}  // namespace setclick::cli
