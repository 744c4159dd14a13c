// What one file costs that is claimed by a rename, looked at, read, and archived by a rename:
// nothing else. No program that takes files as setclickd promises can be cheaper on this file
// system.
//
//     spool_moves SPOOL      moves what lies in SPOOL/incoming over work/ to done/; prints how many
//
// Rounds of 512 and their directory syncs are the daemon's. The caller takes the CPU time. Not a
// test.
#include <dirent.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

constexpr std::size_t round_size = 512;

void must(bool done, char const* what) {
    if (done) return;
    std::fprintf(stderr, "spool_moves: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

int folder(std::string const& path) {
    ::mkdir(path.c_str(), 0755);
    int const fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    must(fd >= 0, path.c_str());
    return fd;
}

std::vector<std::string> names_in(std::string const& path) {
    std::vector<std::string> out;
    DIR* const all = ::opendir(path.c_str());
    must(all != nullptr, path.c_str());
    while (auto const* const entry = ::readdir(all))
        if (entry->d_name[0] != '.') out.emplace_back(entry->d_name);
    ::closedir(all);
    return out;
}

void claim(int incoming, int work, std::string const& name, std::string const& work_name) {
    std::array<char, 4096> text;
    struct stat seen {};
    int const fd = ::openat(incoming, name.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    must(fd >= 0 && ::fstat(fd, &seen) == 0, name.c_str());
    must(::renameat2(incoming, name.c_str(), work, work_name.c_str(), RENAME_NOREPLACE) == 0,
         work_name.c_str());
    must(::pread(fd, text.data(), text.size(), 0) > 0, name.c_str());
    ::close(fd);
}

}  // namespace

int main(int argc, char** argv) {
    must(argc == 2, "usage: spool_moves SPOOL");
    std::string const spool = argv[1];
    int const incoming = folder(spool + "/incoming");
    int const work = folder(spool + "/work");
    int const done = folder(spool + "/done");
    auto const names = names_in(spool + "/incoming");
    auto const work_name = [&](std::size_t i) { return "1." + std::to_string(i) + "." + names[i]; };
    auto const round_of = [](int from, int to) {
        must(::fsync(to) == 0 && ::fsync(from) == 0, "fsync of a directory");
    };
    for (std::size_t i = 0; i < names.size(); ++i) {
        claim(incoming, work, names[i], work_name(i));
        if ((i + 1) % round_size == 0 || i + 1 == names.size()) round_of(incoming, work);
    }
    for (std::size_t i = 0; i < names.size(); ++i) {
        must(::renameat2(work, work_name(i).c_str(), done, names[i].c_str(), RENAME_NOREPLACE) == 0,
             names[i].c_str());
        if ((i + 1) % round_size == 0 || i + 1 == names.size()) round_of(work, done);
    }
    std::printf("%zu\n", names.size());
}
