#include "importer.hpp"

#include <algorithm>
#include <memory>

#include "attempt_end.hpp"
#include "failure.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::ledger {

importer::importer(tables& t, milliseconds window, std::span<claimed_file const> files,
                   std::span<import_chunk const> chunks, wall_time now)
    : t_(t), window_(window), files_(files), chunks_(chunks), now_(to_ms(now)) {}

import_answer importer::run() {
    number_files();
    list_events();
    judge_identities();
    give_numbers();
    write_packs();
    write_identities();
    mark_superseded();
    grow_spans();
    write_refused();
    write_duplicates();
    count_accounts();
    write_files();
    doubt_adopted();
    t_.history.count(t_.accounts.take_news(), from_ms(now_));
    return std::move(answer_);
}

void importer::number_files() {
    if (!files_.empty()) answer_.files = t_.files.new_numbers(files_.size());
}

std::string importer::name_of(import_chunk const& c) const {
    return c.file != file_no{} ? t_.files.get(c.file).claimed.name : files_[c.new_file].name;
}

void importer::list_events() {
    std::size_t total = 0;
    for (auto const& chunk : chunks_)
        total += chunk.events.size();
    events_.reserve(total);
    chunk_of_.reserve(total);
    for (std::uint32_t c = 0; c < chunks_.size(); ++c)
        for (auto const& event : chunks_[c].events) {
            events_.push_back(&event);
            chunk_of_.push_back(c);
        }
    judgements_.resize(total);
    numbers_.resize(total);
    answer_.chunks.resize(chunks_.size());
}

void importer::judge_identities() {
    for (index i = 0; i < events_.size(); ++i)
        judge_.add(i, event_at(i), chunk_of(i).text(event_at(i).event_id));
    auto const& keys = judge_.keys();
    if (keys.empty()) return;
    auto const holders = t_.identities.find(keys);
    judge_.judge(holders, judgements_, [this](std::uint64_t event) { return may_succeed(event); });
    for (index i = 0; i < judgements_.size(); ++i)
        if (judgements_[i].is == verdict::refused) refusals_[i] = reason_of(i, judgements_[i]);
}

/// A person may mend and drop again what was rejected or discarded; and what is older than the
/// window does not count.
bool importer::may_succeed(std::uint64_t event) {
    auto state = t_.state_of(event);
    if (!is_final(state)) return false;
    if (state != event_state::delivered && !t_.accounts.at(event_no{event}.account()).is_owned) {
        // Its owner may be sending it again.
        t_.identities.hold(event);
        state = t_.state_of(event);
    }
    if (state != event_state::delivered) return is_final(state);
    auto const days = static_cast<std::int64_t>(days_kept(window_));
    return event < t_.older_than(event_no{event}.account(), days);
}

std::string importer::reason_of(index i, identity_judge::judgement const& refused) {
    std::string where;
    if (auto const first = refused.holder_in_call; first != no_index) {
        where = printable(name_of(chunk_of(first))) + ":" + std::to_string(event_at(first).line);
    } else {
        where = "event " + std::to_string(refused.holder);
        try {
            auto const file = t_.packs.find(refused.holder).file;
            where = printable(t_.files.get(file).claimed.name) + ":" +
                    std::to_string(t_.packs.line_of(refused.holder));
        } catch (failure const& f) {
            // Its record has been pruned: the number has to do.
            if (f.what_failed().code != errc::not_found) throw;
        }
    }
    return "event_id \"" + printable(chunk_of(i).text(event_at(i).event_id)) +
           "\" already used by " + where + " with other content";
}

void importer::give_numbers() {
    for (index i = 0; i < events_.size(); ++i) {
        auto& result = answer_.chunks[chunk_of_[i]];
        auto const no = event_at(i).account;
        auto& account = grown_[no];
        switch (judgements_[i].is) {
            case verdict::accepted: {
                auto& row = t_.accounts.at(no);
                if (account.count++ == 0) account.first = row.next_id();
                numbers_[i] = row.next_id();
                ++row.next_sequence;
                ++result.accepted;
                // A chunk mixes few accounts at a time, mostly one.
                if (result.accounts.empty() || result.accounts.back() != no)
                    if (std::find(result.accounts.begin(), result.accounts.end(), no) ==
                        result.accounts.end())
                        result.accounts.push_back(no);
                break;
            }
            case verdict::duplicate:
                ++account.duplicate;
                ++result.duplicates;
                break;
            case verdict::refused:
                ++result.refused;
                break;
        }
    }
}

void importer::write_packs() {
    std::vector<pack_draft> done;
    std::map<account_no, pack_draft> open;
    auto const close = [&](pack_draft& draft) {
        if (draft.count == 0) return;
        done.push_back(std::move(draft));
        draft = {};
    };
    for (index i = 0; i < events_.size(); ++i) {
        if (judgements_[i].is != verdict::accepted) continue;
        auto const& event = event_at(i);
        auto const& chunk = chunk_of(i);
        auto& draft = open[event.account];
        auto const file = file_of(chunk);
        if (draft.full() || draft.file != file) close(draft);
        if (draft.count == 0) {
            draft.first = numbers_[i];
            draft.file = file;
        }
        draft.add(event.line, chunk.text(event.record));
    }
    for (auto& [_, draft] : open)
        close(draft);
    std::sort(done.begin(), done.end(),
              [](auto const& a, auto const& b) { return a.first < b.first; });
    for (auto const& draft : done)
        t_.packs.insert(draft, now_);
}

void importer::write_identities() {
    std::vector<identity_entry> entries;
    entries.reserve(judge_.claims().size());
    for (auto const& c : judge_.claims())
        entries.push_back({c.key, numbers_[c.at], c.content});
    if (!entries.empty()) t_.identities.store(entries, judge_.keys());
}

/// What was rejected or discarded is kept, and may be sent again by `retry`: without this both
/// would be.
void importer::mark_superseded() {
    for (auto const& [from, by] : judge_.successions()) {
        auto const state = t_.state_of(from);
        // Delivered, it is known for what it is; pruned, it cannot be sent again.
        if (state == event_state::delivered || !t_.packs.has(from)) continue;
        auto const excerpt = "by event " + std::to_string(numbers_[by]);
        attempt_row row;
        row.kind = attempt_kind::superseded;
        row.at = now_;
        row.state = state;
        row.counted = false;
        row.reason = "superseded";
        row.excerpt = excerpt;
        t_.attempts.add(from, row, true);
    }
}

void importer::grow_spans() {
    for (auto const& [no, account] : grown_) {
        if (account.count == 0) continue;
        t_.spans.append(account.first, account.first + account.count - 1, span_state{});
        auto& row = t_.accounts.at(no);
        if (row.mark_day == t_.age.today()) continue;
        row.mark_day = t_.age.today();
        t_.marks.add(no, row.mark_day, account.first);
    }
}

void importer::write_refused() {
    std::int64_t without_account = 0;
    for (std::size_t c = 0; c < chunks_.size(); ++c) {
        auto const& chunk = chunks_[c];
        if (auto const& again = chunk.read_again)
            t_.lines.name_successor(file_of(chunk), again->line, again->as);
        for (auto const& line : chunk.refused) {
            t_.lines.add_refused(file_of(chunk), line.line, line.offset, line.length,
                                 chunk.text(line.reason));
            ++answer_.chunks[c].refused;
            auto* account = t_.accounts.named(chunk.text(line.account));
            if (account == nullptr) ++without_account;
            t_.accounts.refuse(account, 1);
        }
    }
    if (without_account > 0) t_.meta.add("refused_without_account", without_account);
    for (auto const& [i, reason] : refusals_) {
        auto const& event = event_at(i);
        t_.lines.add_refused(file_of(chunk_of(i)), event.line, event.offset, event.length,
                             std::string_view(reason));
        t_.accounts.refuse(&t_.accounts.at(event.account), 1);
    }
}

/// Consecutive lines that repeat consecutive events share a row: the same export dropped again
/// costs next to nothing.
void importer::write_duplicates() {
    struct {
        file_no file{};
        std::uint64_t line = 0;
        std::uint64_t count = 0;
        std::uint64_t event = 0;
    } run;
    auto const close = [&] {
        if (run.count > 0) t_.lines.add_duplicates(run.file, run.line, run.count, run.event);
        run.count = 0;
    };
    for (index i = 0; i < events_.size(); ++i) {
        auto const& j = judgements_[i];
        if (j.is != verdict::duplicate) continue;
        auto const first = j.holder_in_call == no_index ? j.holder : numbers_[j.holder_in_call];
        auto const line = event_at(i).line;
        auto const file = file_of(chunk_of(i));
        if (run.count > 0 && file == run.file && line == run.line + run.count &&
            first == run.event + run.count) {
            ++run.count;
            continue;
        }
        close();
        run.file = file;
        run.line = line;
        run.count = 1;
        run.event = first;
    }
    close();
}

void importer::count_accounts() {
    for (auto const& [no, account] : grown_) {
        auto& row = t_.accounts.at(no);
        row.count(event_state::waiting) += account.count;
        t_.accounts.repeat(row, account.duplicate);
    }
}

/// Of files that a life of the ledger may have sent which nobody knows any more.
void importer::doubt_adopted() {
    if (t_.adopted.is_empty()) return;
    std::vector<bool> doubtful;
    for (auto const& c : chunks_)
        doubtful.push_back(t_.adopted.contains(c.file != file_no{} ? t_.files.get(c.file).claimed
                                                                   : files_[c.new_file]));
    if (std::ranges::find(doubtful, true) == doubtful.end()) return;
    // They are the account's from here on, also where its end has no row.
    t_.accounts.flush();
    attempt_row row;
    row.kind = attempt_kind::restart;
    row.at = now_;
    row.in_doubt = true;
    row.reason = adopted_reason;
    for (index i = 0; i < events_.size(); ++i) {
        if (judgements_[i].is != verdict::accepted || !doubtful[chunk_of_[i]]) continue;
        auto& account = t_.accounts.at(event_at(i).account);
        if (!account.is_owned)
            throw failure(
                fail(errc::busy, "events of a file that was adopted are in doubt, and account " +
                                     account.id +
                                     " is another node's: stop that one until this file is read"));
        auto const to =
            after_adoption(event_state::waiting, t_.adopted.policy_of(account.id), now_);
        row.state = to.state;
        t_.attempts.add(numbers_[i], row, false);
        t_.spans.carve(numbers_[i], numbers_[i], event_state::waiting, to, now_);
        t_.accounts.move(account, event_state::waiting, to.state, 1);
        t_.files.change(file_of(chunk_of(i))).move(event_state::waiting, to.state, 1);
        t_.accounts.doubt(account, 1);
    }
    t_.files.flush(now_);
}

/// A new file is written once, with what its first chunk made of it.
void importer::write_files() {
    std::vector<bool> written(files_.size());
    for (std::size_t c = 0; c < chunks_.size(); ++c) {
        auto const& chunk = chunks_[c];
        auto& result = answer_.chunks[c];
        bool const is_new = chunk.file == file_no{} && !written[chunk.new_file];
        if (is_new) written[chunk.new_file] = true;
        bool const complete =
            is_new ? t_.files.add(file_of(chunk), files_[chunk.new_file], chunk, result, now_)
                   : t_.files.advance(file_of(chunk), chunk, result, now_);
        if (complete) result.complete = t_.files.get(file_of(chunk));
    }
    for (std::size_t i = 0; i < files_.size(); ++i)
        if (!written[i]) t_.files.add(answer_.files[i], files_[i], {}, {}, now_);
}

}  // namespace setclick::ledger
