#include "preview.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <optional>
#include <utility>

#include "account_zones.hpp"
#include "configuration.hpp"
#include "dropped_name.hpp"
#include "file_preview.hpp"
#include "input_file.hpp"
#include "known_events.hpp"
#include "preview_page.hpp"
#include "preview_tally.hpp"
#include "progress_line.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/csv/table_reader.hpp"
#include "setclickd/event/file_reader.hpp"
#include "setclickd/setup/accounts.hpp"
#include "table_file.hpp"
#include "terminal_width.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

/// What comes through a pipe is taken for a table: events in JSON are looked at by `submit --check`.
std::string_view name_of(std::string_view path) {
    return path == "-" ? std::string_view("standard-input.csv") : path.substr(path.rfind('/') + 1);
}

/// A look at one file after the other: joins the parts, and holds what they share.
class previewing {
public:
    previewing(preview_options const& options, settings::settings const& s, console const& io)
        : options_(options),
          s_(s),
          io_(io),
          rules_(setup::csv_rules_of(s)),
          zones_(s),
          known_(s),
          now_(wall_now()) {}

    int all() {
        for (auto const& file : options_.files)
            one(file);
        if (options_.json)
            io_.out << json::serialize(json::object{{"files", std::move(files_)}}) << "\n";
        if (worst_ != 0) return worst_;
        if (!has_refused_) return 0;
        return static_cast<int>(has_good_ ? exit_code::partly : exit_code::failed);
    }

private:
    /// A file, and how far it was read.
    struct reading {
        std::string const& path;
        input_file file;
        progress_line& progress;
    };

    void one(std::string const& path) {
        auto opened = open_again(path, s_.spool.max_file);
        if (!opened) return failed(opened.error());
        auto const name = name_of(path);
        auto const format = event::format_of(name);
        bool const is_table =
            is_table_name(name, *rules_.known) || (!format && !options_.profile.empty());
        if (!is_table && !format)
            return failed(fail(errc::usage, name_problem(std::string(name), *rules_.known)));
        file_preview out;
        out.file = printable(path, 4096);
        out.is_table = is_table;
        out.has_ledger = known_.sees_ledger();
        out.blindness = known_.blindness();
        known_.begin_file();
        preview_tally tally(s_, zones_, known_, options_.reveal, now_);
        progress_line progress(io_, opened->size);
        reading from{path, std::move(*opened), progress};
        auto const done =
            is_table ? table(from, name, tally, out) : events(from, *format, tally, out);
        progress.clear();
        if (!done) return failed(done.error());
        tally.finish(out);
        present(out);
    }

    result<void> table(reading& from, std::string_view name, preview_tally& tally,
                       file_preview& out) {
        auto looked = look_at_table(
            from.file.fd.get(), from.path, name, rules_, options_.profile, s_.spool.max_line,
            [&](std::uint64_t at) { from.progress.show("looking at the file:", at / 2); });
        if (!looked) return looked.error();
        out.refusal = looked->refusal;
        if (looked->laid_out.columns > 0) out.layout = layout_text(looked->laid_out);
        if (looked->is_empty) out.warnings.emplace_back("the file holds no row");
        if (!looked->columns) return {};
        auto& columns = *looked->columns;
        out.profile = columns.used().name;
        out.why = looked->why;
        out.columns = columns.uses();
        out.decisions = columns.decisions();
        out.warnings = columns.warnings();
        if (columns.used().click_time_is != csv::time_meaning::click) {
            out.click_time = std::move(out.warnings.front());
            out.warnings.erase(out.warnings.begin());
        }
        if (auto other = daemons_choice(*looked, name); !other.empty())
            out.warnings.push_back(std::move(other));
        event::reader reader(setup::rules_of(s_));
        event::position start;
        start.offset = looked->laid_out.rows_offset;
        start.line = looked->laid_out.rows_line;
        csv::table_reader rows(reader, columns, looked->laid_out, looked->header.names,
                               s_.spool.max_line, start);
        return read_all(from, rows, start.offset, tally, out);
    }

    result<void> events(reading& from, event::file_format format, preview_tally& tally,
                        file_preview& out) {
        event::reader reader(setup::rules_of(s_));
        event::file_reader pieces(reader, format, s_.spool.max_line);
        return read_all(from, pieces, 0, tally, out);
    }

    template <class Reader>
    result<void> read_all(reading& from, Reader& reader, std::uint64_t done, preview_tally& tally,
                          file_preview& out) {
        std::string window;
        for (bool at_end = false; !at_end || !reader.finished();) {
            auto const ended = read_more(from.file.fd.get(), from.path, window);
            if (!ended) return ended.error();
            at_end = *ended;
            auto const n = reader.consume(window, at_end, now_, [&](event::read_piece const& read) {
                tally.take(read, out);
                return true;
            });
            window.erase(0, n);
            done += n;
            from.progress.show("reading:", out.is_table ? from.file.size / 2 + done / 2 : done);
            if (at_end && n == 0 && !reader.finished()) break;
        }
        return {};
    }

    /// Of --profile: a dropped file has none, and the daemon may choose another one.
    std::string daemons_choice(table_file const& looked, std::string_view name) const {
        if (options_.profile.empty()) return {};
        std::vector<std::string_view> const header(looked.header.names.begin(),
                                                   looked.header.names.end());
        auto const chosen = csv::choose_profile(*rules_.known, name, header, {});
        auto const& used = looked.columns->used();
        if (chosen.chosen != nullptr && chosen.chosen->name == used.name) return {};
        return "once dropped, the file is read otherwise: " +
               (chosen.chosen == nullptr
                    ? "no profile is chosen for it (" + chosen.refusal + ")"
                    : "with the profile " + chosen.chosen->name + " (" + chosen.why + ")") +
               ". Give the profile " + used.name +
               " match = [\"part-of-the-name-*.csv\"], so that it takes files of this name";
    }

    void present(file_preview const& out) {
        if (out.refused > 0 || !out.refusal.empty()) has_refused_ = true;
        if (out.good > 0) has_good_ = true;
        if (options_.json) {
            files_.push_back(out.json());
            return;
        }
        if (std::exchange(has_printed_, true)) io_.out << "\n";
        print_preview(out, io_, terminal_width());
    }

    void failed(error const& e) {
        auto const exit = io_.complain(e);
        if (worst_ == 0 || exit == static_cast<int>(exit_code::io)) worst_ = exit;
    }

    preview_options const& options_;
    settings::settings const& s_;
    console const& io_;
    csv::mapping_rules rules_;
    account_zones zones_;
    known_events known_;
    wall_time now_;
    json::array files_;
    bool has_good_ = false;
    bool has_refused_ = false;
    bool has_printed_ = false;
    int worst_ = 0;
};

}  // namespace

int preview(preview_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    return previewing(options, read->values, io).all();
}

}  // namespace setclick::cli
