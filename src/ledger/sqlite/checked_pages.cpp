#include "checked_pages.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "../core/former_checksum.hpp"

namespace setclick::ledger {
namespace {

constexpr int page_bytes = 4096;
constexpr int sum_bytes = 8;
constexpr char const* vfs_name = "setclickd-checked-pages";
/// Asks a file for its damaged page. SQLite passes on what it does not know.
constexpr int ask_damaged_page = 0x5345'4c31;

/// In a database's head.
constexpr std::string_view magic{"SQLite format 3\0", 16};
constexpr std::size_t page_size_at = 16;
constexpr std::size_t reserved_at = 20;
constexpr int head_bytes = 100;

/// The system's own file lies after it.
struct checked_file {
    sqlite3_file base;
    bool has_sums;
    std::uint64_t damaged;
};

checked_file& self(sqlite3_file* file) noexcept {
    return *reinterpret_cast<checked_file*>(file);
}
sqlite3_file* real(sqlite3_file* file) noexcept {
    return reinterpret_cast<sqlite3_file*>(&self(file) + 1);
}
sqlite3_vfs* system_vfs(sqlite3_vfs* vfs) noexcept {
    return static_cast<sqlite3_vfs*>(vfs->pAppData);
}

/// What the first page says of all of them.
void learn(checked_file& file, char const* head) noexcept {
    auto const* const bytes = reinterpret_cast<unsigned char const*>(head);
    file.has_sums = std::memcmp(head, magic.data(), magic.size()) == 0 &&
                    (bytes[page_size_at] << 8 | bytes[page_size_at + 1]) == page_bytes &&
                    bytes[reserved_at] == sum_bytes;
}

/// In the head, what other programs change without harm, and without the sum: the kind of log (18), the
/// counters of changes (24) and of schemas (40), and who wrote last (92).
struct part {
    std::size_t at, size;
};
constexpr std::array<part, 4> not_summed{{{18, 2}, {24, 4}, {40, 4}, {92, 8}}};

/// Zero means that there is none.
std::uint64_t sum_of(char const* page, sqlite3_int64 at, checksum_kind kind) noexcept {
    auto const number = static_cast<std::uint64_t>(at / page_bytes + 1);
    std::array<char, page_bytes> first;
    if (at == 0) {
        std::memcpy(first.data(), page, first.size());
        for (auto const& p : not_summed)
            std::memset(first.data() + p.at, 0, p.size);
        page = first.data();
    }
    return std::max<std::uint64_t>(kind({page, page_bytes - sum_bytes}, number), 1);
}

bool are_zeros(char const* from, std::size_t size) noexcept {
    return std::all_of(from, from + size, [](char byte) { return byte == 0; });
}

/// A page without a checksum may be one whose last sector is zeros, or all of it. One of a tree is
/// filled from its end on, and none is empty. Of others (a long text's, a free one) nobody can tell
/// that their end is lost: what they hold has a checksum of its own (pack_table).
bool has_lost_its_end(char const* page, sqlite3_int64 at) noexcept {
    constexpr std::size_t sector_bytes = 512;
    auto const* const head =
        reinterpret_cast<unsigned char const*>(page) + (at == 0 ? head_bytes : 0);
    bool const is_of_tree = head[0] == 2 || head[0] == 5 || head[0] == 10 || head[0] == 13;
    bool const has_cells = (head[3] | head[4]) != 0;
    auto const* const last_sector = page + page_bytes - sector_bytes;
    return are_zeros(last_sector, sector_bytes) &&
           ((is_of_tree && has_cells) || are_zeros(page, page_bytes - sector_bytes));
}

bool is_page(checked_file const& file, int size, sqlite3_int64 at) noexcept {
    return file.has_sums && size == page_bytes && at % page_bytes == 0;
}

int read(sqlite3_file* file, void* to, int size, sqlite3_int64 at) {
    int const code = real(file)->pMethods->xRead(real(file), to, size, at);
    if (code != SQLITE_OK) return code;
    auto& f = self(file);
    auto* const bytes = static_cast<char*>(to);
    if (at == 0 && size >= head_bytes) learn(f, bytes);
    if (!is_page(f, size, at)) return SQLITE_OK;
    std::uint64_t sum = 0;
    std::memcpy(&sum, bytes + page_bytes - sum_bytes, sum_bytes);
    // Nobody carries it on into a page that he changes: a stale one would look like damage.
    std::memset(bytes + page_bytes - sum_bytes, 0, sum_bytes);
    auto const sum_by = [&](checksum_kind kind) { return sum_of(bytes, at, kind); };
    if (sum == 0 ? !has_lost_its_end(bytes, at) : is_sum(sum, sum_by)) return SQLITE_OK;
    f.damaged = static_cast<std::uint64_t>(at / page_bytes + 1);
    return SQLITE_IOERR_DATA;
}

int write(sqlite3_file* file, void const* from, int size, sqlite3_int64 at) {
    auto& f = self(file);
    if (at == 0 && size >= head_bytes) learn(f, static_cast<char const*>(from));
    if (!is_page(f, size, at)) return real(file)->pMethods->xWrite(real(file), from, size, at);
    std::array<char, page_bytes> page;
    std::memcpy(page.data(), from, page.size());
    auto const sum = sum_of(page.data(), at, checksum);
    std::memcpy(page.data() + page_bytes - sum_bytes, &sum, sum_bytes);
    return real(file)->pMethods->xWrite(real(file), page.data(), size, at);
}

int control(sqlite3_file* file, int what, void* with) {
    if (what != ask_damaged_page) return real(file)->pMethods->xFileControl(real(file), what, with);
    *static_cast<std::uint64_t*>(with) = self(file).damaged;
    return SQLITE_OK;
}

int close(sqlite3_file* file) {
    return real(file)->pMethods->xClose(real(file));
}

/// A mapped page would be read by nobody here.
int fetch(sqlite3_file*, sqlite3_int64, int, void** page) {
    *page = nullptr;
    return SQLITE_OK;
}
int unfetch(sqlite3_file*, sqlite3_int64, void*) {
    return SQLITE_OK;
}

/// What is passed on unchanged.
template <auto method, class... Values>
auto pass(sqlite3_file* file, Values... values) {
    return (real(file)->pMethods->*method)(real(file), values...);
}

constexpr sqlite3_io_methods methods{
    .iVersion = 3,
    .xClose = close,
    .xRead = read,
    .xWrite = write,
    .xTruncate = pass<&sqlite3_io_methods::xTruncate, sqlite3_int64>,
    .xSync = pass<&sqlite3_io_methods::xSync, int>,
    .xFileSize = pass<&sqlite3_io_methods::xFileSize, sqlite3_int64*>,
    .xLock = pass<&sqlite3_io_methods::xLock, int>,
    .xUnlock = pass<&sqlite3_io_methods::xUnlock, int>,
    .xCheckReservedLock = pass<&sqlite3_io_methods::xCheckReservedLock, int*>,
    .xFileControl = control,
    .xSectorSize = pass<&sqlite3_io_methods::xSectorSize>,
    .xDeviceCharacteristics = pass<&sqlite3_io_methods::xDeviceCharacteristics>,
    .xShmMap = pass<&sqlite3_io_methods::xShmMap, int, int, int, void volatile**>,
    .xShmLock = pass<&sqlite3_io_methods::xShmLock, int, int, int>,
    .xShmBarrier = pass<&sqlite3_io_methods::xShmBarrier>,
    .xShmUnmap = pass<&sqlite3_io_methods::xShmUnmap, int>,
    .xFetch = fetch,
    .xUnfetch = unfetch,
};

int open(sqlite3_vfs* vfs, char const* name, sqlite3_file* file, int flags, int* out) {
    auto* const system = system_vfs(vfs);
    // Logs, journals and temporary files are the system's alone.
    if ((flags & SQLITE_OPEN_MAIN_DB) == 0) return system->xOpen(system, name, file, flags, out);
    auto& f = self(file);
    f = {};
    int const code = system->xOpen(system, name, real(file), flags, out);
    // A new one is begun with sums: some of its pages may be written before the first.
    sqlite3_int64 size = 0;
    f.has_sums = code == SQLITE_OK &&
                 real(file)->pMethods->xFileSize(real(file), &size) == SQLITE_OK && size == 0;
    // Without methods it is not closed; it may have some after an error, too.
    if (real(file)->pMethods != nullptr) f.base.pMethods = &methods;
    return code;
}

sqlite3_vfs made_of(sqlite3_vfs* system) {
    sqlite3_vfs out = *system;
    out.iVersion = std::min(system->iVersion, 3);
    out.szOsFile = static_cast<int>(sizeof(checked_file)) + system->szOsFile;
    out.pNext = nullptr;
    out.zName = vfs_name;
    out.pAppData = system;
    out.xOpen = open;
    // The others take the system's own VFS for themselves.
    out.xDelete = [](sqlite3_vfs* v, char const* name, int sync) {
        return system_vfs(v)->xDelete(system_vfs(v), name, sync);
    };
    out.xAccess = [](sqlite3_vfs* v, char const* name, int flags, int* result) {
        return system_vfs(v)->xAccess(system_vfs(v), name, flags, result);
    };
    out.xFullPathname = [](sqlite3_vfs* v, char const* name, int size, char* path) {
        return system_vfs(v)->xFullPathname(system_vfs(v), name, size, path);
    };
    return out;
}

}  // namespace

char const* checked_pages_vfs() {
    static int const registered = [] {
        auto* const system = sqlite3_vfs_find(nullptr);
        if (system == nullptr) return SQLITE_ERROR;
        static sqlite3_vfs vfs = made_of(system);
        return sqlite3_vfs_register(&vfs, 0);
    }();
    return registered == SQLITE_OK ? vfs_name : nullptr;
}

void reserve_page_sums(sqlite3* db) noexcept {
    int bytes = sum_bytes;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &bytes);
}

bool has_page_sums(sqlite3* db) noexcept {
    // The answer is the larger one of what was asked for before and of what the file has.
    int asked_before = 0;
    int in_file = -1;
    sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &asked_before);
    sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &in_file);
    sqlite3_file_control(db, "main", SQLITE_FCNTL_RESERVE_BYTES, &asked_before);
    return in_file == sum_bytes;
}

std::uint64_t damaged_page(sqlite3* db) noexcept {
    std::uint64_t page = 0;
    sqlite3_file_control(db, "main", ask_damaged_page, &page);
    return page;
}

}  // namespace setclick::ledger
