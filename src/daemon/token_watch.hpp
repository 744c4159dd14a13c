// Notices within a second that an account's token (or password) file was written, and reads it, on
// a thread of its own.
//
// A file is read once it has kept still for one look (half a second), so that a half-written one is
// not taken. Every write counts, also of the same content: somebody wants the account to go on.
#pragma once

#include <boost/asio/io_context.hpp>

#include <sys/types.h>

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "setclickd/base/ids.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/settings/token.hpp"

namespace setclick::daemon {

class token_watch {
public:
    struct source {
        account_no account{};
        std::string file;          ///< as configured
        bool is_password = false;  ///< of a login, else a token
    };
    /// `asked`: the answer to `read_now`, else somebody wrote the file. Called on the io_context's
    /// thread; by then a reload may have put something else in the source's place.
    using found = std::function<void(source const&, result<secret<std::string>>, bool asked)>;

    token_watch(boost::asio::io_context& context, std::string credentials_directory,
                found on_found);
    ~token_watch();

    /// Replaces what is watched. What is there now is taken as known.
    void watch(std::vector<source> sources);
    void read_now(account_no account);

private:
    struct stamp {
        ino_t inode = 0;
        off_t size = 0;
        long long changed = 0;
        long long modified = 0;
        friend bool operator==(stamp const&, stamp const&) = default;
    };
    struct watched {
        source from;
        std::string path;
        stamp known;
        stamp last_look;
    };
    static stamp look(std::string const& path);
    void work();
    void look_at_all();
    void report(source const& from, bool asked);

    boost::asio::io_context& context_;
    std::string credentials_directory_;
    found on_found_;
    std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<watched> watched_;
    std::vector<account_no> asked_;
    bool ending_ = false;
    std::thread thread_;
};

}  // namespace setclick::daemon
