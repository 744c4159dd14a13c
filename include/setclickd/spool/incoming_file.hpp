// One file on its way into incoming/: whole or not at all, and never over another one.
#pragma once

#include <string>
#include <string_view>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::spool {

/// Promises: the content is durable before it has its name; what is not committed leaves nothing
/// behind but, after a crash, a `.NAME.part` that the daemon leaves alone.
class incoming_file {
public:
    /// Makes incoming/.NAME.part; the spool's directories, too, where they are missing.
    static result<incoming_file> begin(std::string const& spool_dir, std::string name);
    incoming_file(incoming_file&&) noexcept = default;
    incoming_file& operator=(incoming_file&&) = delete;
    ~incoming_file();

    result<void> append(std::string_view bytes);
    /// The name it got: a taken one gets .2, .3 …
    result<std::string> commit();

private:
    incoming_file(unique_fd directory, unique_fd file, std::string directory_path, std::string name,
                  std::string part);

    unique_fd directory_;
    unique_fd file_;
    std::string path_;
    std::string name_;
    std::string part_;  ///< empty once committed
};

}  // namespace setclick::spool
