#include "claims.hpp"

#include <utility>

#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

using spool::place;
using telemetry::level;
using telemetry::log_line;
namespace name = telemetry::log_field;

}  // namespace

claims::claims(spool::directory& spool, spool::claim_options const& claim, candidate_source source,
               milliseconds try_again_after, file_table& files, intake_log& log)
    : spool_(&spool),
      claimer_(spool, claim),
      source_(std::move(source)),
      try_again_after_(try_again_after),
      files_(&files),
      log_(&log),
      once_(source_.is_once()) {}

result<bool> claims::take(steady_time now) {
    auto names = source_.next(round_size, now);
    auto round = claimer_.claim(names, now);
    if (!round) return round.error();
    for (auto& c : round->files)
        files_->add_claimed({std::move(c.name), std::move(c.work_name), c.device, c.inode, c.size},
                            std::move(c.fd));
    log_left(round->left);
    source_.ask_again(std::move(round->unquiet), now);
    if (round->trouble) {
        // What the round did not come to is offered again.
        std::erase_if(names, [](auto const& c) { return c.name.empty(); });
        source_.ask_again(std::move(names), now);
        if (auto r = trouble(*round->trouble, now); !r) return r.error();
    } else if (!round->files.empty()) {
        troubles_ = 0;
        if (trouble_.ended(now)) log_line(level::info, "files can be taken again", {});
    }
    return !round->files.empty();
}

void claims::log_left(std::vector<spool::left_file> const& left) {
    for (auto const& file : left) {
        bool const is_untaken = file.reason == spool::left_reason::unreadable ||
                                file.reason == spool::left_reason::cannot_move;
        if (is_untaken) ++untaken_;
        if (reported_.report(file)) log_->left(file, spool_->path_of(place::incoming));
    }
    if (!source_.pass_ended()) return;
    if (auto const more = reported_.pass_ended(); more > 0)
        log_line(level::warn, "more files are left alone in incoming/ than are named here",
                 {{name::count, more}, {name::path, spool_->path_of(place::incoming)}});
}

result<void> claims::trouble(error const& e, steady_time now) {
    source_.pause(now + try_again_after_);
    if (trouble_.trouble(now))
        log_line(level::error, "files cannot be taken now; nothing is lost, it is tried again",
                 {{name::error, e.message}});
    if (once_ && ++troubles_ >= most_troubles_once) return fail(errc::io, e.message);
    return {};
}

}  // namespace setclick::intake
