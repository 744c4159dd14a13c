#include "done_return.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <utility>

#include "call_builder.hpp"
#include "file_position.hpp"
#include "setclickd/async/ledger_call.hpp"
#include "setclickd/spool/publish.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::intake {

namespace asio = boost::asio;
using spool::place;
namespace name = telemetry::log_field;

filed filed_as(file_no no, std::string done_name, std::uint64_t inode, std::uint64_t read,
               std::string_view reader_state) {
    return {no, std::move(done_name), inode, read,
            reading_state::from(read, 1, reader_state).print};
}

std::optional<done_return::sight> done_return::see(filed const& file) const {
    struct stat seen {};
    if (file.done_name.empty() ||
        ::fstatat(spool_->fd(place::done), file.done_name.c_str(), &seen, AT_SYMLINK_NOFOLLOW) !=
            0 ||
        !S_ISREG(seen.st_mode) || seen.st_ino != file.inode)
        return std::nullopt;
    return sight{static_cast<std::uint64_t>(seen.st_size), modified_ns(seen)};
}

/// Where it cannot be read, or nothing is known of it, it counts as it did.
asio::awaitable<bool> done_return::has_changed(filed const& file, sight const& now) const {
    if (!file.print || now.size == 0) co_return false;
    if (now.size < file.read) co_return true;
    if (now.size == file.read && now.modified_ns == file.print->modified_ns) co_return false;
    auto const fd = open_in(*spool_, place::done, file.done_name);
    if (!fd) co_return false;
    sum_pass pass(fd.get(), file.read);
    while (pass.turn())
        co_await context_->yield();
    auto const sum = pass.sum();
    co_return sum&&* sum != file.print->sum;
}

/// The file first, then the ledger: a crash in between costs one more reading, of duplicates (as long as their
/// identities are known). The other way round what was written would lie in done/ and nobody would look at it.
asio::awaitable<result<done_look>> done_return::give_back(filed const& file) {
    auto const name = spool::give_back(*spool_, file.done_name, file.done_name);
    if (!name && name.error().code == errc::not_found) co_return done_look::unchanged;
    if (!name) co_return name.error();
    telemetry::log_line(telemetry::level::warn,
                        "bytes of a file in done/ changed that were read: it is given back to "
                        "incoming/ and read as a new one; rename files into incoming/ only when "
                        "they are complete",
                        {{name::file, *name},
                         {name::path, spool_->path_of(place::done, file.done_name)},
                         {"read_bytes", file.read}});
    untold_.push_back(file.no);
    auto const told = co_await tell_given_back();
    if (!told && !passes(told.error())) co_return told.error();
    co_return done_look::given_back;
}

/// Where the ledger cannot take it now, the next look tries again.
asio::awaitable<result<void>> done_return::tell_given_back() {
    result<void> told;
    while (told && !untold_.empty()) {
        auto const no = untold_.back();
        auto task = [no](ledger::store& store) { return store.given_back(no); };
        told = co_await async::ledger_call(*writer_, ledger::writer::priority::import,
                                           std::move(task));
        if (told) std::erase(untold_, no);  // the other loop may have told it as well
    }
    co_return told;
}

bool done_return::passes(error const& e) noexcept {
    return may_pass(e.code) || ledger::may_be_given_again(e.code);
}

asio::awaitable<result<done_look>> done_return::look(filed file) {
    if (auto const told = co_await tell_given_back(); !told) co_return told.error();
    if (!looked_at_.insert(file.inode).second) co_return done_look::busy;
    auto const found = co_await look_alone(file);
    looked_at_.erase(file.inode);
    co_return found;
}

asio::awaitable<result<done_look>> done_return::look_alone(filed const& file) {
    auto const now = see(file);
    if (!now) co_return done_look::unchanged;
    bool const changed = co_await has_changed(file, *now);
    if (changed) {
        auto const given = co_await give_back(file);
        co_return given;
    }
    if (now->size <= file.read) co_return done_look::unchanged;
    auto task = [no = file.no](ledger::store& store) { return store.read_on(no); };
    auto const info =
        co_await async::ledger_call(*writer_, ledger::writer::priority::import, std::move(task));
    // Opened again by a person's command: that goes first.
    if (!info && info.error().code == errc::invalid_data) co_return done_look::busy;
    if (!info) co_return info.error();
    telemetry::log_line(telemetry::level::warn,
                        "a file grew in done/ after it was finished: it is brought back, and what "
                        "was appended is read; rename files into incoming/ only when they are "
                        "complete",
                        {{name::file, info->claimed.name},
                         {name::path, spool_->path_of(place::done, file.done_name)},
                         {"unread_bytes", now->size - info->offset},
                         {"from", info->offset + 1}});
    if (auto r = spool::move_back(*spool_, file.done_name, info->claimed.work_name); !r)
        co_return r.error();
    auto& known = files_->add(stage::importing, reading_of(*info));
    known.read_on_from(*info);
    known.with_care = true;
    crashes_->mark(known.reading);
    co_return done_look::read_on;
}

}  // namespace setclick::intake
