#include "done_return.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "setclickd/async/ledger_call.hpp"
#include "setclickd/spool/publish.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {

namespace asio = boost::asio;
using spool::place;
namespace name = telemetry::log_field;

bool done_return::has_grown(filed const& file, std::uint64_t& size) const {
    struct stat seen {};
    if (file.done_name.empty() ||
        ::fstatat(spool_->fd(place::done), file.done_name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) !=
            0 ||
        !S_ISREG(seen.st_mode) || seen.st_ino != file.inode)
        return false;
    size = static_cast<std::uint64_t>(seen.st_size);
    return size > file.read;
}

bool done_return::passes(error const& e) noexcept {
    return may_pass(e.code) || ledger::may_be_given_again(e.code);
}

asio::awaitable<result<bool>> done_return::look(filed file) {
    std::uint64_t size = 0;
    if (!has_grown(file, size)) co_return false;
    auto task = [no = file.no](ledger::store& store) { return store.read_on(no); };
    auto const info =
        co_await async::ledger_call(*writer_, ledger::writer::priority::import, std::move(task));
    // Opened again by a person's command, or its time is over: that goes first.
    if (!info && info.error().code == errc::invalid_data) co_return false;
    if (!info) co_return info.error();
    telemetry::log_line(telemetry::level::warn,
                        "a file grew in done/ after it was finished: it is brought back, and what "
                        "was appended is read; rename files into incoming/ only when they are "
                        "complete",
                        {{name::file, info->claimed.name},
                         {name::path, spool_->path_of(place::done, file.done_name)},
                         {"unread_bytes", size - info->offset},
                         {"from", info->offset + 1}});
    if (auto r = spool::move_back(*spool_, file.done_name, info->claimed.work_name); !r)
        co_return r.error();
    auto& known = files_->add(stage::importing, reading_of(*info));
    known.read_on_from(*info);
    known.with_care = true;
    crashes_->mark(known.reading);
    co_return true;
}

}  // namespace setclick::intake
