#include "report.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <optional>

#include "chosen_account.hpp"
#include "configuration.hpp"
#include "read_progress.hpp"
#include "report_output.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/operations/command_executor.hpp"
#include "setclickd/readback/page_reader.hpp"
#include "stop_signal.hpp"

namespace setclick::cli {
namespace {

constexpr std::uint32_t page_rows = 100;  // the most that the vendor documents

std::size_t terminal_width() {
    winsize size{};
    return ::ioctl(1, TIOCGWINSZ, &size) == 0 && size.ws_col > 20 ? size.ws_col : 80;
}

class reporting {
public:
    reporting(report_options const& options, settings::settings const& s, console const& io)
        : options_(options),
          s_(s),
          io_(io),
          progress_(io, (options.limit + page_rows - 1) / page_rows) {}

    result<int> run() {
        auto const format = report_format_named(options_.format);
        if (!format) return format.error();
        if (!options_.by.empty() || options_.plot) {
            auto by = reconcile::columns_from(options_.by.empty() ? "day" : options_.by);
            if (!by) return by.error();
            counts_.emplace(std::move(*by));
        }
        auto plan = planned();
        if (!plan) return plan.error();
        auto access = operations::find_executor_for_reading(s_);
        if (!access) return access.error();
        auto const& stop = stop_on_signal();
        auto pages = readback::page_reader::open(
            s_, **access, std::move(*plan), stop,
            [this](readback::page_progress const& at) { progress_.show(at); });
        if (!pages) return pages.error();
        report_output output(*format);
        auto const read = read_all(*pages, output);
        progress_.clear();
        if (!read) {
            if (!stop) return read.error();
            io_.err << "setclickd: interrupted after " << counted(given_, "row")
                    << (counts_ ? "; they are not counted" : "") << std::endl;
            return static_cast<int>(exit_code::partly);
        }
        if (counts_)
            io_.out << (options_.plot ? plot_text(*counts_, terminal_width())
                                      : counts_text(*counts_, *format));
        else
            io_.out << output.foot();
        return end_of(pages->walk());
    }

private:
    result<readback::page_plan> planned() {
        readback::page_plan plan;
        auto const account = chosen_account(s_, options_.account);
        if (!account) return account.error();
        plan.account = *account;
        auto const range = api::date_range(options_.date_range);
        if (!range) return range.error();
        plan.date_range = *range;
        plan.country = options_.country;
        plan.skip = options_.skip;
        // Where a label is chosen here, the rows that are asked for are not those that are printed.
        bool const is_short = options_.limit > 0 && options_.label.empty();
        plan.page_rows =
            is_short
                ? static_cast<std::uint32_t>(std::min<std::uint64_t>(page_rows, options_.limit))
                : page_rows;
        api::report_query query;
        query.country = plan.country;
        if (auto const checked = check(query); !checked) return checked.error();
        return plan;
    }

    result<void> read_all(readback::page_reader& pages, report_output& output) {
        std::vector<api::report_row> rows;
        if (!counts_) io_.out << output.head();
        for (;;) {
            auto const more = pages.next(rows);
            if (!more) return more.error();
            if (!*more) return {};
            if (!options_.label.empty())
                std::erase_if(rows, [&](auto const& row) { return row.label != options_.label; });
            if (options_.limit > 0 && given_ + rows.size() > options_.limit)
                rows.resize(options_.limit - given_);
            given_ += rows.size();
            if (counts_) {
                for (auto const& row : rows)
                    counts_->add(row);
            } else {
                progress_.clear();
                io_.out << output.rows(rows) << std::flush;
                if (!io_.out) return fail(errc::io, "cannot write to standard output");
            }
            progress_.show({pages.walk().pages(), given_, {}, false, {}});
            if (options_.limit > 0 && given_ >= options_.limit) return {};
        }
    }

    int end_of(reconcile::page_walk const& walk) {
        if (walk.is_certain()) return 0;
        io_.err << "setclickd: rows vanished from the report while it was read; some may be "
                   "missing here. Run it again\n";
        return static_cast<int>(exit_code::partly);
    }

    report_options const& options_;
    settings::settings const& s_;
    console const& io_;
    read_progress progress_;
    std::optional<reconcile::row_counts> counts_;
    std::uint64_t given_ = 0;
};

}  // namespace

int report_microconversions(report_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const code = reporting(options, read->values, io).run();
    return code ? *code : io.complain(code.error());
}

}  // namespace setclick::cli
