#include "commit_mark.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>
#include <utility>

#include "../core/failure.hpp"
#include "../core/former_checksum.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/fault/fault.hpp"

namespace setclick::ledger {
namespace {

/// In a log's head.
constexpr off_t salt_at = 16;

/// As it lies in the file, in the machine's byte order: it never leaves it.
struct image {
    std::array<char, 8> magic{'S', 'E', 'L', 'm', 'a', 'r', 'k', '1'};
    std::array<char, 32> ledger{};
    std::uint64_t commits = 0;
    std::uint64_t in_file = 0;
    std::uint64_t file_bytes = 0;
    std::uint32_t salt_count = 0;
    std::uint32_t salt_random = 0;
    std::uint64_t sum = 0;
};
static_assert(sizeof(image) == 80);

std::uint64_t sum_of(image const& what, checksum_kind kind = checksum) noexcept {
    return kind({reinterpret_cast<char const*>(&what), sizeof(image) - sizeof what.sum}, 0);
}

std::string mark_path(std::string const& ledger_path) {
    return ledger_path + ".mark";
}

}  // namespace

std::optional<mark_values> read_mark(std::string const& ledger_path) {
    unique_fd const fd(
        ::open(mark_path(ledger_path).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    image found;
    image const fresh;
    if (!fd || ::pread(fd.get(), &found, sizeof found, 0) != static_cast<ssize_t>(sizeof found) ||
        found.magic != fresh.magic ||
        !is_sum(found.sum, [&](checksum_kind kind) { return sum_of(found, kind); }))
        return std::nullopt;
    return mark_values{std::string(found.ledger.data(), found.ledger.size()),
                       found.commits,
                       found.in_file,
                       found.file_bytes,
                       {found.salt_count, found.salt_random}};
}

std::optional<log_salt> read_log_salt(int log_fd) noexcept {
    std::array<unsigned char, 8> bytes{};
    if (log_fd < 0 ||
        ::pread(log_fd, bytes.data(), bytes.size(), salt_at) != static_cast<ssize_t>(bytes.size()))
        return std::nullopt;
    auto const number = [&](std::size_t at) {
        return static_cast<std::uint32_t>(bytes[at]) << 24U |
               static_cast<std::uint32_t>(bytes[at + 1]) << 16U |
               static_cast<std::uint32_t>(bytes[at + 2]) << 8U | bytes[at + 3];
    };
    return log_salt{number(0), number(4)};
}

commit_mark::commit_mark(std::string ledger_path) : path_(std::move(ledger_path)) {}

std::optional<log_salt> commit_mark::log_now() noexcept {
    if (!log_) log_ = unique_fd(::open((path_ + "-wal").c_str(), O_RDONLY | O_CLOEXEC));
    return read_log_salt(log_.get());
}

/// A log that is empty begins with a head that nobody can know beforehand.
void commit_mark::begin(std::string const& ledger_id, std::uint64_t commits,
                        std::uint64_t in_ledger) {
    auto const log = log_now();
    auto const before = read_mark(path_);
    now_ = {ledger_id, commits, 0, 0, log.value_or(log_salt{})};
    if (!log && in_ledger == commits) log_begins();
    if (log && before && before->ledger == ledger_id && before->log == *log) {
        now_.in_file = before->in_file;
        now_.file_bytes = before->file_bytes;
    }
    write();
    is_begun_ = true;
}

void commit_mark::file_may_shrink() {
    auto const before = read_mark(path_);
    if (!before || before->file_bytes == 0) return;
    now_ = *before;
    now_.file_bytes = 0;
    write();
    if (!fd_ || durable_step("ledger.mark", [&] { return ::fdatasync(fd_.get()); }) != 0)
        throw failure(errno_error(errno, "write", printable(mark_path(path_), 4096)));
}

/// All that there is so far is in the main file.
void commit_mark::log_begins() noexcept {
    now_.in_file = now_.commits;
    struct stat found {};
    if (::stat(path_.c_str(), &found) == 0)
        now_.file_bytes = static_cast<std::uint64_t>(found.st_size);
}

void commit_mark::committed() noexcept {
    auto const log = log_now().value_or(log_salt{});
    // A log begins anew when all that was in it has come into the main file.
    if (log != now_.log && now_.log != log_salt{}) log_begins();
    ++now_.commits;
    now_.log = log;
    write();
}

/// What cannot be written is missing, or too old, at the next start, and shows less then.
void commit_mark::write() noexcept {
    if (!fd_)
        fd_ = unique_fd(::open(mark_path(path_).c_str(),
                               O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0640));
    if (!fd_) return;
    image out;
    std::copy_n(now_.ledger.begin(), std::min(now_.ledger.size(), out.ledger.size()),
                out.ledger.begin());
    out.commits = now_.commits;
    out.in_file = now_.in_file;
    out.file_bytes = now_.file_bytes;
    out.salt_count = now_.log.count;
    out.salt_random = now_.log.random;
    out.sum = sum_of(out);
    // One write within one sector: whole or not at all. A torn one is none.
    [[maybe_unused]] auto const done =
        durable_step("ledger.mark", [&] { return ::pwrite(fd_.get(), &out, sizeof out, 0); });
}

}  // namespace setclick::ledger
