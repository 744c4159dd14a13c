// A listening socket, TCP or Unix, and who comes in by it.
//
// Promises: nothing blocks, but the look-up of a name; what is wrong with the address is named with its cure. Removes the
// name of its Unix socket at its end.
#pragma once

#include <optional>
#include <string>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"
#include "setclickd/settings/listen_address.hpp"

namespace setclick::web {

class listener {
public:
    struct guest {
        unique_fd fd;
        std::string client;  ///< an address (of IPv6 its network), or "uid N"
    };
    enum class arrival { guest, nobody, shortage };

    static result<listener> open(settings::listen_address const& at);
    listener(listener&& other) noexcept = default;
    listener& operator=(listener&&) = delete;
    ~listener();

    int fd() const noexcept { return fd_.get(); }
    bool is_unix() const noexcept { return !path_.empty(); }

    /// The next one in the queue. `shortage`: there is one, and no descriptor or no memory for it.
    arrival take(guest& into) const;

private:
    listener(unique_fd fd, std::string path) : fd_(std::move(fd)), path_(std::move(path)) {}

    unique_fd fd_;
    std::string path_;
};

}  // namespace setclick::web
