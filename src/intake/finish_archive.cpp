// finisher: the part that moves files and publishes their results.
#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <map>

#include "finisher.hpp"
#include "setclickd/spool/name.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {
namespace {

using spool::place;

/// What of a results file is looked through for a line that was written before a crash: far more
/// than one round.
constexpr std::size_t tail_size = std::size_t{1} << 20;

/// What is to be appended to a results file.
struct result_lines {
    std::string text;
    bool again = false;  ///< an earlier try may have written some of it, and not synced it
};

/// A crash may have torn the line; a later append has ended it then, but not with its brace.
bool has_whole_line(std::string_view tail, file_no no) {
    auto const mark = result_mark(no);
    for (auto at = tail.find(mark); at != std::string_view::npos; at = tail.find(mark, at + 1)) {
        auto const end = tail.find('\n', at);
        if (end != std::string_view::npos && tail[end - 1] == '}') return true;
    }
    return false;
}

}  // namespace

result<bool> finisher::archive(steady_time now) {
    if (!moved_) {
        ask_anew_of_stale(ready_);
        auto r = move_all();
        if (r && !ready_.empty()) r = publish_results();
        if (!r) {
            for (auto& it : ready_)
                it.again = true;
            // With a results file that somebody made unwritable nothing is unknown on the disk.
            if (!may_pass(r.error().code) && r.error().code != errc::unreadable) return r.error();
            trouble(r.error(), now);
            return true;
        }
        if (ready_.empty()) return true;
        moved_ = true;
    }
    post_done();
    return true;
}

/// True: the file grew behind what was read of it, and the item is no longer ours.
bool finisher::give_back_grown(item& it) {
    struct stat seen {};
    if (it.moved || ::fstatat(wiring_.spool->fd(place::work), it.info.claimed.work_name.c_str(),
                              &seen, AT_SYMLINK_NOFOLLOW) != 0)
        return false;
    // Another one than was claimed, where a person put it back.
    it.info.claimed.inode = seen.st_ino;
    if (static_cast<std::uint64_t>(seen.st_size) <= it.info.offset) return false;
    known_.erase(it.info.no);
    stale_.erase(it.info.no);  // it is named again at its new end
    wiring_.grew(std::move(it.info), it.again);
    return true;
}

result<void> finisher::move_all() {
    std::erase_if(ready_, [&](item& it) { return give_back_grown(it); });
    std::vector<item*> missing;
    for (auto& it : ready_) {
        if (it.moved) continue;
        // Outlives a try that fails half way: the next one may have nothing left to move.
        unsynced_ = true;
        if (auto r = move_one(it, missing); !r) return r.error();
    }
    if (!missing.empty())
        if (auto r = find_moved(missing); !r) return r.error();
    if (!unsynced_) return {};
    // done/ first: a crash between the two leaves a name too many, never one too few.
    if (auto r = wiring_.spool->sync(place::done, "spool.done.sync_done"); !r) return r.error();
    if (auto r = wiring_.spool->sync(place::work, "spool.done.sync_work"); !r) return r.error();
    unsynced_ = false;
    return {};
}

result<void> finisher::move_one(item& it, std::vector<item*>& missing) {
    auto moved =
        spool::move_to_done(*wiring_.spool, it.info.claimed.work_name, it.info.claimed.name);
    if (moved) {
        it.done_name = std::move(*moved);
        it.moved = true;
        return {};
    }
    struct stat seen {};
    bool const is_there =
        ::fstatat(wiring_.spool->fd(place::work), it.info.claimed.work_name.c_str(), &seen,
                  AT_SYMLINK_NOFOLLOW) == 0;
    // Still in work/, so it is done/ itself that is not found.
    if (is_there && moved.error().code == errc::not_found)
        return fail(errc::io, moved.error().message + " (is done/ still there?)");
    if (moved.error().code != errc::not_found) return moved.error();
    missing.push_back(&it);
    return {};
}

/// Not in work/: an earlier try may have moved them. A file that is nowhere is finished without
/// one, with an error line.
result<void> finisher::find_moved(std::vector<item*> const& missing) {
    std::vector<spool::moved_file> wanted;
    wanted.reserve(missing.size());
    for (auto const* it : missing)
        wanted.push_back({it->info.claimed.inode, it->info.claimed.name, it->info.offset});
    auto found = spool::names_of(*wiring_.spool, place::done, wanted);
    if (!found) return found.error();
    for (std::size_t i = 0; i < missing.size(); ++i) {
        auto* const it = missing[i];
        it->moved = true;
        it->again = true;
        it->done_name = std::move((*found)[i]);
        if (!it->done_name.empty()) continue;
        telemetry::log_line(telemetry::level::error,
                            "a file is missing in work/: all its events are final, but the file "
                            "itself cannot be archived",
                            {{telemetry::log_field::file, it->info.claimed.name},
                             {telemetry::log_field::path,
                              wiring_.spool->path_of(place::work, it->info.claimed.work_name)}});
    }
    return {};
}

/// A producer that has kept it open may write behind the last look.
void finisher::tell_unread(item const& it) const {
    if (it.done_name.empty() || !it.info.done_name.empty()) return;
    struct stat seen {};
    if (::fstatat(wiring_.spool->fd(place::done), it.done_name.c_str(), &seen,
                  AT_SYMLINK_NOFOLLOW) != 0)
        return;
    auto const size = static_cast<std::uint64_t>(seen.st_size);
    if (size <= it.info.offset) return;
    telemetry::log_line(
        telemetry::level::error,
        "a file was written to while it was filed away: what was appended is in done/, but was not "
        "read; drop those bytes again as a file of their own (tail -c +FROM FILE), and rename "
        "files "
        "into incoming/ only when they are complete",
        {{telemetry::log_field::file, it.info.claimed.name},
         {telemetry::log_field::path, wiring_.spool->path_of(place::done, it.done_name)},
         {"unread_bytes", size - it.info.offset},
         {"from", it.info.offset + 1}});
}

result<void> finisher::publish_results() {
    std::map<std::string, result_lines> lines;  // by results file
    bool published = false;
    for (auto& it : ready_) {
        auto const earlier = earlier_result(it);
        if (!earlier) return earlier.error();
        if (is_one_delivered(it.info) && !it.done_name.empty() && earlier->empty()) {
            auto const file = results_name(it.info.finished_at);
            auto& to = lines[file];
            if (it.again) {
                to.again = true;
                auto const tail = spool::tail_of(*wiring_.spool, file, tail_size);
                if (!tail) return tail.error();
                if (has_whole_line(*tail, it.info.no)) continue;
            }
            to.text += result_line(it.info, it.done_name);
            continue;
        }
        if (it.result_published) continue;
        if (auto r = publish_result(it, *earlier); !r) return r.error();
        it.result_published = true;
        published = true;
    }
    if (published)
        if (auto r = wiring_.spool->sync(place::done, "spool.publish.sync_dir"); !r)
            return r.error();
    for (auto const& [file, to] : lines)
        if (auto r = spool::append_durably(*wiring_.spool, file, to.text, to.again); !r)
            return r.error();
    return {};
}

std::string finisher::result_file(item const& it) {
    return spool::with_suffix(it.done_name.empty() ? it.info.claimed.name : it.done_name,
                              ".result.json");
}

/// The result of an earlier finish of the same file (a retry, a release or a crash came in
/// between), which is to be rewritten; empty for none.
result<std::string> finisher::earlier_result(item const& it) const {
    if (!it.again && it.info.done_name.empty()) return std::string{};
    for (std::uint32_t n = 1; n <= 8; ++n) {
        auto name = spool::numbered(result_file(it), n);
        auto const tail = spool::tail_of(*wiring_.spool, name, tail_size);
        if (!tail) return tail.error();
        if (tail->empty()) break;
        if (tail->find(result_mark(it.info.no)) != std::string::npos) return name;
    }
    return std::string{};
}

result<void> finisher::publish_result(item& it, std::string const& earlier) {
    it.notes.done_name = it.done_name;
    auto out = spool::publication::begin(
        *wiring_.spool, place::done,
        std::to_string(static_cast<std::uint64_t>(it.info.no)) + ".result");
    if (!out) return out.error();
    if (auto r = out->append(result_text(it.info, it.notes)); !r) return r.error();
    if (!earlier.empty()) return out->replace(earlier);
    auto published = out->publish(result_file(it), false);
    if (!published) return published.error();
    return {};
}

}  // namespace setclick::intake
