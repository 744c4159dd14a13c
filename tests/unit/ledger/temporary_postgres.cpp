#include "temporary_postgres.hpp"

#include <grp.h>
#include <libpq-fe.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

namespace setclick::ledger::temporary_postgres {
namespace {

namespace fs = std::filesystem;

/// The newest one's programs; empty for none.
fs::path programs() {
    std::vector<fs::path> found;
    std::error_code none;
    for (auto const& version : fs::directory_iterator("/usr/lib/postgresql", none))
        if (auto bin = version.path() / "bin"; fs::exists(bin / "initdb")) found.push_back(bin);
    return found.empty() ? fs::path() : *std::max_element(found.begin(), found.end());
}

class server {
public:
    server() {
        std::string name = "/tmp/setclick-pg-XXXXXX";  // a socket's path must be short
        if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no folder for PostgreSQL");
        folder_ = name;
        if (::geteuid() == 0) {
            // PostgreSQL refuses root.
            owner_ = ::getpwnam("postgres");
            if (owner_ == nullptr || ::chown(name.c_str(), owner_->pw_uid, owner_->pw_gid) != 0)
                throw std::runtime_error("no user who may run PostgreSQL");
        }
        auto const data = (folder_ / "data").string();
        auto const made = run({(programs() / "initdb").string(), "-D", data, "-A", "trust", "-U",
                               "setclick", "-E", "UTF8", "--locale=C", "--no-sync"});
        int status = 0;
        if (::waitpid(made, &status, 0) != made || status != 0)
            throw std::runtime_error("initdb failed: see " + (folder_ / "log").string());
        // What is tested is what is asked of it, not its disk.
        server_ = run({(programs() / "postgres").string(), "-D", data, "-k", folder_.string(), "-c",
                       "listen_addresses=", "-c", "fsync=off", "-c", "full_page_writes=off", "-c",
                       "shared_buffers=16MB", "-c", "max_wal_size=64MB"});
        for (int tries = 0; PQping(conninfo().c_str()) != PQPING_OK; ++tries) {
            if (tries == 1200) throw std::runtime_error("PostgreSQL did not start");
            std::this_thread::sleep_for(std::chrono::milliseconds{50});
        }
    }
    ~server() {
        ::kill(server_, SIGQUIT);
        ::waitpid(server_, nullptr, 0);
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    server(server const&) = delete;
    server& operator=(server const&) = delete;

    std::string conninfo() const {
        return "host=" + folder_.string() + " dbname=postgres user=setclick";
    }

    void execute(std::string const& sql) const {
        std::unique_ptr<PGconn, void (*)(PGconn*)> const to(PQconnectdb(conninfo().c_str()),
                                                            &PQfinish);
        PQsetNoticeProcessor(
            to.get(), [](void*, char const*) {}, nullptr);
        std::unique_ptr<PGresult, void (*)(PGresult*)> const done(PQexec(to.get(), sql.c_str()),
                                                                  &PQclear);
        if (PQresultStatus(done.get()) != PGRES_COMMAND_OK)
            throw std::runtime_error(PQerrorMessage(to.get()));
    }

private:
    /// Its output goes to the folder's log; it ends with this program.
    pid_t run(std::vector<std::string> const& command) const {
        auto const log = (folder_ / "log").string();
        auto const parent = ::getpid();
        auto const child = ::fork();
        if (child != 0) return child;
        if (std::freopen(log.c_str(), "a", stdout) == nullptr ||
            ::dup2(STDOUT_FILENO, STDERR_FILENO) < 0)
            ::_exit(126);
        if (owner_ != nullptr && (::setgroups(0, nullptr) != 0 || ::setgid(owner_->pw_gid) != 0 ||
                                  ::setuid(owner_->pw_uid) != 0 || ::chdir("/") != 0))
            ::_exit(126);
        ::prctl(PR_SET_PDEATHSIG, SIGQUIT);  // after setuid, which undoes it
        if (::getppid() != parent) ::_exit(126);
        std::vector<char*> arguments;
        for (auto const& argument : command)
            arguments.push_back(const_cast<char*>(argument.c_str()));
        arguments.push_back(nullptr);
        ::execv(arguments.front(), arguments.data());
        ::_exit(127);
    }

    fs::path folder_;
    passwd const* owner_ = nullptr;
    pid_t server_ = -1;
};

server const& running() {
    static server const only;
    return only;
}

}  // namespace

bool is_installed() {
    return !programs().empty();
}

place new_ledger() {
    static int number = 0;
    auto const schema = [](int n) { return "ledger" + std::to_string(n); };
    auto const& on = running();
    if (number > 0) on.execute("DROP SCHEMA " + schema(number) + " CASCADE");
    on.execute("CREATE SCHEMA " + schema(++number));
    place out;
    out.postgres = on.conninfo() + " options=-csearch_path=" + schema(number);
    out.node = "test";
    return out;
}

}  // namespace setclick::ledger::temporary_postgres
