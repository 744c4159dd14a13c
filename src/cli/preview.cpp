#include "preview.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>
#include <memory>
#include <optional>

#include "configuration.hpp"
#include "file_preview.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/csv/table_reader.hpp"
#include "setclickd/csv/zone.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/event/file_reader.hpp"
#include "setclickd/event/wide_text.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/setup/accounts.hpp"
#include "table_file.hpp"
#include "terminal_width.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

constexpr std::size_t first_events = 5;
constexpr milliseconds old_click = std::chrono::hours{24 * 90};

void mask(json::value& v) {
    if (auto* object = v.if_object()) {
        for (auto& member : *object)
            mask(member.value());
    } else if (auto* array = v.if_array()) {
        for (auto& item : *array)
            mask(item);
    } else {
        v = "***";
    }
}

std::string masked(std::string_view text) {
    if (text.empty()) return {};
    boost::system::error_code ec;
    auto value = json::parse({text.data(), text.size()}, ec);
    if (ec) return "***";
    mask(value);
    return json::serialize(value);
}

std::string layout_text(csv::layout const& l) {
    auto const separator = [&]() -> std::string_view {
        switch (l.separator) {
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
    };
    auto const ends = [&]() -> std::string_view {
        switch (l.ends) {
            case csv::line_end::lf:
                return "LF";
            case csv::line_end::crlf:
                return "CRLF";
            case csv::line_end::cr:
                return "CR";
        }
        return "LF";
    };
    std::string out(event::name_of(l.encoding));
    if (l.has_bom) out += " with a byte order mark";
    out += ", " + std::string(separator()) + ", lines end in " + std::string(ends());
    out += "; the header is line " + grouped(l.header_line);
    if (l.ours > 0) out += "; from rejected/ (its first two columns are ours)";
    return out;
}

/// One line that changes, where a person looks.
class progress_line {
public:
    progress_line(console const& io, std::uint64_t size) : io_(io), size_(size) {}
    ~progress_line() { clear(); }
    progress_line(progress_line const&) = delete;
    progress_line& operator=(progress_line const&) = delete;

    void show(char const* what, std::uint64_t done) {
        constexpr std::uint64_t worth_it = 4U << 20U;
        if (!io_.err_is_terminal || size_ < worth_it) return;
        auto const now = std::chrono::steady_clock::now();
        if (has_line_ && now - last_ < std::chrono::milliseconds{200}) return;
        last_ = now;
        has_line_ = true;
        io_.err << "\r" << what << " " << done * 100 / size_ << " % \x1b[K" << std::flush;
    }
    void clear() {
        if (has_line_) io_.err << "\r\x1b[K" << std::flush;
        has_line_ = false;
    }

private:
    console const& io_;
    std::uint64_t size_;
    std::chrono::steady_clock::time_point last_{};
    bool has_line_ = false;
};

/// What the ledger knows of an event, by its id or its content.
class known_events {
public:
    explicit known_events(settings::settings const& s) : key_(s.dedupe.key) {
        auto opened = ledger::reader::open(s.ledger.path);
        if (!opened) return;
        from_ = std::move(*opened);
        auto const accounts = from_->accounts();
        if (!accounts) return;
        for (auto const& a : *accounts)
            numbers_.emplace(a.id, a.no);
    }

    bool can_tell() const noexcept { return from_ != nullptr; }

    enum class answer { is_new, duplicate, other_content };

    answer of(event::outcome const& e) {
        if (from_ == nullptr || key_ == settings::dedupe_key::off) return answer::is_new;
        auto const account = numbers_.find(e.value.account_id);
        if (account == numbers_.end()) return answer::is_new;
        bool const by_content = key_ == settings::dedupe_key::content || e.value.event_id.empty();
        if (by_content && key_ == settings::dedupe_key::event_id) return answer::is_new;
        auto const held = from_->find_identity(
            account->second, by_content ? std::string_view{} : e.value.event_id, e.content);
        if (!held) return answer::is_new;
        if (held->gives_way) return answer::is_new;
        return held->same_content ? answer::duplicate : answer::other_content;
    }

private:
    settings::dedupe_key key_;
    std::unique_ptr<ledger::reader> from_;
    std::map<std::string, account_no, std::less<>> numbers_;
};

class previewing {
public:
    previewing(preview_options const& options, settings::settings const& s, console const& io)
        : options_(options), s_(s), io_(io), rules_(setup::csv_rules_of(s)), known_(s) {}

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
    void one(std::string const& path) {
        unique_fd const file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
        struct stat about {};
        if (!file || ::fstat(file.get(), &about) != 0)
            return failed(errno_error(errno, "read", printable(path, 4096)));
        if (S_ISDIR(about.st_mode))
            return failed(fail(errc::io, printable(path, 4096) + " is a directory"));
        if (!S_ISREG(about.st_mode))
            return failed(fail(
                errc::usage,
                printable(path, 4096) + " is no file: it is read twice, which a pipe cannot be"));
        out_ = {};
        out_.file = printable(path, 4096);
        out_.has_ledger = known_.can_tell();
        clicks_.clear();
        remarks_ = {};
        old_ = 0;
        size_ = static_cast<std::uint64_t>(about.st_size);
        progress_line progress(io_, size_);
        auto const name = path.substr(path.rfind('/') + 1);
        auto const format = event::format_of(name);
        bool const is_table =
            is_table_name(name, *rules_.known) || (!format && !options_.profile.empty());
        if (!is_table && !format)
            return failed(
                fail(errc::usage, printable(path, 4096) +
                                      " has a name that the daemon does not take; it must end in "
                                      ".csv, .tsv, .ndjson, .jsonl or .json"));
        auto const done = is_table ? table(file.get(), path, name, progress)
                                   : events(file.get(), path, *format, progress);
        progress.clear();
        if (!done) return failed(done.error());
        finish();
    }

    result<void> table(int fd, std::string const& path, std::string const& name,
                       progress_line& progress) {
        out_.is_table = true;
        auto looked =
            look_at_table(fd, path, name, rules_, options_.profile, s_.spool.max_line,
                          [&](std::uint64_t at) { progress.show("looking at the file:", at / 2); });
        if (!looked) return looked.error();
        out_.refusal = looked->refusal;
        if (looked->is_empty) return {};
        if (!out_.refusal.empty()) return {};
        out_.layout = layout_text(looked->laid_out);
        out_.profile = looked->columns->used().name;
        out_.why = looked->why;
        out_.columns = looked->columns->uses();
        out_.decisions = looked->columns->decisions();
        auto warnings = looked->columns->warnings();
        if (looked->columns->used().click_time_is != csv::time_meaning::click) {
            out_.click_time = warnings.front();
            warnings.erase(warnings.begin());
        }
        out_.warnings = std::move(warnings);
        event::reader reader(setup::rules_of(s_));
        event::position from;
        from.offset = looked->laid_out.rows_offset;
        from.line = looked->laid_out.rows_line;
        csv::table_reader rows(reader, *looked->columns, looked->laid_out, looked->header.names,
                               s_.spool.max_line, from);
        return read_all(fd, path, rows, from.offset, progress);
    }

    result<void> events(int fd, std::string const& path, event::file_format format,
                        progress_line& progress) {
        event::reader reader(setup::rules_of(s_));
        event::file_reader pieces(reader, format, s_.spool.max_line);
        return read_all(fd, path, pieces, 0, progress);
    }

    template <class Reader>
    result<void> read_all(int fd, std::string const& path, Reader& reader, std::uint64_t done,
                          progress_line& progress) {
        auto const now = wall_now();
        std::string window;
        for (bool at_end = false; !at_end || !reader.finished();) {
            auto const ended = read_more(fd, path, window);
            if (!ended) return ended.error();
            at_end = *ended;
            auto const n = reader.consume(window, at_end, now, [&](event::read_piece const& read) {
                take(read, now);
                return true;
            });
            window.erase(0, n);
            done += n;
            progress.show("reading:", out_.is_table ? size_ / 2 + done / 2 : done);
            if (at_end && n == 0 && !reader.finished()) break;
        }
        return {};
    }

    void take(event::read_piece const& read, wall_time now) {
        auto const line = read.from.line;
        if (read.from.is_remark) {
            ++out_.skipped;
            remarks_.add(event::remark_kind::layout, line);
            return;
        }
        if (!read.note.empty() || (read.event != nullptr && !read.event->warnings.empty()))
            note(line, read);
        if (!read.is_accepted()) {
            ++out_.refused;
            out_.reasons.add(line, read.refusal);
            return;
        }
        ++out_.good;
        auto const& value = read.event->value;
        remarks_.clicked(value.click_time, line, now, s_.warn_older);
        if (now - from_ms(value.click_time) > old_click) ++old_;
        switch (known_.of(*read.event)) {
            case known_events::answer::is_new:
                break;
            case known_events::answer::duplicate:
                ++out_.known;
                break;
            case known_events::answer::other_content:
                ++out_.refused;
                --out_.good;
                out_.reasons.add(line, "event_id " + shown_value(value.event_id, 60) +
                                           " is used already, by an event with other content");
                return;
        }
        auto& clicks = clicks_
                           .try_emplace(std::string(value.account_id),
                                        click_range{value.click_time, value.click_time, 0})
                           .first->second;
        clicks.oldest = std::min(clicks.oldest, value.click_time);
        clicks.newest = std::max(clicks.newest, value.click_time);
        ++clicks.events;
        if (out_.first.size() < first_events) show(line, value);
    }

    void note(std::uint64_t line, event::read_piece const& read) {
        auto text = std::string(read.note);
        if (text.empty()) text = event::findings_text(read.event->warnings);
        notes_.add(line, text);
    }

    csv::zone& zone_of(std::string const& account) {
        auto at = zones_.find(account);
        if (at != zones_.end()) return at->second;
        std::string name = "UTC";
        for (auto const& a : s_.accounts)
            if (a.id == account && !a.time_zone.empty()) name = a.time_zone;
        auto made = csv::zone::named(name);
        if (!made) made = csv::zone::named("UTC");
        return zones_.emplace(account, std::move(*made)).first->second;
    }

    void show(std::uint64_t line, event::view const& value) {
        previewed_event e;
        e.line = line;
        e.account = value.account_id;
        e.event_id = shown_value(value.event_id, 60);
        if (value.event_id.empty()) e.event_id.clear();
        auto& there = zone_of(e.account);
        e.time = there.text_of(from_ms(value.click_time)) + " " + there.name();
        e.url_parameters = value.url_parameters;
        e.settings = options_.reveal ? std::string(value.settings) : masked(value.settings);
        e.lead = options_.reveal ? std::string(value.lead) : masked(value.lead);
        e.referrer = value.referrer;
        e.current_url = value.current_url;
        e.microconversion = value.microconversion;
        out_.first.push_back(std::move(e));
    }

    void finish() {
        for (auto const& [id, clicks] : clicks_) {
            account_preview a;
            auto& there = zone_of(id);
            a.events = clicks.events;
            a.zone = there.name();
            a.oldest = there.text_of(from_ms(clicks.oldest));
            a.newest = there.text_of(from_ms(clicks.newest));
            for (auto const& account : s_.accounts)
                if (account.id == id)
                    a.delivery =
                        delivery::drain_text(clicks.events, setup::effective_rate(s_, account));
            out_.accounts.emplace(id, std::move(a));
        }
        if (old_ > 0)
            out_.warnings.push_back(
                counted(old_, "click") +
                " older than 90 days: is it the right column, and the right year?");
        if (!remarks_.empty()) out_.warnings.push_back(remarks_.text());
        for (auto const& group : notes_.sorted())
            out_.warnings.push_back(
                group.count == 1 ? "line " + grouped(group.examples.front().line) + ": " +
                                       group.examples.front().text
                                 : grouped(group.count) + " times, first in line " +
                                       grouped(group.examples.front().line) + ": " + group.reason);
        notes_ = {};
        if (out_.refused > 0 || !out_.refusal.empty()) has_refused_ = true;
        if (out_.good > 0) has_good_ = true;
        if (options_.json) {
            files_.push_back(out_.json());
            return;
        }
        if (&options_.files.front() != &options_.files.back() && has_printed_) io_.out << "\n";
        has_printed_ = true;
        out_.print(io_, terminal_width());
    }

    void failed(error const& e) {
        auto const exit = io_.complain(e);
        if (worst_ == 0 || exit == static_cast<int>(exit_code::io)) worst_ = exit;
    }

    struct click_range {
        std::int64_t oldest = 0;
        std::int64_t newest = 0;
        std::uint64_t events = 0;
    };

    preview_options const& options_;
    settings::settings const& s_;
    console const& io_;
    csv::mapping_rules rules_;
    known_events known_;
    std::map<std::string, csv::zone> zones_;
    // Of the file at hand.
    file_preview out_;
    event::file_remarks remarks_;
    refusal_groups notes_;
    std::uint64_t size_ = 0;
    std::uint64_t old_ = 0;
    std::map<std::string, click_range> clicks_;
    // Of all files.
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
