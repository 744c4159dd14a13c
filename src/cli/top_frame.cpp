#include "top_frame.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <utility>

#include "forecast_words.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/status_model/outlook.hpp"
#include "setclickd/status_model/status_json.hpp"
#include "text_plot.hpp"

namespace setclick::cli {

using status_model::account_report;
using status_model::age_seconds;
using status_model::delivering;
using status_model::outlook_of;
using status_model::standing;
using status_model::status_report;

namespace {

constexpr std::size_t label_width = 11;
constexpr std::size_t widest_plot = 60;
constexpr std::size_t plot_numbers = 22;  // columns beside a plot
constexpr milliseconds lately{10'000};
constexpr milliseconds last_minute{60'000};
constexpr std::size_t most_text = 500;

/// "3 min", "4 h": one unit, for a column of a table.
std::string short_span(std::int64_t seconds) {
    if (seconds < 120) return std::to_string(seconds) + " s";
    if (seconds < 7200) return std::to_string(seconds / 60) + " min";
    if (seconds < 2 * 86'400) return std::to_string(seconds / 3600) + " h";
    return std::to_string(seconds / 86'400) + " d";
}

/// "8.5/s", "30/min"; empty for what is not known.
std::string rate_words(double a_second) {
    if (std::isnan(a_second)) return "?";
    if (a_second == 0) return "0/s";
    if (a_second >= 99.5) return grouped(static_cast<std::uint64_t>(std::llround(a_second))) + "/s";
    if (a_second >= 1) return fmt::format("{:.1f}/s", a_second);
    return fmt::format("{:.2g}/min", a_second * 60);
}

std::string seconds_words(double seconds) {
    if (std::isnan(seconds)) return "?";
    if (seconds < 0.0995) return fmt::format("{:.2g} ms", seconds * 1000);
    if (seconds < 0.9995) return fmt::format("{:.0f} ms", seconds * 1000);
    return fmt::format("{:.3g} s", seconds);
}

std::string clock_words(wall_time t) {
    return wall_text(t).substr(11);  // "10:42:07Z"
}

paint paint_of(delivering d) noexcept {
    switch (d) {
        case delivering::yes:
        case delivering::idle:
            return paint::good;
        case delivering::waits:
        case delivering::in_part:
            return paint::warning;
        case delivering::no:
            break;
    }
    return paint::bad;
}

paint paint_of(standing s) noexcept {
    if (s == standing::parked || s == standing::no_token) return paint::bad;
    if (s >= standing::delivering) return paint::plain;
    return paint::warning;
}

paint paint_of(telemetry::level l) noexcept {
    return l == telemetry::level::error  ? paint::bad
           : l == telemetry::level::warn ? paint::warning
                                         : paint::plain;
}

/// A count with its word.
struct part {
    std::uint64_t count;
    std::string_view word;
};

/// "12 waiting, 0 held": where there is no room for all, without those that are zero.
template <std::size_t N>
std::string counts_words(std::array<part, N> const& parts, std::size_t columns) {
    std::string all;
    std::string some;
    for (auto const& p : parts) {
        auto const one = grouped(p.count) + " " + std::string(p.word);
        all += (all.empty() ? "" : ", ") + one;
        if (p.count > 0) some += (some.empty() ? "" : ", ") + one;
    }
    if (all.size() <= columns) return all;
    return some.empty() ? grouped(0) + " " + std::string(parts[0].word) : some;
}

/// The rows of a screen, given out by importance.
class rows_left {
public:
    explicit rows_left(std::size_t rows) : left_(rows) {}

    std::size_t all() const noexcept { return left_; }
    /// As many as there are, up to `wanted`; none where that is less than `least`.
    std::size_t take(std::size_t wanted, std::size_t least = 1) noexcept {
        auto const given = std::min(wanted, left_);
        if (given < least) return 0;
        left_ -= given;
        return given;
    }

private:
    std::size_t left_;
};

struct plot_row {
    std::string_view name;
    std::string numbers;
    std::vector<double> values;
};

class drawing {
public:
    drawing(top_view const& view, screen_size size)
        : v_(view),
          r_(view.report),
          size_(size),
          outlook_(outlook_of(view.report)),
          accounts_(by_trouble(view.report)) {
        auto const chosen =
            std::ranges::find(accounts_, v_.chosen, [](auto const* a) { return a->id; });
        if (chosen != accounts_.end()) at_ = static_cast<std::size_t>(chosen - accounts_.begin());
    }

    std::vector<frame_line> all() {
        plan();
        headline();
        for (auto const& line : texts(outlook_.sentence, sentence_))
            add(paint::plain, line);
        for (auto const& line : texts(cure_text(), cure_))
            add(paint::strong, line);
        if (trouble_ > 0) add(paint::bad, "not up to date: " + printable(v_.trouble, most_text));
        gap();
        facts();
        plots();
        gap();
        table();
        gap();
        log();
        while (out_.size() + footer_ < size_.rows)
            add(paint::plain, "");
        if (footer_ > 0) footer();
        out_.resize(size_.rows);
        return std::move(out_);
    }

private:
    std::string cure_text() const {
        if (outlook_.cure.empty()) return {};
        std::string commands;
        for (auto const& c : outlook_.commands)
            if (outlook_.cure.find(c) == std::string::npos)
                commands += (commands.empty() ? "" : "; ") + c;
        return "Cure: " + outlook_.cure + (commands.empty() ? "" : " (" + commands + ")");
    }

    std::vector<std::string> texts(std::string const& text, std::size_t most) const {
        return lines_of(text, size_.columns, most, v_.shown);
    }

    /// Who gets how many rows: first what answers the question, then a little of everything, then
    /// what is left.
    void plan() {
        rows_left rows(size_.rows);
        rows.take(1);  // the headline
        sentence_ = rows.take(1);
        trouble_ = v_.trouble.empty() ? 0 : rows.take(1);
        footer_ = rows.take(1, rows.all() >= 4 ? 1 : 2);
        queue_ = rows.take(1);
        cure_ = cure_text().empty() ? 0 : rows.take(1);
        auto const some = std::min<std::size_t>(accounts_.size(), 2);
        listed_ = some == 0 ? 0 : rows.take(1 + some, 2);
        events_ = rows.take(1);
        find_plots();
        plotted_ = rows.all() >= plots_.size() + 2 ? rows.take(plots_.size()) : 0;
        log_ = rows.take(3, 3);
        detail_ = accounts_.empty() ? 0 : rows.take(1);
        daemon_ = rows.take(1);
        nodes_ = r_.cluster ? rows.take(1) : 0;
        forecast_ = r_.events.pending() > 0 ? rows.take(1) : 0;
        if (texts(outlook_.sentence, 2).size() > 1) sentence_ += rows.take(1);
        if (cure_ > 0 && texts(cure_text(), 2).size() > 1) cure_ += rows.take(1);
        listed_ += rows.take(std::min(accounts_.size() - some, std::size_t{2}));
        gaps_ = rows.take(3, 3);
        if (detail_ > 0 && rows.all() >= 4) detail_ += rows.take(1);
        files_ = rows.all() >= 6 ? rows.take(1) : 0;
        // Plots grow where the screen is large; lists share the rest.
        height_ = plotted_ == 0 ? 0 : rows.all() >= 24 ? 3 : rows.all() >= 9 ? 2 : 1;
        if (height_ > 1) plotted_ += rows.take(plots_.size() * (height_ - 1));
        auto const unlisted =
            accounts_.size() + (listed_ > 0 ? 1 : 0) - std::min(listed_, accounts_.size() + 1);
        listed_ += listed_ == 0 ? 0 : rows.take(std::min(unlisted, rows.all() / 2));
        if (log_ > 0)
            log_ += rows.take(
                std::min(rows.all(), v_.log.size() + 1 - std::min(log_, v_.log.size() + 1)));
        if (listed_ > 0)
            listed_ += rows.take(std::min(
                rows.all(), accounts_.size() + 1 - std::min(listed_, accounts_.size() + 1)));
    }

    void find_plots() {
        auto const width = plot_width();
        if (width < 8 || v_.history.empty()) return;
        using figure = top_history::figure;
        auto const of = [&](std::string_view name, figure f) {
            auto values = v_.history.rates(f, width);
            auto numbers = rate_words(v_.history.rate(f, lately));
            auto const most = largest_of(values);
            if (most > 0) numbers += ", most " + rate_words(most);
            plots_.push_back({name, std::move(numbers), std::move(values)});
        };
        of("delivered", figure::delivered);
        if (v_.history.has_figures()) of("attempts", figure::attempts);
        of("rejected", figure::rejected);
        if (!v_.history.has_figures()) return;
        auto const median = v_.history.duration(0.5, last_minute);
        auto const high = v_.history.duration(0.95, last_minute);
        plots_.push_back({"latency",
                          std::isnan(high)
                              ? std::string("no answers lately")
                              : "half " + seconds_words(median) + ", 95% " + seconds_words(high),
                          v_.history.durations(0.95, width)});
    }

    std::size_t plot_width() const {
        auto const taken = label_width + 2 + plot_numbers;
        return size_.columns > taken ? std::min(size_.columns - taken, widest_plot) : 0;
    }

    void add(paint as, std::string_view text) {
        out_.push_back({{as, fitted(text, size_.columns, v_.shown)}});
    }
    void add_labelled(std::string_view label, std::string_view text, paint as = paint::plain) {
        auto const room = size_.columns - std::min(size_.columns, label_width);
        out_.push_back({{paint::faint, cell(label, std::min(label_width, size_.columns), v_.shown)},
                        {as, fitted(text, room, v_.shown)}});
    }
    void gap() {
        if (gaps_ == 0) return;
        --gaps_;
        add(paint::plain, "");
    }

    void headline() {
        auto const clock = clock_words(r_.now);
        if (size_.columns < clock.size() + 12)
            return add(paint_of(outlook_.is_delivering), outlook_.headline);
        auto const room = size_.columns - clock.size() - 2;
        out_.push_back({{paint_of(outlook_.is_delivering), cell(outlook_.headline, room, v_.shown)},
                        {paint::faint, "  " + clock}});
    }

    void facts() {
        auto const room = size_.columns - std::min(size_.columns, label_width);
        auto const& d = r_.daemon;
        if (daemon_ > 0 && d.pid != 0)
            add_labelled("daemon", "runs for " +
                                       duration_text(milliseconds{d.uptime_seconds * 1000}) +
                                       " (pid " + std::to_string(d.pid) + ", version " +
                                       printable(d.version) + "), " + connections());
        else if (daemon_ > 0)
            add_labelled("daemon", d.is_running ? "does not answer; the numbers are the ledger's"
                                                : "does not run; the numbers are the ledger's");
        if (nodes_ > 0) add_labelled("nodes", nodes_words(), nodes_paint());
        auto const& c = r_.events;
        if (queue_ > 0)
            add_labelled(
                "queue",
                counts_words(std::array{part{c.waiting, "waiting"}, part{c.in_flight, "in flight"},
                                        part{c.deferred, "deferred"}, part{c.in_doubt, "in doubt"},
                                        part{c.held, "held"}},
                             room));
        if (forecast_ > 0)
            add_labelled(
                "", "oldest waits for " +
                        duration_text(milliseconds{age_seconds(r_.oldest_waiting, r_.now) * 1000}) +
                        (r_.daemon.pid == 0 ? "" : "; empty: " + queue_empty_text(r_)));
        if (events_ > 0)
            add_labelled("events", counts_words(std::array{part{c.delivered, "delivered"},
                                                           part{c.rejected, "rejected"},
                                                           part{c.duplicate, "duplicate"},
                                                           part{c.discarded, "discarded"}},
                                                room));
        if (files_ > 0)
            add_labelled("files", (r_.files_incoming ? grouped(*r_.files_incoming) : "unknown") +
                                      (r_.incoming_is_cut ? " or more" : "") + " in incoming/, " +
                                      grouped(r_.files_open) + " not finished");
    }

    std::string nodes_words() const {
        auto out = sum_text(*r_.cluster);
        if (auto const& m = r_.daemon.member)
            out += m->may_send ? "; this one's lease: " +
                                     duration_text(std::chrono::floor<seconds>(m->lease_left))
                               : "; this one's lease has ended";
        return out;
    }
    paint nodes_paint() const {
        bool const are_well = std::ranges::all_of(r_.cluster->seen.nodes, [](auto const& n) {
            auto const state = ledger::state_of(n);
            return state != ledger::node_state::silent && state != ledger::node_state::dead;
        });
        bool const is_mine_well = !r_.daemon.member || r_.daemon.member->may_send;
        return are_well && is_mine_well ? paint::plain : paint::bad;
    }

    /// The busy ones are known of a daemon that counts them.
    std::string connections() const {
        auto const& f = r_.daemon.figures;
        auto const open =
            static_cast<std::uint64_t>(std::max<std::int64_t>(r_.daemon.connections_open, 0));
        auto out = grouped(open) + (open == 1 ? " connection" : " connections");
        if (f.connections_busy > 0) out += ", " + grouped(f.connections_busy) + " busy";
        if (f.connections_opening > 0) out += ", " + grouped(f.connections_opening) + " opening";
        return out;
    }

    void plots() {
        if (plotted_ == 0) return;
        for (auto const& p : plots_) {
            auto const rows = plotted(p.values, largest_of(p.values), height_, v_.shown);
            for (std::size_t row = 0; row < rows.size(); ++row) {
                bool const is_first = row == 0;
                out_.push_back(
                    {{paint::faint, cell(is_first ? p.name : "", label_width, v_.shown)},
                     {p.name == "rejected" ? paint::warning : paint::good, rows[row]},
                     {paint::plain, is_first ? fitted("  " + p.numbers, plot_numbers + 2, v_.shown)
                                             : std::string()}});
            }
        }
    }

    // ---- accounts ----

    /// The columns that there is room for; the first two always.
    struct table_shape {
        std::size_t id = 0, state = 14, waiting = 0, oldest = 0, rate = 0, why = 0;
    };

    table_shape shape() const {
        table_shape s;
        std::size_t longest = 7;
        for (auto const* a : accounts_)
            longest = std::max(longest, columns_of(printable(a->id)));
        constexpr std::size_t mark = 2;
        constexpr std::size_t between = 2;
        auto room = size_.columns - std::min(size_.columns, mark);
        s.id = std::min({longest, std::size_t{28}, room});
        room -= s.id;
        s.state = room > between ? std::min<std::size_t>(room - between, s.state) : 0;
        room -= s.state > 0 ? s.state + between : 0;
        auto const take = [&](std::size_t& width, std::size_t wanted) {
            if (room < wanted + between) return;
            width = wanted;
            room -= wanted + between;
        };
        take(s.waiting, 9);
        take(s.oldest, 7);
        take(s.rate, 9);
        if (room >= 20 + between) s.why = room - between;
        return s;
    }

    void table() {
        if (listed_ < 2) return;
        auto const s = shape();
        auto const visible = listed_ - 1;
        auto const most_first = accounts_.size() - std::min(accounts_.size(), visible);
        auto const first = std::min(at_ - std::min(at_, visible / 2), most_first);
        shown_from_ = first + 1;
        shown_to_ = std::min(first + visible, accounts_.size());
        row(s, "  ", "ACCOUNT", "STATE", "WAITING", "OLDEST", "RATE", "WHY", paint::faint,
            paint::faint);
        for (auto i = first; i < shown_to_; ++i)
            account(s, *accounts_[i], i == at_);
        if (detail_ > 0)
            for (auto const& line : texts(detail(*accounts_[at_]), detail_))
                add(paint::faint, line);
    }

    void row(table_shape const& s, std::string_view mark, std::string_view id,
             std::string_view state, std::string_view waiting, std::string_view oldest,
             std::string_view rate, std::string_view why, paint as, paint state_as) {
        auto const g = v_.shown;
        frame_line line;
        line.push_back({as, fitted(std::string(mark) + cell(id, s.id, g), size_.columns, g)});
        if (s.state > 0) line.push_back({state_as, "  " + cell(state, s.state, g)});
        std::string rest;
        if (s.waiting > 0) rest += "  " + cell(waiting, s.waiting, g, true);
        if (s.oldest > 0) rest += "  " + cell(oldest, s.oldest, g, true);
        if (s.rate > 0) rest += "  " + cell(rate, s.rate, g, true);
        if (s.why > 0) rest += "  " + fitted(why, s.why, g);
        line.push_back({as, std::move(rest)});
        out_.push_back(std::move(line));
    }

    void account(table_shape const& s, account_report const& a, bool is_chosen) {
        auto const look = outlook_of(a);
        auto const pending = a.events.pending() + a.events.held;
        row(s, is_chosen ? "> " : "  ", printable(a.id), state_of(a), grouped(pending),
            a.events.pending() == 0 ? "" : short_span(age_seconds(a.oldest_waiting, r_.now)),
            a.is_configured ? per_minute(a.rate_per_minute) : "", look.why,
            is_chosen ? paint::strong : paint::plain, paint_of(look.stands));
    }

    /// Without a daemon nobody delivers.
    std::string_view state_of(account_report const& a) const {
        auto const s = standing_of(a);
        bool const goes_on = s == standing::delivering || s == standing::asked_to_wait;
        return goes_on && r_.daemon.pid == 0 ? "waiting" : name_of(s);
    }

    static std::string per_minute(double rate) {
        if (std::isinf(rate)) return "no limit";
        return fmt::format("{:.3g}/min", rate);
    }

    std::string detail(account_report const& a) const {
        auto const look = outlook_of(a);
        auto text = printable(a.id) + ": " + std::string(state_of(a));
        if (a.parked) {
            text += " (" + printable(a.parked->reason) + ") since " + printable(a.parked->since);
            if (a.parked->next_probe_seconds)
                text += ", next probe in " + std::to_string(*a.parked->next_probe_seconds) + " s";
        }
        if (a.is_sent_elsewhere()) text += ", sent by node " + a.owner->name;
        if (!look.why.empty()) text += ": " + look.why;
        if (a.events.held > 0) text += "; " + grouped(a.events.held) + " held";
        if (!look.cure.empty()) return text + ". Cure: " + look.cure;
        if (a.is_configured)
            text += "; rate: " + (a.rate_why.empty() ? delivery::rate_text(a.rate_per_minute)
                                                     : printable(a.rate_why, most_text));
        if (a.events.pending() > 0 && r_.daemon.pid != 0) text += "; empty: " + queue_empty_text(a);
        return text + "; " + grouped(a.events.delivered) + " delivered";
    }

    // ---- log and footer ----

    void log() {
        if (log_ < 2) return;
        add(paint::faint, "LOG");
        auto const count = std::min(log_ - 1, v_.log.size());
        for (auto const& line : v_.log.last(count))
            add(paint_of(line.severity), without_day(line.text));
        if (v_.log.empty()) add(paint::faint, "nothing yet");
    }

    /// "2026-11-29T10:42:07.250Z warn  …" without the day and the milliseconds.
    static std::string without_day(std::string_view line) {
        constexpr std::string_view shape = "2026-11-29T10:42:07.250Z";
        if (line.size() < shape.size() || line[10] != 'T' || line[19] != '.')
            return std::string(line);
        return std::string(line.substr(11, 8)) + std::string(line.substr(shape.size()));
    }

    void footer() {
        bool const is_ascii = v_.shown == glyphs::ascii;
        std::string const keys =
            std::string("q quit  ") + (is_ascii ? "j k" : "↑ ↓") + " accounts  h help";
        std::string where;
        if (shown_to_ > 0 && accounts_.size() > 1)
            where = "accounts " + std::to_string(shown_from_) + " to " + std::to_string(shown_to_) +
                    " of " + grouped(accounts_.size()) + ", ";
        where += "every " + duration_text(v_.interval);
        auto const room = size_.columns - std::min(size_.columns, columns_of(where));
        if (room < columns_of(keys) + 2) return add(paint::faint, keys);
        out_.push_back({{paint::faint, cell(keys, room, v_.shown) + where}});
    }

    top_view const& v_;
    status_report const& r_;
    screen_size size_;
    status_model::outlook outlook_;
    std::vector<account_report const*> accounts_;
    std::size_t at_ = 0;  // the chosen account

    std::vector<plot_row> plots_;
    // Rows of each part.
    std::size_t sentence_ = 0, cure_ = 0, trouble_ = 0, daemon_ = 0, nodes_ = 0, queue_ = 0,
                forecast_ = 0, events_ = 0, files_ = 0, plotted_ = 0, height_ = 0, listed_ = 0,
                detail_ = 0, log_ = 0, gaps_ = 0, footer_ = 0;
    std::size_t shown_from_ = 0, shown_to_ = 0;
    std::vector<frame_line> out_;
};

constexpr std::array<std::string_view, 22> help_text{
    "setclickd top: what the daemon does, live. It only looks; it changes nothing.",
    "",
    "  q, Ctrl-C            quit",
    "  Ctrl-Z               stop; fg goes on",
    "  down, up; j, k       another account: why, and the cure, stand below the list",
    "  page down, page up   ten accounts further",
    "  home, end; g, G      the first account, the last",
    "  h                    this page; any key leaves it",
    "",
    "waiting    may go out as soon as the account's rate allows",
    "in flight  its request is under way",
    "deferred   failed once, and goes out again at a time that is set",
    "in doubt   was cut short by the daemon's end: the next start decides",
    "held       waits for a person: setclickd release, or discard",
    "latency    of requests, from the first byte to the answer: half of them, and",
    "           95 of 100, took no longer in the last minute",
    "plots      of the last five minutes, newest at the right; latency: 95 of 100",
    "",
    "Accounts in trouble stand first. More: setclickd status, setclickd explain KEY",
    "",
    "What a kill -9 left of the terminal is mended by the command reset.",
    ""};

}  // namespace

std::vector<account_report const*> by_trouble(status_report const& report) {
    std::vector<account_report const*> out;
    out.reserve(report.accounts.size());
    for (auto const& a : report.accounts)
        out.push_back(&a);
    auto const rank = [](account_report const& a) {
        // Who waits for nothing has no oldest event.
        auto const oldest = a.events.pending() > 0 ? a.oldest_waiting : wall_time::max();
        return std::pair(standing_of(a), oldest);
    };
    std::ranges::stable_sort(out, [&](auto const* a, auto const* b) {
        auto const of_a = rank(*a);
        auto const of_b = rank(*b);
        if (of_a != of_b) return of_a < of_b;
        if (a->events.pending() != b->events.pending())
            return a->events.pending() > b->events.pending();
        return a->id < b->id;
    });
    return out;
}

std::vector<frame_line> frame_of(top_view const& view, screen_size size) {
    size.columns = std::clamp<std::size_t>(size.columns, 1, 500);
    size.rows = std::clamp<std::size_t>(size.rows, 1, 300);
    if (!view.shows_help) return drawing(view, size).all();
    std::vector<frame_line> out;
    out.reserve(help_text.size());
    for (auto const line : help_text)
        out.push_back({{paint::plain, fitted(line, size.columns, view.shown)}});
    out.resize(size.rows);
    return out;
}

std::string line_of(top_view const& view) {
    auto const& r = view.report;
    auto const look = outlook_of(r);
    std::size_t in_trouble = 0;
    for (auto const& a : r.accounts)
        if (standing_of(a) < standing::held) ++in_trouble;
    auto out =
        wall_text(r.now) + " " + look.headline + "; " +
        rate_words(view.history.rate(top_history::figure::delivered, lately)) + " delivered, " +
        rate_words(view.history.rate(top_history::figure::rejected, lately)) + " rejected; " +
        grouped(r.events.pending()) + " wait, " + grouped(r.events.held) + " held";
    if (in_trouble > 0)
        out += "; " + grouped(in_trouble) + " of " + grouped(r.accounts.size()) +
               (r.accounts.size() == 1 ? " account in trouble" : " accounts in trouble");
    if (!view.trouble.empty()) out += "; not up to date: " + printable(view.trouble, most_text);
    return fitted(out, 1000, view.shown);
}

std::string with_codes(frame_line const& line, bool in_colour) {
    std::string out;
    for (auto const& t : line) {
        std::string_view code;
        switch (t.as) {
            case paint::plain:
                break;
            case paint::strong:
                code = "\x1b[1m";
                break;
            case paint::faint:
                code = in_colour ? "\x1b[2m" : "";
                break;
            case paint::good:
                code = in_colour ? "\x1b[32m" : "";
                break;
            case paint::warning:
                code = in_colour ? "\x1b[33m" : "";
                break;
            case paint::bad:
                code = in_colour ? "\x1b[31m" : "\x1b[1m";
                break;
        }
        out += code;
        out += t.text;
        if (!code.empty()) out += "\x1b[0m";
    }
    return out;
}

std::string without_codes(frame_line const& line) {
    std::string out;
    for (auto const& t : line)
        out += t.text;
    out.erase(out.find_last_not_of(' ') + 1);
    return out;
}

}  // namespace setclick::cli
