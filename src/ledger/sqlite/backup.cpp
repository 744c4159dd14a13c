#include "backup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "../core/side_rows.hpp"
#include "checked_pages.hpp"
#include "ledger_files.hpp"
#include "open.hpp"
#include "schema.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "sqlite.hpp"

namespace setclick::ledger {
namespace {

std::string directory_of(std::string const& path) {
    auto const slash = path.rfind('/');
    if (slash == std::string::npos) return ".";
    return slash == 0 ? "/" : path.substr(0, slash);
}

void sync(std::string const& path, int flags, fault_step step) {
    unique_fd const fd(::open(path.c_str(), flags | O_CLOEXEC));
    if (!fd || durable_step(step, [&] { return ::fsync(fd.get()); }) != 0)
        throw failure(errno_error(errno, "sync", printable(path, 4096)));
}

/// What happens after the copy is not in it: it must be adopted before it is used.
void mark_as_copy(std::string const& path) {
    connection db(path, connection::mode::read_write);
    statement(db, "INSERT OR REPLACE INTO meta(key, value) VALUES(?, 1)").run(copy_mark);
}

/// Readable to nobody else (SQLite takes an empty file for none). Without room it is not the
/// ledger's disk that is full.
void copy_into(connection& db, std::string const& part) {
    unique_fd const made(::open(part.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
    if (!made) throw failure(errno_error(errno, "write the backup", printable(part, 4096)));
    try {
        reserve_page_sums(db.handle());
        statement copy(db, "VACUUM INTO ?");
        copy.run(std::string_view(part));
    } catch (failure const& f) {
        if (f.what_failed().code != errc::disk_full) throw;
        throw failure(fail(errc::disk_full, "no room for the backup " + printable(part, 4096) +
                                                "; make room there, or name another place"));
    }
}

/// 0, or -1 with errno; never over a file that is there. A file system without a rename that does not overwrite has a
/// second name that does not either.
int name_backup(std::string const& part, std::string const& to) {
    if (!fault_refuses_noreplace()) {
        int const renamed = durable_step("backup.rename", [&] {
            return ::renameat2(AT_FDCWD, part.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE);
        });
        if (renamed == 0 || errno != EINVAL) return renamed;
    }
    int const linked =
        durable_step("backup.rename", [&] { return ::link(part.c_str(), to.c_str()); });
    return linked == 0 ? ::unlink(part.c_str()) : -1;
}

error taken(std::string const& to) {
    return fail(errc::io, printable(to, 4096) + " exists already; choose another name");
}

}  // namespace

void copy_ledger(connection& db, std::string const& to) {
    auto const part = to + ".part";
    try {
        // SQLite would only report that something cannot be opened, which reads as if the ledger
        // were missing.
        if (::access(directory_of(to).c_str(), W_OK) != 0)
            throw failure(errno_error(errno, "write the backup", printable(to, 4096)));
        // Before hours of copying; looked at again when the copy gets its name.
        if (::access(to.c_str(), F_OK) == 0) throw failure(taken(to));
        ::unlink(part.c_str());
        copy_into(db, part);
        mark_as_copy(part);
        sync(part, O_RDONLY, "backup.sync");
        int const named = name_backup(part, to);
        if (named != 0 && errno == EEXIST) throw failure(taken(to));
        if (named != 0) throw failure(errno_error(errno, "name the backup", printable(to, 4096)));
        sync(directory_of(to), O_RDONLY | O_DIRECTORY, "backup.sync_dir");
    } catch (failure const&) {
        ::unlink(part.c_str());
        throw;
    }
}

result<void> backup_sqlite_ledger(std::string const& path, std::string const& to) {
    try {
        require_own_log(path);
        connection db(path, connection::mode::read_only);
        require_version(db);
        copy_ledger(db, to);
    } catch (failure const& f) {
        return f.what_failed();
    }
    return {};
}

}  // namespace setclick::ledger
