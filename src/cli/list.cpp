#include "list.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <iomanip>
#include <limits>

#include "configuration.hpp"
#include "results.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/ledger/reasons.hpp"
#include "setclickd/setup/ledger.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;
using ledger::file_info;

constexpr std::size_t most_reasons = 20;

json::value time_or_null(wall_time t) {
    return t == wall_time{} ? json::value(nullptr) : json::value(wall_text(t));
}

std::string where_from(std::string const& file, std::uint64_t line) {
    return printable(file, 100) + ":" + std::to_string(line);
}

char const* stage_of(ledger::file_info const& f) {
    if (f.given_up) return "given up";
    switch (f.state) {
        case ledger::file_state::importing:
            return "importing";
        case ledger::file_state::open:
            return "open";
        case ledger::file_state::complete:
            return "complete";
        case ledger::file_state::done:
            return "done";
    }
    return "";
}

class listing {
public:
    listing(list_options const& options, ledger::reader& from, console const& io)
        : options_(options),
          from_(from),
          io_(io),
          left_(options.limit == 0 ? std::numeric_limits<std::uint64_t>::max() : options.limit) {}

    result<void> events(std::vector<ledger::event_filter> const& filters) {
        for (auto const& filter : filters) {
            event_no after{};
            for (bool done = false; !done;) {
                if (left_ == 0) return cut();
                auto const page =
                    from_.list(filter, after,
                               static_cast<std::uint32_t>(std::min<std::uint64_t>(left_, 1000)));
                if (!page) return page.error();
                for (auto const& row : page->rows)
                    event(row);
                left_ -= page->rows.size();
                after = page->next;
                done = page->done;
            }
        }
        end(shown_);
        return {};
    }

    /// What never became an event: lines that were refused, lines that were there before.
    result<void> lines(std::vector<file_info> const& files, bool duplicates) {
        for (auto const& file : files) {
            std::uint64_t after = 0;
            for (bool done = false; !done;) {
                if (left_ == 0) return cut();
                auto const limit = static_cast<std::uint32_t>(std::min<std::uint64_t>(left_, 1000));
                auto const got = duplicates ? duplicate_lines(file, after, limit)
                                            : refused_lines(file, after, limit);
                if (!got) return got.error();
                left_ -= *got;
                done = *got < limit;
            }
        }
        end(shown_);
        return {};
    }

    result<void> counts(std::vector<file_info> const& files) {
        for (auto const& file : files) {
            ledger::reasons_walk walk(from_, file);
            for (bool done = false; !done;) {
                auto const walked = walk.turn();
                if (!walked) return walked.error();
                done = *walked;
            }
            auto const refused = walk.refused().top(most_reasons);
            auto const rejected = walk.rejected().top(most_reasons);
            if (options_.json)
                io_.out << json::serialize(counts_json(file, refused, rejected)) << "\n";
            else
                counts_text(file, refused, rejected);
        }
        return {};
    }

private:
    using reasons = std::vector<std::pair<std::string, std::uint64_t>>;

    result<void> cut() {
        io_.out.flush();
        io_.err << "only the first " << counted(options_.limit, "line") << "; --limit 0 shows all"
                << std::endl;
        return {};
    }

    void end(std::uint64_t shown) const {
        if (shown > 0 || options_.json) return;
        io_.err << "nothing matches";
        if (options_.filter.state == "rejected")
            io_.err << "; a line that could not be taken never became an event: --file NAME "
                       "--state refused";
        io_.err << std::endl;
    }

    void event(ledger::event_row const& e) {
        ++shown_;
        if (options_.json) {
            json::object one{{"id", e.no.value},
                             {"account", printable(e.account_id)},
                             {"state", name_of(e.state)},
                             {"file", printable(e.file_name, 4096)},
                             {"line", e.line},
                             {"attempts", e.attempts}};
            one["reason"] = e.reason;
            one["in_doubt_ever"] = e.in_doubt_ever;
            one["due"] = time_or_null(e.due);
            one["taken_at"] = time_or_null(e.imported_at);
            one["since"] = time_or_null(e.at);
            io_.out << json::serialize(one) << "\n";
            return;
        }
        if (shown_ == 1)
            io_.out << std::left << std::setw(16) << "ID" << std::setw(11) << "STATE"
                    << std::setw(26) << "ACCOUNT" << std::setw(22) << "SINCE" << std::setw(9)
                    << "ATTEMPTS"
                    << "FROM (REASON)\n";
        io_.out << std::left << std::setw(16) << e.no.value << std::setw(11)
                << ledger::name_of(e.state) << std::setw(26) << printable(e.account_id)
                << std::setw(22) << (e.at == wall_time{} ? "" : wall_text(e.at)) << std::setw(9)
                << e.attempts << where_from(e.file_name, e.line);
        if (!e.reason.empty()) io_.out << " (" << printable(e.reason) << ")";
        if (e.in_doubt_ever) io_.out << " [may have been received before]";
        if (e.due != wall_time{}) io_.out << ", again at " << wall_text(e.due);
        io_.out << "\n";
    }

    result<std::uint64_t> refused_lines(file_info const& file, std::uint64_t& after,
                                        std::uint32_t limit) {
        auto const rows = from_.refused_lines(file.no, after, limit);
        if (!rows) return rows.error();
        for (auto const& row : *rows) {
            ++shown_;
            if (options_.json)
                io_.out << json::serialize(
                               json::object{{"state", "refused"},
                                            {"file", printable(file.claimed.name, 4096)},
                                            {"line", row.line},
                                            {"offset", row.offset},
                                            {"length", row.length},
                                            {"reason", row.reason}})
                        << "\n";
            else
                io_.out << where_from(file.claimed.name, row.line) << ": "
                        << printable(row.reason, 4000) << "\n";
            after = row.line;
        }
        return rows->size();
    }

    result<std::uint64_t> duplicate_lines(file_info const& file, std::uint64_t& after,
                                          std::uint32_t limit) {
        auto const rows = from_.duplicates(file.no, after, limit);
        if (!rows) return rows.error();
        for (auto const& row : *rows) {
            ++shown_;
            if (options_.json)
                io_.out << json::serialize(
                               json::object{{"state", "duplicate"},
                                            {"file", printable(file.claimed.name, 4096)},
                                            {"line", row.line},
                                            {"first", row.first.value}})
                        << "\n";
            else
                io_.out << where_from(file.claimed.name, row.line) << ": the same as event "
                        << row.first.value << "\n";
            after = row.line;
        }
        return rows->size();
    }

    static json::array reasons_json(reasons const& all) {
        json::array made;
        for (auto const& [reason, count] : all)
            made.push_back({{"reason", reason}, {"count", count}});
        return made;
    }

    static json::object counts_json(file_info const& f, reasons const& refused,
                                    reasons const& rejected) {
        json::object one{{"file", printable(f.claimed.name, 4096)},
                         {"no", static_cast<std::uint64_t>(f.no)},
                         {"state", stage_of(f)}};
        one["pending"] = f.pending;
        one["delivered"] = f.delivered;
        one["rejected"] = f.rejected + f.refused;
        one["duplicate"] = f.duplicate;
        one["discarded"] = f.discarded;
        one["taken_at"] = time_or_null(f.claimed_at);
        one["finished_at"] = time_or_null(f.finished_at);
        one["done_name"] =
            f.done_name.empty() ? json::value(nullptr) : json::value(printable(f.done_name, 4096));
        one["refused_reasons"] = reasons_json(refused);
        one["rejected_reasons"] = reasons_json(rejected);
        return one;
    }

    void counts_text(file_info const& f, reasons const& refused, reasons const& rejected) {
        io_.out << printable(f.claimed.name, 4096) << ", taken " << wall_text(f.claimed_at) << ", "
                << stage_of(f);
        if (!f.done_name.empty()) io_.out << " as done/" << printable(f.done_name, 4096);
        if (f.removed) io_.out << ", no longer in done/";
        io_.out << "\n  " << grouped(f.pending) << " pending, " << grouped(f.delivered)
                << " delivered, " << grouped(f.rejected + f.refused) << " rejected, "
                << grouped(f.duplicate) << " duplicate, " << grouped(f.discarded) << " discarded\n";
        for (auto const& [reason, count] : refused)
            io_.out << "  " << grouped(count) << " refused: " << printable(reason, 1000) << "\n";
        for (auto const& [reason, count] : rejected)
            io_.out << "  " << grouped(count)
                    << " rejected by the server: " << printable(reason, 1000) << "\n";
    }

    list_options const& options_;
    ledger::reader& from_;
    console const& io_;
    std::uint64_t left_;
    std::uint64_t shown_ = 0;
};

result<void> run(list_options const& options, settings::settings const& s, console const& io) {
    auto opened = ledger::reader::open(setup::ledger_place_of(s));
    if (!opened) return opened.error();
    auto* const from = opened->get();
    if (!options.results.empty()) {
        if (options.results != "csv")
            return fail(errc::usage, "--results: write csv, the only form that there is");
        if (options.filter.file.empty()) return fail(errc::usage, "--results needs --file NAME");
        auto const files = files_of(*from, options.filter.file);
        return files ? write_results(*from, *files, io) : files.error();
    }
    listing out(options, *from, io);
    bool const is_lines = options.filter.state == "refused" || options.filter.state == "duplicate";
    if (options.counts || is_lines) {
        if (options.filter.file.empty())
            return fail(errc::usage,
                        options.counts ? "--counts needs --file NAME"
                                       : "--state " + options.filter.state + " needs --file NAME");
        auto const files = files_of(*from, options.filter.file);
        if (!files) return files.error();
        return options.counts ? out.counts(*files)
                              : out.lines(*files, options.filter.state == "duplicate");
    }
    auto const now = wall_now();
    auto const filters = resolve(*from, options.filter, now);
    if (!filters) return filters.error();
    return out.events(*filters);
}

}  // namespace

int list(list_options const& options, console const& io) {
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const done = run(options, read->values, io);
    return done ? 0 : io.complain(done.error());
}

}  // namespace setclick::cli
