#include "token_watch.hpp"

#include <boost/asio/post.hpp>

#include <sys/stat.h>

#include <memory>

namespace setclick::daemon {

token_watch::token_watch(boost::asio::io_context& context, std::string credentials_directory,
                         found on_found)
    : context_(context),
      credentials_directory_(std::move(credentials_directory)),
      on_found_(std::move(on_found)),
      thread_([this] { work(); }) {}

token_watch::~token_watch() {
    {
        std::lock_guard const lock(mutex_);
        ending_ = true;
    }
    wake_.notify_one();
    thread_.join();
}

token_watch::stamp token_watch::look(std::string const& path) {
    struct stat info {};
    if (path.empty() || ::stat(path.c_str(), &info) != 0) return {};
    auto const ns = [](timespec const& t) { return t.tv_sec * 1'000'000'000LL + t.tv_nsec; };
    return {info.st_ino, info.st_size, ns(info.st_ctim), ns(info.st_mtim)};
}

void token_watch::watch(std::vector<source> sources) {
    std::vector<watched> fresh;
    std::lock_guard const lock(mutex_);
    for (auto& s : sources) {
        watched w;
        if (auto path = settings::secret_path(s.file, credentials_directory_); path.has_value())
            w.path = std::move(*path);
        w.known = w.last_look = look(w.path);
        // What was written just before a reload is still news.
        for (auto const& before : watched_)
            if (before.from.account == s.account && before.path == w.path) w.known = before.known;
        w.from = std::move(s);
        fresh.push_back(std::move(w));
    }
    watched_ = std::move(fresh);
}

void token_watch::read_now(account_no account) {
    {
        std::lock_guard const lock(mutex_);
        asked_.push_back(account);
    }
    wake_.notify_one();
}

void token_watch::work() {
    std::unique_lock lock(mutex_);
    while (!ending_) {
        auto const asked = std::exchange(asked_, {});
        for (auto const account : asked)
            for (auto const& w : watched_)
                if (w.from.account == account) report(w.from, true);
        look_at_all();
        wake_.wait_for(lock, std::chrono::milliseconds(500),
                       [this] { return ending_ || !asked_.empty(); });
    }
}

void token_watch::look_at_all() {
    for (auto& w : watched_) {
        auto const now = look(w.path);
        bool const still = now == w.last_look;
        w.last_look = now;
        if (now == w.known || !still) continue;
        w.known = now;
        // A file that went away is no news: the old token stays.
        if (now.inode != 0) report(w.from, false);
    }
}

void token_watch::report(source const& from, bool asked) {
    auto const read = std::make_shared<result<secret<std::string>>>(
        from.is_password ? settings::read_password(from.file, credentials_directory_)
                         : settings::read_token(from.file, credentials_directory_));
    boost::asio::post(context_,
                      [this, from, read, asked] { on_found_(from, std::move(*read), asked); });
}

}  // namespace setclick::daemon
