#include "filters.hpp"

#include <algorithm>
#include <charconv>

#include "option_words.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::cli {
namespace {

using ledger::event_filter;
using ledger::event_state;

result<event_state> state_of(std::string name) {
    std::replace(name.begin(), name.end(), '-', '_');
    if (auto const state = ledger::event_state_named(name)) return *state;
    auto const all = state_words();
    std::vector<std::string_view> const known(all.begin(), all.end());
    auto const near = nearest(name, known);
    return fail(errc::usage, "there is no state \"" + printable(name) + "\"; " +
                                 (near.empty() ? "there is: " + alternatives(all)
                                               : "did you mean " + std::string(near) + "?"));
}

result<account_no> account_of(ledger::reader& from, std::string const& id) {
    auto const accounts = from.accounts();
    if (!accounts) return accounts.error();
    std::vector<std::string_view> known;
    for (auto const& a : *accounts) {
        if (a.id == id) return a.no;
        known.push_back(a.id);
    }
    auto const near = nearest(id, known);
    return fail(errc::not_found,
                "the ledger knows no account " + printable(id) +
                    (near.empty() ? "" : "; did you mean " + printable(near) + "?"));
}

result<wall_time> before_now(std::string const& text, wall_time now) {
    auto const age = parse_duration(text);
    if (!age) return fail(errc::usage, age.error().message);
    return now - *age;
}

/// What does not depend on ids and files.
result<event_filter> common(ledger::reader& from, filter_options const& o, wall_time now) {
    event_filter f;
    if (!o.state.empty()) {
        auto const state = state_of(o.state);
        if (!state) return state.error();
        f.state = *state;
    }
    if (!o.account.empty()) {
        auto const account = account_of(from, o.account);
        if (!account) return account.error();
        f.account = *account;
    }
    if (!o.older.empty()) {
        auto const at = before_now(o.older, now);
        if (!at) return at.error();
        f.imported_before = *at;
    }
    if (!o.newer.empty()) {
        auto const at = before_now(o.newer, now);
        if (!at) return at.error();
        f.imported_since = *at;
    }
    f.reason = o.reason;
    f.in_doubt_ever = o.in_doubt;
    return f;
}

}  // namespace

result<std::vector<ledger::file_info>> files_of(ledger::reader& from, std::string const& name) {
    constexpr std::uint32_t most = 10'000;
    auto files = from.files_named(name, most);
    if (files && files->empty())
        return fail(errc::not_found, "the ledger knows no file named " + printable(name));
    return files;
}

/// Who may not read events' contents finds it in the list, all the same.
result<bool> has_event(ledger::reader& from, event_no no) {
    auto const shown = from.show(no);
    if (shown) return true;
    if (shown.error().code == errc::not_found) return false;
    event_filter just_this;
    just_this.event = no;
    auto const listed = from.list(just_this, event_no{no.value - 1}, 1);
    if (!listed) return shown.error();
    return !listed->rows.empty();
}

result<event_no> event_of(ledger::reader& from, std::string const& id) {
    std::uint64_t number = 0;
    auto const [end, ec] = std::from_chars(id.data(), id.data() + id.size(), number);
    if (ec == std::errc{} && end == id.data() + id.size() && number != 0)
        if (auto const there = has_event(from, event_no{number}); !there || *there) {
            if (!there) return there.error();
            return event_no{number};
        }
    auto const accounts = from.accounts();
    if (!accounts) return accounts.error();
    std::vector<event_no> found;
    for (auto const& a : *accounts) {
        auto const no = from.find_event_id(a.no, id);
        if (no) found.push_back(*no);
        if (!no && no.error().code != errc::not_found) return no.error();
    }
    if (found.size() == 1) return found.front();
    if (found.empty()) return fail(errc::not_found, "the ledger knows no event " + printable(id));
    std::string numbers;
    for (auto const no : found)
        numbers += " " + std::to_string(no.value);
    return fail(errc::usage, "several accounts have an event " + printable(id) +
                                 "; name one by its number:" + numbers);
}

result<std::vector<event_filter>> resolve(ledger::reader& from, filter_options const& o,
                                          wall_time now) {
    auto base = common(from, o, now);
    if (!base) return base.error();
    if (!o.ids.empty() && !o.file.empty())
        return fail(errc::usage, "name events, or a file, but not both");
    std::vector<event_filter> all;
    for (auto const& id : o.ids) {
        auto const no = event_of(from, id);
        if (!no) return no.error();
        // Named twice, by number and by event_id for instance, it is still one.
        if (std::any_of(all.begin(), all.end(), [&](auto const& f) { return f.event == *no; }))
            continue;
        all.push_back(*base);
        all.back().event = *no;
    }
    if (!o.file.empty()) {
        auto const files = files_of(from, o.file);
        if (!files) return files.error();
        for (auto const& file : *files) {
            all.push_back(*base);
            all.back().file = file.no;
        }
    }
    if (all.empty()) all.push_back(std::move(*base));
    return all;
}

}  // namespace setclick::cli
