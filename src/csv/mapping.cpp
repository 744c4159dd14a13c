#include "setclickd/csv/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <utility>

#include "amount.hpp"
#include "cell.hpp"
#include "decided.hpp"
#include "plan.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"
#include "time_reading.hpp"

namespace setclick::csv {
namespace {

using std::chrono::sys_days;

constexpr std::int64_t first_ms =
    to_ms(sys_days{std::chrono::year{2010} / std::chrono::January / 1});
constexpr std::int64_t end_ms = to_ms(sys_days{std::chrono::year{2101} / std::chrono::January / 1});

/// True, false, as spreadsheets write them in several languages; nothing: neither.
std::optional<bool> truth_of(std::string_view text) noexcept {
    constexpr std::array<std::string_view, 14> yes{"true", "1",         "yes",  "y",  "si",
                                                   "sí",   "verdadero", "wahr", "ja", "vrai",
                                                   "oui",  "vero",      "sim",  "x"};
    constexpr std::array<std::string_view, 13> no{"false",  "0",    "no",   "n",   "falso",
                                                  "falsch", "nein", "faux", "non", "nao",
                                                  "não",    "-",    "nee"};
    std::array<char, 16> low{};
    if (text.size() > low.size()) return {};
    std::ranges::transform(text, low.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    });
    std::string_view const word(low.data(), text.size());
    if (std::ranges::find(yes, word) != yes.end()) return true;
    if (std::ranges::find(no, word) != no.end()) return false;
    return {};
}

/// "20-oct", "oct-20", "1-ene": what spreadsheets make of an id such as 10-20.
bool looks_like_made_date(std::string_view text) noexcept {
    auto const dash = text.find('-');
    if (dash == std::string_view::npos || text.size() > 7 ||
        text.find('-', dash + 1) != std::string_view::npos)
        return false;
    auto const is_letters = [](std::string_view t) {
        return t.size() == 3 && std::ranges::all_of(t, [](char c) {
                   return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
               });
    };
    auto const is_digits = [](std::string_view t) {
        return !t.empty() && t.size() <= 2 && std::ranges::all_of(t, is_digit);
    };
    auto const a = text.substr(0, dash);
    auto const b = text.substr(dash + 1);
    return (is_letters(a) && is_digits(b)) || (is_digits(a) && is_letters(b));
}

void append_number(std::string& out, std::int64_t value) {
    std::array<char, 24> digits{};
    auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), value).ptr;
    out.append(digits.data(), end);
}

std::string meaning_text(time_meaning what) {
    switch (what) {
        case time_meaning::click:
            break;
        case time_meaning::conversion:
            return "the time of the conversion, not that of the click";
        case time_meaning::record:
            return "the time of the CRM's record, not that of the click";
    }
    return {};
}

}  // namespace

class mapping::impl {
public:
    impl(plan made, decided what, mapping_rules const& rules)
        : plan_(std::move(made)),
          decided_(std::move(what)),
          times_(rules_of_times()),
          configured_(rules.accounts.size() - rules.others) {
        for (auto const& a : rules.accounts) {
            std::optional<zone> there;
            if (!a.time_zone.empty())
                if (auto z = zone::named(a.time_zone)) there = std::move(*z);
            accounts_.push_back({a.id, std::move(there)});
        }
        auto const& named = !plan_.file_zone.empty() ? plan_.file_zone : plan_.from->time_zone;
        if (!named.empty())
            if (auto z = zone::named(named)) home_ = std::move(*z);
    }

    void event_of(std::span<std::string_view const> cells, mapped_row& out) {
        out_ = &out;
        cells_ = cells;
        out.json.clear();
        out.findings.clear();
        out.notes.clear();
        if (cells.size() < plan_.columns) {
            out.findings.push_back({"", "has fewer cells than the header has columns"});
            return;
        }
        out.json += '{';
        member(plan_.event_id);
        member(plan_.account_id);
        member(plan_.click_time);
        object("\"url_parameters\":{", plan_.url_parameters, true);
        object("\"settings\":{", plan_.settings, true);
        member(plan_.referrer);
        member(plan_.current_url);
        member(plan_.microconversion);
        object("\"lead\":{", plan_.lead, false);
        out.json += '}';
        check_one_of();
        for (auto const column : plan_.nameless)
            if (!cleaned(cells_[column], true, buffer_).text.empty())
                out.findings.push_back({"column " + std::to_string(column + 1),
                                        "has a cell here, and no name in the header"});
    }

    std::string explain(std::vector<event::finding> const& findings) const {
        std::vector<event::finding> named;
        named.reserve(findings.size());
        for (auto const& f : findings) {
            auto path = f.path;
            for (auto const* s : plan_.all())
                if (s->target == f.path && !s->is_fixed())
                    path = column_text(s->name) + " (" + std::string(short_target(s->target)) + ")";
            named.push_back({std::move(path), f.message});
        }
        return event::findings_text(named);
    }

    profile const& used() const noexcept { return *plan_.from; }
    bool has_changed_profile() const {
        return decided_.profile_sum != 0 && decided_.profile_sum != sum_of(*plan_.from);
    }
    std::vector<column_use> uses() const;
    std::vector<std::string> warnings() const;
    std::vector<std::string> decisions() const;

private:
    struct account {
        std::string id;
        std::optional<zone> there;
    };

    time_rules rules_of_times() const {
        time_rules out;
        out.order = decided_.dates;
        if (decided_.day_first_line != 0 && decided_.month_first_line != 0) {
            out.day_first_line = decided_.day_first_line;
            out.month_first_line = decided_.month_first_line;
        }
        out.is_order_given = plan_.from->dates != date_order::open;
        out.serials = plan_.from->serials;
        out.time_of_day = time_of_day_of(plan_.from->time_of_day);
        return out;
    }

    void find(source const& s, std::string message) {
        out_->findings.push_back({column_text(s.name), std::move(message)});
    }
    void note(source const& s, std::string message) {
        out_->notes.push_back({column_text(s.name), std::move(message)});
    }

    clean_cell cell_of(source const& s) {
        auto const out = cleaned(cells_[s.column], s.kind == value_kind::text, buffer_);
        if (out.taken != 0)
            for (auto const what : {taken_off::unseen, taken_off::formula, taken_off::apostrophe})
                if ((out.taken & static_cast<std::uint8_t>(what)) != 0)
                    note(s, std::string(text_of(what)));
        return out;
    }

    void comma() {
        if (out_->json.back() != '{') out_->json += ',';
    }

    void member(std::optional<source> const& s) {
        if (s) value(*s);
    }

    void object(std::string_view begin, std::vector<source> const& members, bool even_empty) {
        if (members.empty() && !even_empty) return;
        auto const before = out_->json.size();
        comma();
        out_->json += begin;
        auto const inside = out_->json.size();
        for (auto const& s : members)
            value(s);
        if (out_->json.size() == inside && !even_empty)
            out_->json.resize(before);
        else
            out_->json += '}';
    }

    void value(source const& s) {
        if (s.is_fixed()) {
            comma();
            (out_->json += s.key) += s.fixed;
            return;
        }
        auto const cell = cell_of(s).text;
        if (s.kind == value_kind::time) return time(s, cell);
        if (cell.empty()) return;
        if (cell.front() == '#' && is_spreadsheet_error(cell))
            return find(s, "is a spreadsheet's error, not a value");
        switch (s.kind) {
            case value_kind::time:
                return;
            case value_kind::amount:
                return amount_value(s, cell);
            case value_kind::flag:
                return flag(s, cell);
            case value_kind::id:
                return id(s, cell);
            case value_kind::email:
                return email(s, cell);
            case value_kind::phone:
                if (is_hash(cell)) return hash(s, "\"phone_sha256\":", cell);
                break;
            case value_kind::text:
            case value_kind::url:
                break;
        }
        text(s.key, cell);
    }

    void text(std::string_view key, std::string_view cell) {
        comma();
        out_->json += key;
        append_json(out_->json, cell);
    }

    void id(source const& s, std::string_view cell) {
        if (is_rounded(cell))
            return find(s, shown_value(cell, 40) +
                               " is a number that a spreadsheet has rounded, so that other rows "
                               "have the same; export "
                               "it again with the column as text");
        if (looks_like_made_date(cell))
            note(s, shown_value(cell, 40) + " looks like a date that a spreadsheet made of an id");
        text(s.key, cell);
    }

    void email(source const& s, std::string_view cell) {
        if (is_hash(cell)) return hash(s, "\"email_sha256\":", cell);
        if (!plan_.from->tidy_emails) return text(s.key, cell);
        tidy_.clear();
        for (char const c : cell)
            tidy_ += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
        text(s.key, tidy_);
    }

    /// A hash is no address and no number: it goes beside.
    void hash(source const& s, std::string_view key, std::string_view cell) {
        for (auto const& other : plan_.settings)
            if (other.key == key)
                return find(s, "holds a SHA-256 hash, and the profile has another column for that");
        note(s, "holds a SHA-256 hash: it goes into settings." +
                    std::string(key.substr(1, key.size() - 3)) + ", not into " + s.target);
        text(key, cell);
    }

    void flag(source const& s, std::string_view cell) {
        auto const is = truth_of(cell);
        if (!is) return find(s, shown_value(cell, 40) + " is neither true nor false");
        comma();
        (out_->json += s.key) += *is ? "true" : "false";
    }

    void amount_value(source const& s, std::string_view cell) {
        read_amount(cell, decided_.decimal, amount_);
        if (amount_.fault == amount_fault::none) {
            comma();
            (out_->json += s.key) += amount_.text;
            return;
        }
        auto why = problem_text(amount_.fault, cell, decided_.decimal);
        if (amount_.fault == amount_fault::open && decided_.point_line != 0 &&
            decided_.comma_line != 0)
            why = fmt::format(
                "of the form {} may have thousands or decimals behind its mark: the file has "
                "amounts of both kinds "
                "(lines {} and {}); set decimal = \".\" or \",\" in the profile",
                masked_form(cell), std::min(decided_.point_line, decided_.comma_line),
                std::max(decided_.point_line, decided_.comma_line));
        find(s, std::move(why));
    }

    void time(source const& s, std::string_view cell) {
        if (cell.empty()) return find(s, "is empty; it gives click_time");
        times_.read(cell, home(), time_);
        auto const shown = [&] { return shown_value(cell, 40) + " "; };
        if (!time_.problem.empty()) return find(s, shown() + time_.problem);
        if (time_.ms < first_ms || time_.ms >= end_ms)
            return find(s, shown() + "(" + local_text(time_.ms) +
                               " UTC) lies outside the years 2010 to 2100");
        if (!time_.note.empty()) note(s, shown() + time_.note);
        comma();
        out_->json += s.key;
        append_number(out_->json, time_.ms);
    }

    /// The zone of a time that names none.
    zone* home() {
        if (home_) return &*home_;
        auto const of = [](account& a) { return a.there ? &*a.there : nullptr; };
        if (!plan_.account_id) return configured_ == 1 ? of(accounts_.front()) : nullptr;
        std::string_view id = plan_.account_id->fixed;
        if (plan_.account_id->is_fixed()) {
            if (id.size() >= 2) id = id.substr(1, id.size() - 2);
        } else {
            id = cleaned(cells_[plan_.account_id->column], false, account_buffer_).text;
            if (id.empty() && configured_ == 1) return of(accounts_.front());
        }
        // Rows of one account mostly follow each other.
        if (last_account_ < accounts_.size() && accounts_[last_account_].id == id)
            return of(accounts_[last_account_]);
        for (std::size_t i = 0; i < accounts_.size(); ++i)
            if (accounts_[i].id == id) {
                last_account_ = i;
                return of(accounts_[i]);
            }
        return nullptr;
    }

    void check_one_of() {
        if (plan_.one_of.empty()) return;
        for (auto const column : plan_.one_of)
            if (!cleaned(cells_[column], false, buffer_).text.empty()) return;
        bool const is_one = plan_.one_of.size() == 1;
        out_->findings.push_back(
            {"column " + plan_.one_of_names,
             is_one ? "is empty; a row needs it" : "are all empty; a row needs one of them"});
    }

    plan plan_;
    decided decided_;
    time_reading times_;
    std::vector<account> accounts_;
    std::size_t configured_;    // of them: the first ones
    std::optional<zone> home_;  ///< the file's or the profile's
    std::size_t last_account_ = 0;
    // Of the row at hand, and reused.
    mapped_row* out_ = nullptr;
    std::span<std::string_view const> cells_;
    std::string buffer_;
    std::string account_buffer_;
    std::string tidy_;
    amount amount_;
    cell_time time_;
};

std::vector<column_use> mapping::impl::uses() const {
    std::vector<std::pair<std::size_t, column_use>> in_order;
    std::vector<column_use> given;
    for (auto const* s : plan_.all()) {
        column_use use{s->name, std::string(short_target(s->target)), s->fixed, {}};
        if (s->kind == value_kind::time) use.remark = meaning_text(plan_.from->click_time_is);
        if (s->kind == value_kind::amount) use.remark = "an amount";
        if (s->is_fixed())
            given.push_back(std::move(use));
        else
            in_order.emplace_back(s->column, std::move(use));
    }
    for (auto const& column : plan_.ignored) {
        in_order.emplace_back(column.column, column_use{column.name, {}, {}, {}});
    }
    std::ranges::stable_sort(in_order, {}, [](auto const& one) { return one.first; });
    std::vector<column_use> out;
    out.reserve(in_order.size() + given.size());
    for (auto& [at, use] : in_order)
        out.push_back(std::move(use));
    for (auto& use : given)
        out.push_back(std::move(use));
    return out;
}

std::vector<std::string> mapping::impl::warnings() const {
    std::vector<std::string> out;
    if (plan_.from->click_time_is != time_meaning::click)
        out.push_back("click_time is taken from " + column_text(plan_.click_time->name) + ": " +
                      meaning_text(plan_.from->click_time_is) +
                      "; SealMetrics books the conversion to the last click before it");
    if (!plan_.event_id)
        out.push_back(
            "no column gives event_id: a row is known by its content, so that one that a "
            "spreadsheet rewrote (a time, an "
            "amount) is another event and goes out again");
    return out;
}

std::vector<std::string> mapping::impl::decisions() const {
    std::vector<std::string> out;
    auto const shown = [](std::uint64_t line) {
        return line != 0 ? fmt::format(" (line {})", line) : " (the profile)";
    };
    switch (decided_.dates) {
        case date_order::open:
            if (decided_.day_first_line != 0)
                out.push_back(
                    fmt::format("dates of both orders (lines {} and {}): those that may be read in "
                                "two ways are refused",
                                decided_.day_first_line, decided_.month_first_line));
            break;
        case date_order::day_first:
            out.push_back("dates have the day first" + shown(decided_.day_first_line) +
                          ": 1/2/2021 is 1 February");
            break;
        case date_order::month_first:
            out.push_back("dates have the month first" + shown(decided_.month_first_line) +
                          ": 1/2/2021 is 2 January");
            break;
        case date_order::year_first:
            out.push_back("dates have the year first (the profile)");
            break;
    }
    if (decided_.decimal == decimal_sign::point)
        out.push_back("amounts have decimal points" + shown(decided_.point_line));
    else if (decided_.decimal == decimal_sign::comma)
        out.push_back("amounts have decimal commas" + shown(decided_.comma_line));
    else if (decided_.point_line != 0)
        out.push_back(
            fmt::format("amounts of both kinds (lines {} and {}): those that may be read in two "
                        "ways are refused",
                        decided_.point_line, decided_.comma_line));
    if (!plan_.file_zone.empty())
        out.push_back("times without an offset are of " + plan_.file_zone +
                      " (the file's first lines)");
    else if (!plan_.from->time_zone.empty())
        out.push_back("times without an offset are of " + plan_.from->time_zone + " (the profile)");
    else
        for (auto const& a : accounts_)
            if (a.there &&
                (configured_ == 1 || !plan_.account_id || !plan_.account_id->is_fixed() ||
                 plan_.account_id->fixed == "\"" + a.id + "\""))
                out.push_back("times without an offset are of " + a.there->name() +
                              " (the account " + printable(a.id) + ")");
    if (!plan_.from->time_of_day.empty())
        out.push_back("a day without a time is taken as " + plan_.from->time_of_day +
                      " (the profile)");
    return out;
}

mapping::mapping(std::unique_ptr<impl> made) : impl_(std::move(made)) {}
mapping::~mapping() = default;
mapping::mapping(mapping&&) noexcept = default;
mapping& mapping::operator=(mapping&&) noexcept = default;

result<mapping> mapping::of(mapping_rules const& rules, std::span<std::string_view const> names,
                            std::span<parameter const> parameters, std::string_view text) {
    auto what = decided_of(text);
    if (!what)
        return fail(errc::invalid_data,
                    "what was decided about the file before cannot be read any more");
    auto const* p = rules.known->named(what->profile);
    if (p == nullptr)
        return fail(errc::invalid_data, "the file was begun with the profile " + what->profile +
                                            ", which the configuration no longer has");
    auto made = plan_of(*p, rules, names, parameters);
    if (!made) return made.error();
    return mapping(std::make_unique<impl>(std::move(*made), std::move(*what), rules));
}

void mapping::event_of(std::span<std::string_view const> cells, mapped_row& out) {
    impl_->event_of(cells, out);
}
std::string mapping::explain(std::vector<event::finding> const& findings) const {
    return impl_->explain(findings);
}
profile const& mapping::used() const noexcept {
    return impl_->used();
}
bool mapping::has_changed_profile() const {
    return impl_->has_changed_profile();
}
std::vector<column_use> mapping::uses() const {
    return impl_->uses();
}
std::vector<std::string> mapping::warnings() const {
    return impl_->warnings();
}
std::vector<std::string> mapping::decisions() const {
    return impl_->decisions();
}

}  // namespace setclick::csv
