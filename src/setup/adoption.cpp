#include "setclickd/setup/adoption.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <string>
#include <string_view>

namespace setclick::setup {
namespace {

/// What lies in work/ and done/: the ledger may not know it.
result<void> list_files(spool::directory const& spool, ledger::adoption& how) {
    auto const in_work =
        spool.for_each_name(spool::place::work, [&](std::string_view name, std::uint64_t) {
            how.work_names.emplace_back(name);
            return true;
        });
    if (!in_work) return in_work.error();
    return spool.for_each_name(spool::place::done, [&](std::string_view name, std::uint64_t inode) {
        std::string const text(name);
        struct stat found {};
        // Results are nobody's events.
        if (::fstatat(spool.fd(spool::place::done), text.c_str(), &found, AT_SYMLINK_NOFOLLOW) ==
                0 &&
            S_ISREG(found.st_mode) && !text.ends_with(".result.json"))
            how.done_files.push_back({text, inode, static_cast<std::uint64_t>(found.st_size)});
        return true;
    });
}

}  // namespace

result<ledger::adoption> adoption_of(settings::settings const& s, spool::directory const& spool) {
    ledger::adoption how;
    for (auto const& a : s.accounts)
        how.accounts.emplace_back(a.id, a.in_doubt);
    auto const last_run = spool.last_run();
    if (!last_run) return last_run.error();
    how.at_least_run = *last_run;
    if (auto const listed = list_files(spool, how); !listed) return listed.error();
    return how;
}

}  // namespace setclick::setup
