// One file on its way into incoming/: whole or not at all, and never over another one.
#pragma once

#include <cstdint>
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
    /// The path of what is not committed yet.
    std::string unfinished() const;
    /// After `commit`: a sentence for a person where it is published and its name is not known to be
    /// durable; else empty.
    std::string const& doubt() const noexcept { return doubt_; }
    /// By which the ledger knows the file again, whatever it is called then. 0: not known.
    std::uint64_t inode() const noexcept;

private:
    incoming_file(unique_fd directory, unique_fd file, std::string directory_path, std::string name,
                  std::string part);

    int give_name(std::string const& name) const;

    unique_fd directory_;
    unique_fd file_;
    std::string path_;
    std::string name_;
    std::string part_;  ///< empty once committed
    std::string doubt_;
};

}  // namespace setclick::spool
