// Files that appear in the spool whole or not at all, and the moves at the end of a file's way.
//
// Promises: nothing is ever overwritten (a taken name gets .2, .3 …); content is durable before its
// name exists; what a crash leaves is a `.<key>.tmp` that the next try with the same key replaces.
// A failed fsync is `errc::io` and final: the content is unknown then, nobody may sync again and go
// on.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/fault/fault.hpp"
#include "setclickd/spool/directory.hpp"
#include "setclickd/spool/share.hpp"

namespace setclick::spool {

/// Writes all of it. 0, or the errno.
int write_all(int fd, std::string_view bytes, fault_step step);

class publication {
public:
    /// `key` makes the temporary name; unique among those being written in this place, short.
    static result<publication> begin(directory const& spool, place where, std::string_view key);
    publication(publication&& other) noexcept;
    publication& operator=(publication&&) = delete;
    /// Takes an unpublished file away.
    ~publication();

    /// Buffered: written in pieces of 64 KiB.
    result<void> append(std::string_view bytes);

    /// Who may read it beside the daemon, before it has its name. As `grant`.
    result<bool> share(readers const& to);

    /// Syncs the content and gives it the first free of `name`, its .2, .3 … ; the name it got.
    /// With `again`, a file of the same content that already has one of these names counts as this
    /// one (a crash may have come after its publication). The directory is not synced:
    /// `directory::sync(where, "spool.publish.sync_dir")`, once for a round.
    result<std::string> publish(std::string_view name, bool again);

    /// The same, in the place of our own earlier file `name`.
    result<void> replace(std::string const& name);

private:
    publication(directory const& spool, place where, std::string temporary, unique_fd fd);
    result<void> flush();
    result<void> sync();
    error failed(int value, std::string_view what) const;

    directory const* spool_;
    place where_;
    std::string temporary_;  ///< empty once published
    unique_fd fd_;
    std::string buffer_;
};

/// The first n from 1 on for which `taken(n)` is false, as far as a few questions can find out: names up
/// to 8 are asked one by one, then n grows by doubling and halving, so that the ten-thousandth file
/// of a name costs no ten thousand look-ups.
std::uint32_t first_free(std::function<bool(std::uint32_t)> const& taken);

/// Moves work/`work_name` to done/ under the first free of `name`, its .2, .3 …; the name it got.
/// `errc::not_found` when it is not in work/. No directory is synced.
result<std::string> move_to_done(directory const& spool, std::string const& work_name,
                                 std::string_view name);

/// Moves done/`done_name` back to work/`work_name`, which is free; both folders are synced.
/// `errc::not_found` when it is not in done/.
result<void> move_back(directory const& spool, std::string const& done_name,
                       std::string const& work_name);

/// Gives done/`done_name` back to incoming/ under the first free of `name`, its .2, .3 …; the name it
/// got. Both folders are synced. `errc::not_found` when it is not in done/.
result<std::string> give_back(directory const& spool, std::string const& done_name,
                              std::string_view name);

/// Appends lines to done/`file` and makes them durable, the file's name too. A torn line that a
/// crash left is ended first. `again`: a crash may have come after an earlier try, so that the
/// name and what is there already are made durable too, even with no lines to append. `unreadable`
/// where somebody has made `file` one that may not be written.
result<void> append_durably(directory const& spool, std::string const& file, std::string_view lines,
                            bool again = false);

/// Up to the last `limit` bytes of done/`file`; empty when there is none. `unreadable` where
/// somebody has made it one that may not be read.
result<std::string> tail_of(directory const& spool, std::string const& file, std::size_t limit);

/// Takes a finished file out of done/, where `name` is still the file with this inode (or gone:
/// that is no error). False: another one has its name now, and is left alone. No directory is
/// synced.
result<bool> remove_done(directory const& spool, std::string const& name, std::uint64_t inode);
/// Takes our own file `name` out of done/; true when there was one.
result<bool> remove_own(directory const& spool, std::string const& name);

/// A file that an earlier try may have moved. Its inode alone is no identity: the number of a
/// removed file is given to a new one.
struct moved_file {
    std::uint64_t inode = 0;
    std::string_view name;   ///< it lies there under this one, or its .2, .3 …
    std::uint64_t size = 0;  ///< it has at least as many bytes
};

/// Under which name each of them lies in `where`, in their order; empty where it does not. One pass
/// over the directory, for recovery.
result<std::vector<std::string>> names_of(directory const& spool, place where,
                                          std::span<moved_file const> files);

}  // namespace setclick::spool
