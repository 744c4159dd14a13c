#include "loops.hpp"

#include <string_view>
#include <utility>

#include "recovery.hpp"
#include "setclickd/csv/profiles.hpp"

namespace setclick::intake {
namespace {

spool::claim_options claim_options_of(service_options const& o) {
    spool::claim_options out{o.run,   o.spool.settle,   o.spool.max_file,
                             o.after, o.spool.patience, {}};
    if (auto known = o.tables.known)
        out.text_tables = [known](std::string_view name) { return known->has_match(name); };
    return out;
}

}  // namespace

loops::loops(service_options const& options, service_wiring const& wiring,
             loop_context const& context, candidate_source source,
             std::unique_ptr<ledger::reader> ledger)
    : spool_(wiring.spool),
      ledger_(std::move(ledger)),
      crashes_(options.crash_lines),
      reader_(options.rules, options.accounts, options.key, options.spool.max_line, wiring.reading,
              options.tables),
      claims_(*spool_, claim_options_of(options), std::move(source), options.try_again_after,
              files_, log_),
      builder_(*spool_, files_, reader_),
      import_(context, *wiring.writer,
              {options.ledger, options.try_again_after, wiring.imported, wiring.counted,
               [this] { take_in_.wake(); }},
              files_, log_),
      take_in_(context, claims_, builder_, import_, files_),
      sharing_(*spool_, options.spool.share_rejected),
      publish_(context, {spool_, ledger_.get(), &reader_.buffer(), reader_.max_line(), &sharing_},
               options.try_again_after, files_),
      returns_(context, *spool_, *wiring.writer, crashes_, files_),
      recheck_(context, returns_),
      finish_(context, *wiring.writer,
              {spool_, ledger_.get(), &reader_.buffer(), reader_.max_line(), &sharing_},
              options.try_again_after, crashes_, files_, log_,
              [this](filed file) { recheck_.add(std::move(file)); }),
      cleaner_(context, *spool_, *wiring.writer, returns_) {
    files_.when_entered(stage::importing, [this] { take_in_.wake(); });
    files_.when_entered(stage::publishing, [this] { publish_.wake(); });
    files_.when_entered(stage::marking, [this] { take_in_.wake(); });
    files_.when_entered(stage::complete, [this] { finish_.wake(); });
}

hold_up loops::held_up() const noexcept {
    if (auto const waits = import_.held_up(); waits != hold_up::none) return waits;
    if (claims_.is_held_up()) return hold_up::files_not_taken;
    if (publish_.is_held_up()) return hold_up::refused_not_written;
    if (finish_.is_held_up()) return hold_up::files_not_archived;
    return hold_up::none;
}

result<void> loops::take_up(std::vector<ledger::file_info> unfinished) {
    sharing_.take_up();
    if (auto r = take_up_unfinished(*spool_, std::move(unfinished), crashes_, files_); !r) return r;
    // What grew in done/ while nobody looked.
    auto newest = ledger_->newest_done(recheck_schedule::most);
    // Locked or without room just now: they are looked at before retention removes them.
    if (!newest && done_return::passes(newest.error())) return {};
    if (!newest) return newest.error();
    for (auto& file : *newest)
        recheck_.add(filed_as(file.no, std::move(file.done_name), file.claimed.inode, file.offset,
                              file.reader_state));
    return {};
}

void loops::start(async::loop_group& group) {
    group.start("take in", take_in_.run());
    group.start("watch", take_in_.watch());
    group.start("import", import_.run());
    group.start("publish", publish_.run());
    group.start("finish", finish_.run());
    group.start("look again", recheck_.run());
    group.start("clean", cleaner_.run());
}

void loops::take(inbox::content mail) {
    for (auto& info : mail.complete)
        import_.complete(std::move(info));
    cleaner_.add(std::move(mail.expired));
    if (mail.oldest_kept) cleaner_.keep_results_since(*mail.oldest_kept);
}

bool loops::is_idle() const noexcept {
    return claims_.source().is_exhausted() && files_.is_at_rest() && import_.is_idle() &&
           cleaner_.is_idle();
}

}  // namespace setclick::intake
