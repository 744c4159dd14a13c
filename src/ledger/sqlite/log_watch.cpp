#include "log_watch.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "setclickd/base/text.hpp"

namespace setclick::ledger {
namespace {

// https://sqlite.org/fileformat2.html#the_write_ahead_log
constexpr std::size_t head_bytes = 32;
constexpr std::size_t frame_head_bytes = 24;
constexpr std::uint32_t magic = 0x377F0682;  // the last bit: how checksums count
constexpr std::uint32_t smallest_page = 512;
constexpr std::uint32_t largest_page = 65536;
/// As SQLite does it when it is left alone.
constexpr int frames_to_fold = 1000;
/// Read again in one look: some ten milliseconds.
constexpr std::uint64_t bytes_a_look = std::uint64_t{16} << 20;

std::uint32_t big_endian(unsigned char const* at) noexcept {
    return static_cast<std::uint32_t>(at[0]) << 24U | static_cast<std::uint32_t>(at[1]) << 16U |
           static_cast<std::uint32_t>(at[2]) << 8U | at[3];
}

std::uint32_t word(unsigned char const* at, bool is_big_endian) noexcept {
    if (is_big_endian) return big_endian(at);
    return static_cast<std::uint32_t>(at[3]) << 24U | static_cast<std::uint32_t>(at[2]) << 16U |
           static_cast<std::uint32_t>(at[1]) << 8U | at[0];
}

std::uint64_t pair_at(unsigned char const* at) noexcept {
    return std::uint64_t{big_endian(at)} << 32U | big_endian(at + 4);
}

/// SQLite's own; `size` is a multiple of eight.
std::uint64_t sum_on(std::uint64_t before, unsigned char const* at, std::size_t size,
                     bool is_big_endian) noexcept {
    auto first = static_cast<std::uint32_t>(before >> 32U);
    auto second = static_cast<std::uint32_t>(before);
    for (auto const* const end = at + size; at < end; at += 8) {
        first += word(at, is_big_endian) + second;
        second += word(at + 4, is_big_endian) + first;
    }
    return std::uint64_t{first} << 32U | second;
}

}  // namespace

log_watch::log_watch(sqlite3* db, std::string ledger_path)
    : db_(db), path_(std::move(ledger_path) + "-wal") {
    sqlite3_wal_hook(db_, &log_watch::committed, this);
}

log_watch::~log_watch() {
    sqlite3_wal_hook(db_, nullptr, nullptr);
}

/// After a commit, when the log's lock is free again. Like SQLite's own it keeps the trouble of a
/// folding that fails to itself: the next one tries again.
int log_watch::committed(void* self, sqlite3* db, char const* name, int frames) {
    auto& me = *static_cast<log_watch*>(self);
    auto const now = me.read_head();
    if (now && now->salt != me.head_.salt) me.begins(*now);
    me.frames_ = now ? static_cast<std::uint32_t>(frames) : 0;
    if (!now && !me.is_empty()) me.found_at(0);
    if (frames < frames_to_fold || me.damage_) return SQLITE_OK;
    if (now && !me.read_on(me.folded_, me.frames_)) return SQLITE_OK;
    (void)sqlite3_wal_checkpoint_v2(db, name, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
    return SQLITE_OK;
}

/// None where it is none, or is just being written by another program.
std::optional<log_watch::head> log_watch::read_head() {
    if (!fd_) fd_ = unique_fd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    std::array<unsigned char, head_bytes> bytes{};
    if (!fd_ ||
        ::pread(fd_.get(), bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return std::nullopt;
    head out;
    auto const found = big_endian(bytes.data());
    out.page_bytes = big_endian(&bytes[8]);
    out.is_big_endian = (found & 1U) != 0;
    out.salt = pair_at(&bytes[16]);
    out.sum = pair_at(&bytes[24]);
    if ((found & ~1U) != magic || out.page_bytes < smallest_page || out.page_bytes > largest_page ||
        out.page_bytes % 8 != 0 ||
        sum_on(0, bytes.data(), head_bytes - 8, out.is_big_endian) != out.sum)
        return std::nullopt;
    return out;
}

/// Another program has folded all of it, or it cannot be opened now. Where neither is so, the next
/// read fails, and the next start finds commits missing.
bool log_watch::is_empty() const noexcept {
    struct stat found {};
    return !fd_ || (::fstat(fd_.get(), &found) == 0 && found.st_size == 0);
}

void log_watch::begins(head const& h) noexcept {
    head_ = h;
    looked_ = folded_ = {0, h.sum};
}

void log_watch::look() {
    if (damage_ || frames_ == 0) return;
    auto const now = read_head();
    if (now && now->salt != head_.salt) return;  // another program has begun it anew
    if (!now && is_empty()) return;
    if (!now) return found_at(0);
    if (looked_.frame >= frames_) looked_ = {0, head_.sum};
    auto const more = static_cast<std::uint32_t>(bytes_a_look / head_.page_bytes);
    (void)read_on(looked_, std::min(frames_, looked_.frame + more));
}

void log_watch::look_before_closing() {
    if (damage_ || frames_ == 0) return;
    auto const now = read_head();
    if (now && now->salt == head_.salt) (void)read_on(folded_, frames_);
}

/// False: there is damage.
bool log_watch::read_on(cursor& from, std::uint32_t to) {
    auto const size = frame_head_bytes + head_.page_bytes;
    buffer_.resize(size);
    for (; from.frame < to; ++from.frame) {
        auto const at = head_bytes + std::uint64_t{from.frame} * size;
        bool const is_whole = ::pread(fd_.get(), buffer_.data(), size, static_cast<off_t>(at)) ==
                              static_cast<ssize_t>(size);
        auto sum = from.sum;
        if (is_whole) {
            sum = sum_on(sum, buffer_.data(), 8, head_.is_big_endian);
            sum = sum_on(sum, buffer_.data() + frame_head_bytes, head_.page_bytes,
                         head_.is_big_endian);
        }
        if (is_whole && pair_at(&buffer_[8]) == head_.salt && pair_at(&buffer_[16]) == sum) {
            from.sum = sum;
            continue;
        }
        // Another program may have begun the log anew meanwhile.
        auto const now = read_head();
        if (now ? now->salt != head_.salt : is_empty()) {
            frames_ = 0;
            return true;
        }
        found_at(from.frame);
        return false;
    }
    return true;
}

void log_watch::found_at(std::uint32_t frame) {
    damage_ = fail(errc::io, "the ledger's log " + printable(path_, 4096) +
                                 " is not what was written to it (frame " +
                                 std::to_string(frame + 1) + " of " + std::to_string(frames_) +
                                 "): the medium has changed it, or another program. Nothing more "
                                 "is made of it; look at the disk, put the newest backup in the "
                                 "ledger's place and run `setclickd ledger adopt`");
}

}  // namespace setclick::ledger
