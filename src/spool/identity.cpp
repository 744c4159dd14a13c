// The identity file: which ledger knows the files in work/.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>

#include "identity_file.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/spool/publish.hpp"

namespace setclick::spool {
namespace {

constexpr char const* file_name = ".setclickd";

struct identity {
    std::string ledger;
    std::uint64_t run = 0;
};

/// "ledger=<id>\nrun=<n>\n"
std::optional<identity> parse(std::string_view text) {
    identity out;
    if (!text.starts_with("ledger=")) return std::nullopt;
    text.remove_prefix(7);
    auto const end = text.find('\n');
    if (end == std::string_view::npos || end == 0) return std::nullopt;
    out.ledger = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (!text.starts_with("run=")) return std::nullopt;
    text.remove_prefix(4);
    auto const [stop, ec] = std::from_chars(text.data(), text.data() + text.size(), out.run);
    if (ec != std::errc{} || stop == text.data() + text.size() || *stop != '\n')
        return std::nullopt;
    return out;
}

result<std::optional<identity>> read_identity(directory const& spool) {
    auto const where = spool.path() + "/" + file_name;
    unique_fd const fd(
        ::openat(spool.fd(place::root), file_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) {
        if (errno == ENOENT) return std::optional<identity>{};
        return errno_error(errno, "read", where);
    }
    char buffer[256];
    auto const got = ::pread(fd.get(), buffer, sizeof buffer, 0);
    if (got < 0) return errno_error(errno, "read", where);
    auto out = parse(std::string_view(buffer, static_cast<std::size_t>(got)));
    if (!out)
        return fail(errc::io,
                    where + " is damaged: it should name the ledger that knows the files in " +
                        spool.path_of(place::work));
    return out;
}

/// One file in work/, for the message; empty when there is none.
result<std::string> some_work_file(directory const& spool) {
    std::string found;
    auto const seen = spool.for_each_name(place::work, [&](std::string_view name, std::uint64_t) {
        found = name;
        return false;
    });
    if (!seen) return seen.error();
    return found;
}

std::string cure(directory const& spool) {
    return fmt::format(
        ". Nothing was touched. Bring the right ledger back; or, to go on with this one, see "
        "\"setclickd ledger adopt\"; or, to begin anew and give up what {} holds, move those files "
        "away and remove {}/{}",
        spool.path_of(place::work), spool.path(), file_name);
}

}  // namespace

result<void> directory::may_begin_ledger(std::string_view ledger_path) const {
    auto const known = read_identity(*this);
    if (!known) return known.error();
    auto const file = some_work_file(*this);
    if (!file) return file.error();
    auto const missing = fmt::format("the ledger {} is missing, and", printable(ledger_path, 4096));
    if (*known)
        return fail(errc::io,
                    fmt::format("{} the spool {} belongs to ledger {} at run {}{}", missing, path_,
                                printable((*known)->ledger), (*known)->run, cure(*this)));
    if (!file->empty())
        return fail(errc::io, fmt::format("{} files lie in {} (such as {}){}", missing,
                                          path_of(place::work), printable(*file), cure(*this)));
    return {};
}

result<void> directory::verify_identity(std::string_view ledger_id, std::uint64_t run) const {
    auto const known = read_identity(*this);
    if (!known) return known.error();
    auto const& seen = *known;
    auto const ours = fmt::format("ledger {} at run {}", ledger_id, run);
    if (!seen) {
        auto const file = some_work_file(*this);
        if (!file) return file.error();
        if (!file->empty())
            return fail(errc::io,
                        fmt::format("files lie in {} (such as {}), and nothing says that {} knows "
                                    "them{}",
                                    path_of(place::work), printable(*file), ours, cure(*this)));
        return {};
    }
    auto const theirs = fmt::format("ledger {} at run {}", printable(seen->ledger), seen->run);
    if (seen->ledger != ledger_id)
        return fail(errc::io, fmt::format("the spool {} belongs to {}, not to {}{}", path_, theirs,
                                          ours, cure(*this)));
    if (run <= seen->run)
        return fail(errc::io,
                    fmt::format("the ledger is older than its spool: {} was last used by {}, this "
                                "is {} (a restored copy?){}",
                                path_, theirs, ours, cure(*this)));
    return {};
}

result<void> directory::check_identity(std::string_view ledger_id, std::uint64_t run) {
    if (auto verified = verify_identity(ledger_id, run); !verified) return verified;
    return adopt_identity(ledger_id, run);
}

result<std::uint64_t> directory::last_run() const {
    auto const known = read_identity(*this);
    if (!known) return known.error();
    return *known ? (*known)->run : 0;
}

result<void> directory::adopt_identity(std::string_view ledger_id, std::uint64_t run) {
    return write_identity_file(*this, file_name, ".setclickd.tmp",
                               fmt::format("ledger={}\nrun={}\n", ledger_id, run));
}

result<void> write_identity_file(directory const& spool, char const* name, char const* temporary,
                                 std::string_view text) {
    auto const where = spool.path() + "/" + name;
    int const root = spool.fd(place::root);
    unique_fd const out(
        ::openat(root, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!out) return errno_error(errno, "write", where);
    if (int const value = write_all(out.get(), text, "spool.identity.write"); value != 0)
        return errno_error(value, "write", where);
    if (durable_step("spool.identity.sync", [&] { return ::fsync(out.get()); }) != 0)
        return errno_error(errno, "sync", where);
    if (durable_step("spool.identity.rename",
                     [&] { return ::renameat(root, temporary, root, name); }) != 0)
        return errno_error(errno, "rename", where);
    return spool.sync(place::root, "spool.identity.sync_dir");
}

}  // namespace setclick::spool
