#include "archiver.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <map>
#include <utility>

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

std::string result_file(finish_item const& it) {
    return spool::with_suffix(it.done_name.empty() ? it.info().claimed.name : it.done_name,
                              ".result.json");
}

}  // namespace

result<void> archiver::archive(std::vector<finish_item>& round) {
    if (auto r = move_all(round); !r) return r;
    return publish_results(round);
}

result<void> archiver::move_all(std::vector<finish_item>& round) {
    std::vector<finish_item*> missing;
    for (auto& it : round) {
        if (it.is_moved) continue;
        unsynced_ = true;
        if (auto r = move_one(it, missing); !r) return r.error();
    }
    if (!missing.empty())
        if (auto r = find_moved(missing); !r) return r.error();
    if (!unsynced_) return {};
    if (auto r = spool_->sync(place::done, "spool.done.sync_done"); !r) return r.error();
    if (auto r = spool_->sync(place::work, "spool.done.sync_work"); !r) return r.error();
    unsynced_ = false;
    return {};
}

result<void> archiver::move_one(finish_item& it, std::vector<finish_item*>& missing) {
    auto const& claimed = it.info().claimed;
    auto moved = spool::move_to_done(*spool_, claimed.work_name, claimed.name);
    if (moved) {
        it.done_name = std::move(*moved);
        it.is_moved = true;
        return {};
    }
    struct stat seen {};
    bool const is_there = ::fstatat(spool_->fd(place::work), claimed.work_name.c_str(), &seen,
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
result<void> archiver::find_moved(std::vector<finish_item*> const& missing) {
    std::vector<spool::moved_file> wanted;
    wanted.reserve(missing.size());
    for (auto const* it : missing)
        wanted.push_back({it->info().claimed.inode, it->info().claimed.name, it->info().offset});
    auto found = spool::names_of(*spool_, place::done, wanted);
    if (!found) return found.error();
    for (std::size_t i = 0; i < missing.size(); ++i) {
        auto& it = *missing[i];
        it.is_moved = true;
        it.file->with_care = true;
        it.done_name = std::move((*found)[i]);
        if (!it.done_name.empty()) continue;
        telemetry::log_line(telemetry::level::error,
                            "a file is missing in work/: all its events are final, but the file "
                            "itself cannot be archived",
                            {{telemetry::log_field::file, it.info().claimed.name},
                             {telemetry::log_field::path,
                              spool_->path_of(place::work, it.info().claimed.work_name)}});
    }
    return {};
}

result<void> archiver::publish_results(std::vector<finish_item>& round) {
    std::map<std::string, result_lines> lines;  // by results file
    bool published = false;
    for (auto& it : round) {
        auto const earlier = earlier_result(it);
        if (!earlier) return earlier.error();
        if (is_one_delivered(it.info()) && !it.done_name.empty() && earlier->empty()) {
            auto const file = results_name(it.info().finished_at);
            auto& to = lines[file];
            if (it.file->with_care) {
                to.again = true;
                auto const tail = spool::tail_of(*spool_, file, tail_size);
                if (!tail) return tail.error();
                if (has_whole_line(*tail, it.info().no)) continue;
            }
            to.text += result_line(it.info(), it.done_name);
            continue;
        }
        if (it.has_result) continue;
        if (auto r = publish_result(it, *earlier); !r) return r.error();
        it.has_result = true;
        published = true;
    }
    if (published)
        if (auto r = spool_->sync(place::done, "spool.publish.sync_dir"); !r) return r.error();
    for (auto const& [file, to] : lines)
        if (auto r = spool::append_durably(*spool_, file, to.text, to.again); !r) return r.error();
    return {};
}

/// The result of an earlier finish of the same file (a retry, a release or a crash came in
/// between), which is to be rewritten; empty for none.
result<std::string> archiver::earlier_result(finish_item const& it) const {
    if (!it.file->with_care && it.info().done_name.empty() && !it.info().removed)
        return std::string{};
    for (std::uint32_t n = 1; n <= 8; ++n) {
        auto name = spool::numbered(result_file(it), n);
        auto const tail = spool::tail_of(*spool_, name, tail_size);
        if (!tail) return tail.error();
        if (tail->empty()) break;
        if (tail->find(result_mark(it.info().no)) != std::string::npos) return name;
    }
    return std::string{};
}

result<void> archiver::publish_result(finish_item& it, std::string const& earlier) {
    it.notes.done_name = it.done_name;
    auto out = spool::publication::begin(
        *spool_, place::done, std::to_string(static_cast<std::uint64_t>(it.info().no)) + ".result");
    if (!out) return out.error();
    if (auto r = out->append(result_text(it.info(), it.notes)); !r) return r.error();
    if (!earlier.empty()) return out->replace(earlier);
    auto published = out->publish(result_file(it), false);
    if (!published) return published.error();
    return {};
}

}  // namespace setclick::intake
