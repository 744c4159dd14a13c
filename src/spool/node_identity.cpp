#include "setclickd/spool/node_identity.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string_view>

#include "identity_file.hpp"

namespace setclick::spool {
namespace {

constexpr char const* file_name = ".node";

std::string boot_id() {
    unique_fd const fd(::open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC));
    std::array<char, 64> buffer{};
    auto const got = fd ? ::read(fd.get(), buffer.data(), buffer.size()) : 0;
    std::string out(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
    return out.substr(0, out.find('\n'));
}

result<std::string> folder_of(directory const& spool) {
    struct stat seen {};
    if (::fstat(spool.fd(place::root), &seen) != 0)
        return errno_error(errno, "look at", spool.path());
    return fmt::format("{}:{}", seen.st_dev, seen.st_ino);
}

result<std::string> new_id(std::string const& where) {
    std::array<unsigned char, 16> bytes{};
    if (::getrandom(bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size()))
        return errno_error(errno, "make a random id for", where);
    std::string out;
    for (auto const b : bytes)
        out += fmt::format("{:02x}", b);
    return out;
}

/// The value of "key=value\n"; empty where it is not there.
std::string_view value_of(std::string_view text, std::string_view key) {
    while (!text.empty()) {
        auto const line = text.substr(0, text.find('\n'));
        if (line.size() > key.size() && line.starts_with(key) && line[key.size()] == '=')
            return line.substr(key.size() + 1);
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
    return {};
}

bool is_id(std::string_view text) {
    return text.size() == 32 &&
           text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

result<std::string> node_id_of(std::string const& spool) {
    auto const where = spool + "/" + file_name;
    unique_fd const fd(::open(where.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd && errno == ENOENT)
        return fail(errc::not_found, where +
                                         " is missing: no daemon has used this spool with a "
                                         "ledger in PostgreSQL yet");
    if (!fd) return errno_error(errno, "read", where);
    std::array<char, 512> buffer{};
    auto const got = ::pread(fd.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return errno_error(errno, "read", where);
    std::string out(value_of({buffer.data(), static_cast<std::size_t>(got)}, "node"));
    if (!is_id(out)) return fail(errc::io, where + " is damaged: it should name a node");
    return out;
}

result<node_identity> node_identity_of(directory const& spool) {
    auto const where = spool.path() + "/" + file_name;
    node_identity out;
    out.boot = boot_id();
    auto folder = folder_of(spool);
    if (!folder) return folder.error();
    out.folder = std::move(*folder);
    unique_fd const fd(
        ::openat(spool.fd(place::root), file_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!fd) {
        if (errno != ENOENT) return errno_error(errno, "read", where);
        auto id = new_id(where);
        if (!id) return id.error();
        out.id = std::move(*id);
        // Nobody has used it yet: what is noted of boot and folder means nothing.
        if (auto r = keep_node_identity(spool, out); !r) return r.error();
        return out;
    }
    std::array<char, 512> buffer{};
    auto const got = ::pread(fd.get(), buffer.data(), buffer.size(), 0);
    if (got < 0) return errno_error(errno, "read", where);
    std::string_view const text(buffer.data(), static_cast<std::size_t>(got));
    out.id = value_of(text, "node");
    if (!is_id(out.id))
        return fail(errc::io, where + " is damaged: it should name the node that the files in " +
                                  spool.path_of(place::work) + " belong to");
    out.is_same_boot = !out.boot.empty() && value_of(text, "boot") == out.boot;
    out.is_same_folder = value_of(text, "folder") == out.folder;
    return out;
}

result<void> keep_node_identity(directory const& spool, node_identity const& identity) {
    return write_identity_file(
        spool, file_name, ".node.tmp",
        fmt::format("node={}\nboot={}\nfolder={}\n", identity.id, identity.boot, identity.folder));
}

}  // namespace setclick::spool
