#include "chunk_entries.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <string>
#include <utility>

#include "setclickd/event/record.hpp"

namespace setclick::intake {
namespace {

ledger::slice append(std::string& arena, std::string_view text) {
    ledger::slice const out{static_cast<std::uint32_t>(arena.size()),
                            static_cast<std::uint32_t>(text.size())};
    arena += text;
    return out;
}

ledger::identity_kind identity_of(settings::dedupe_key key, bool has_event_id) {
    using enum ledger::identity_kind;
    switch (key) {
        case settings::dedupe_key::automatic:
            return has_event_id ? event_id : content;
        case settings::dedupe_key::event_id:
            return has_event_id ? event_id : none;
        case settings::dedupe_key::content:
            return content;
        case settings::dedupe_key::off:
            return none;
    }
    return content;
}

}  // namespace

chunk_entries::chunk_entries(event::rules const& rules, std::vector<account_no> accounts,
                             settings::dedupe_key key)
    : rules_(&rules), accounts_(std::move(accounts)), met_in_(accounts_.size()), key_(key) {}

void chunk_entries::begin_chunk(reading_file& file) noexcept {
    ++chunk_;
    file.accounts = 0;
}

std::uint64_t chunk_entries::number_for(reading_file& file, std::uint64_t line) noexcept {
    auto& last = file.state.position.last_number;
    last = next_number(line, last);
    return last;
}

void chunk_entries::note(reading_file& file, event::piece const& remark) {
    file.state.remarks.add(event::remark_kind::layout, remark.line);
    if (file.first_warning.empty())
        file.first_warning =
            "line " + std::to_string(remark.line) + ": " + std::string(remark.problem);
}

void chunk_entries::add(reading_file& file, event::read_piece const& piece, std::uint64_t number,
                        wall_time now, ledger::import_chunk& out) {
    auto const& p = piece.from;
    auto const account = piece.event != nullptr ? piece.event->account : event::outcome::no_account;
    bool const has_warnings = piece.event != nullptr && !piece.event->warnings.empty();
    if (has_warnings || !piece.note.empty()) {
        if (file.first_warning.empty())
            file.first_warning =
                "line " + std::to_string(p.line) + ": " +
                (piece.note.empty() ? event::findings_text(piece.event->warnings, 300)
                                    : std::string(piece.note.substr(0, 400)));
        file.state.remarks.add(event::remark_kind::odd, p.line);
    }
    if (!piece.is_accepted()) {
        refuse(file, p, number, piece.refusal, account, out);
        return;
    }
    auto const& read = *piece.event;
    file.state.remarks.clicked(read.value.click_time, p.line, now, rules_->warn_older);
    if (std::exchange(met_in_[read.account], chunk_) != chunk_) ++file.accounts;
    ledger::new_event e;
    e.account = accounts_[read.account];
    e.line = number;
    e.offset = p.offset;
    e.length = p.length;
    auto const begin = out.arena.size();
    event::append_record(out.arena, read.value);
    e.record = {static_cast<std::uint32_t>(begin),
                static_cast<std::uint32_t>(out.arena.size() - begin)};
    // The record ends with the raw event_id: no second copy.
    auto const id = static_cast<std::uint32_t>(read.value.event_id.size());
    e.event_id = {static_cast<std::uint32_t>(out.arena.size()) - id, id};
    e.identity = identity_of(key_, id != 0);
    e.content = read.content;
    out.events.push_back(e);
}

/// Nothing of it is lost: the file stays, and the refused line says from where on.
void chunk_entries::refuse_rest(reading_file& file, event::position const& from,
                                std::string_view reason, ledger::import_chunk& out) {
    struct stat seen {};
    auto const size =
        ::fstat(file.fd.get(), &seen) == 0 ? static_cast<std::uint64_t>(seen.st_size) : from.offset;
    event::piece rest;
    rest.line = from.line;
    rest.offset = from.offset;
    rest.length = size - std::min(size, from.offset);
    auto const number = number_for(file, rest.line);
    refuse(file, rest, number, reason, event::outcome::no_account, out);
    file.state.position.at = {std::max(size, from.offset), from.line, {}};
    file.state.print.reset();
    file.at_end = true;
}

void chunk_entries::refuse(reading_file& file, event::piece const& p, std::uint64_t number,
                           std::string_view reason, std::size_t account,
                           ledger::import_chunk& out) const {
    ledger::refused_line r;
    r.line = number;
    r.offset = p.offset;
    r.length = p.length;
    // Of several elements on one line each has a number of its own: then the file's line is said as
    // well.
    std::string const where =
        number == p.line ? std::string() : "on line " + std::to_string(p.line) + " of the file: ";
    r.reason = append(out.arena, where + std::string(reason));
    if (account != event::outcome::no_account)
        r.account = append(out.arena, rules_->accounts[account]);
    out.refused.push_back(r);
    if (file.first_refusal.empty())
        file.first_refusal =
            "line " + std::to_string(p.line) + ": " + std::string(reason.substr(0, 400));
}

}  // namespace setclick::intake
