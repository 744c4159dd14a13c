#include "importer.hpp"

#include <algorithm>
#include <memory>

#include "setclickd/base/text.hpp"

namespace setclick::ledger {

importer::importer(sqlite_store& ledger, std::span<claimed_file const> files,
                   std::span<import_chunk const> chunks, wall_time now)
    : ledger_(ledger), t_(*ledger.t_), files_(files), chunks_(chunks), now_(to_ms(now)) {}

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
    return std::move(answer_);
}

void importer::number_files() {
    answer_.files.reserve(files_.size());
    for (std::size_t i = 0; i < files_.size(); ++i)
        answer_.files.push_back(t_.files.next_number());
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
    fates_.resize(total);
    answer_.chunks.resize(chunks_.size());
}

void importer::give_numbers() {
    for (index i = 0; i < events_.size(); ++i) {
        auto& f = fates_[i];
        auto& result = answer_.chunks[chunk_of_[i]];
        auto const no = event_at(i).account;
        auto& account = grown_[no];
        switch (f.what) {
            case fate::kind::accepted: {
                auto& row = t_.accounts.at(no);
                if (account.count++ == 0) account.first = row.next_id();
                f.event = row.next_id();
                ++row.next_sequence;
                ++result.accepted;
                // A chunk mixes few accounts at a time, mostly one.
                if (result.accounts.empty() || result.accounts.back() != no)
                    if (std::find(result.accounts.begin(), result.accounts.end(), no) ==
                        result.accounts.end())
                        result.accounts.push_back(no);
                break;
            }
            case fate::kind::duplicate:
                ++account.duplicate;
                ++result.duplicates;
                break;
            case fate::kind::refused:
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
        if (fates_[i].what != fate::kind::accepted) continue;
        auto const& event = event_at(i);
        auto const& chunk = chunk_of(i);
        auto& draft = open[event.account];
        auto const file = file_of(chunk);
        if (draft.full() || draft.file != file) close(draft);
        if (draft.count == 0) {
            draft.first = fates_[i].event;
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

void importer::grow_spans() {
    for (auto const& [no, account] : grown_) {
        if (account.count == 0) continue;
        t_.spans.append(account.first, account.first + account.count - 1, span_state{});
        auto& row = t_.accounts.at(no);
        if (row.mark_day == ledger_.today()) continue;
        row.mark_day = ledger_.today();
        t_.add_mark.run(no, row.mark_day, account.first);
    }
}

void importer::write_refused() {
    std::int64_t without_account = 0;
    for (std::size_t c = 0; c < chunks_.size(); ++c) {
        auto const& chunk = chunks_[c];
        for (auto const& line : chunk.refused) {
            t_.refuse.run(file_of(chunk), line.line, line.offset, line.length,
                          chunk.text(line.reason));
            ++answer_.chunks[c].refused;
            auto* account = t_.accounts.named(chunk.text(line.account));
            if (account == nullptr) {
                ++without_account;
                continue;
            }
            ++account->refused;
            t_.accounts.touch(*account);
        }
    }
    if (without_account > 0)
        ledger_.set_meta("refused_without_account",
                         ledger_.meta("refused_without_account") + without_account);
    for (auto const& [i, reason] : refusals_) {
        auto const& event = event_at(i);
        t_.refuse.run(file_of(chunk_of(i)), event.line, event.offset, event.length,
                      std::string_view(reason));
        auto& account = t_.accounts.at(event.account);
        ++account.refused;
        t_.accounts.touch(account);
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
        if (run.count > 0) t_.duplicate.run(run.file, run.line, run.count, run.event);
        run.count = 0;
    };
    for (index i = 0; i < events_.size(); ++i) {
        auto const& f = fates_[i];
        if (f.what != fate::kind::duplicate) continue;
        auto const first = f.first_in_call == no_index ? f.event : fates_[f.first_in_call].event;
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
        row.duplicate += account.duplicate;
        t_.accounts.touch(row);
    }
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

result<import_answer> sqlite_store::import(std::span<claimed_file const> files,
                                           std::span<import_chunk const> chunks, wall_time now) {
    return change(purpose::grow, "ledger.import",
                  [&] { return importer(*this, files, chunks, now).run(); });
}

}  // namespace setclick::ledger
