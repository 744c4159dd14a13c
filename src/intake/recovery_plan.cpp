#include "recovery_plan.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <tuple>
#include <unordered_map>

#include "file_position.hpp"
#include "setclickd/spool/name.hpp"
#include "setclickd/spool/publish.hpp"

namespace setclick::intake {
namespace {

using spool::place;

/// Nothing for a file that is gone or is no regular file.
std::optional<ledger::claimed_file> look_at(spool::directory const& spool,
                                            std::string_view work_name,
                                            spool::work_parts const& parts) {
    ledger::claimed_file out;
    out.work_name = work_name;
    struct stat seen {};
    if (::fstatat(spool.fd(place::work), out.work_name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) != 0 ||
        !S_ISREG(seen.st_mode))
        return std::nullopt;
    out.name = parts.name;
    out.device = seen.st_dev;
    out.inode = seen.st_ino;
    out.size = static_cast<std::uint64_t>(seen.st_size);
    return out;
}

bool published(ledger::file_info const& file) {
    return reading_state::from(file.offset, file.line, file.reader_state).published.has_value();
}

void sort_known(ledger::file_info&& file, recovery_plan& plan) {
    if (!file.at_end) {
        plan.read_on.push_back(std::move(file));
        return;
    }
    // Which of the refused lines are new cannot be known here, not even where some were published:
    // the file may have grown since. The writer finds out, and publishes nothing for none.
    if (file.refused > 0)
        plan.publish.push_back(std::move(file));
    else if (file.state == ledger::file_state::complete)
        plan.finish.push_back(file.no);
}

result<void> sort_absent(spool::directory const& spool,
                         std::vector<ledger::file_info*> const& absent, recovery_plan& plan) {
    std::vector<ledger::file_info*> read;
    std::vector<spool::moved_file> wanted;
    for (auto* const file : absent) {
        // Nobody moves one that was not read to its end.
        if (!file->at_end) {
            plan.missing.push_back(std::move(*file));
            continue;
        }
        read.push_back(file);
        wanted.push_back({file->claimed.inode, file->claimed.name, file->offset});
    }
    if (read.empty()) return {};
    auto const moved = spool::names_of(spool, place::done, wanted);
    if (!moved) return moved.error();
    for (std::size_t i = 0; i < read.size(); ++i) {
        bool const is_nowhere = (*moved)[i].empty();
        if (is_nowhere) plan.missing.push_back(*read[i]);
        // Why lines were refused is in the ledger: at least that is written down. One that was
        // moved had its lines published before.
        if (is_nowhere && read[i]->refused > 0 && !published(*read[i])) {
            plan.publish.push_back(std::move(*read[i]));
            continue;
        }
        // What it held is in the ledger: it can be finished, if need be without the file.
        if (read[i]->state == ledger::file_state::complete) plan.finish.push_back(read[i]->no);
    }
    return {};
}

}  // namespace

result<recovery_plan> plan_recovery(spool::directory const& spool,
                                    std::vector<ledger::file_info> unfinished) {
    recovery_plan plan;
    std::unordered_map<std::string_view, std::size_t> known;
    known.reserve(unfinished.size());
    for (std::size_t i = 0; i < unfinished.size(); ++i)
        known.emplace(unfinished[i].claimed.work_name, i);
    std::vector<bool> seen(unfinished.size());
    std::vector<std::tuple<std::uint64_t, std::uint64_t, ledger::claimed_file>> unknown;

    auto const listed = spool.for_each_name(place::work, [&](std::string_view name, std::uint64_t) {
        if (auto const file = known.find(name); file != known.end()) {
            seen[file->second] = true;
            return true;
        }
        auto const parts = spool::parse_work_name(name);
        auto file = parts ? look_at(spool, name, *parts) : std::nullopt;
        if (file)
            unknown.emplace_back(parts->run, parts->sequence, std::move(*file));
        else
            plan.foreign.emplace_back(name);
        return true;
    });
    if (!listed) return listed.error();

    std::sort(unknown.begin(), unknown.end(), [](auto const& a, auto const& b) {
        return std::tie(std::get<0>(a), std::get<1>(a)) < std::tie(std::get<0>(b), std::get<1>(b));
    });
    for (auto& [run, sequence, file] : unknown)
        plan.unknown.push_back(std::move(file));

    std::vector<ledger::file_info*> absent;
    for (std::size_t i = 0; i < unfinished.size(); ++i) {
        // With a done_name it lies in done/ already, or did for its time, and a person has opened
        // it again.
        if (!seen[i] && !unfinished[i].at_end && !unfinished[i].done_name.empty())
            plan.bring_back.push_back(std::move(unfinished[i]));
        else if (seen[i] || !unfinished[i].done_name.empty() || unfinished[i].removed)
            sort_known(std::move(unfinished[i]), plan);
        else
            absent.push_back(&unfinished[i]);
    }
    if (auto r = sort_absent(spool, absent, plan); !r) return r.error();
    return plan;
}

}  // namespace setclick::intake
