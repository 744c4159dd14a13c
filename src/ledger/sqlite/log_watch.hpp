// Whether the log of a ledger that is in use is still what was written to it.
//
// SQLite looks at the checksums in its log only when it opens one: what the medium changes under a
// running daemon would be read, and be folded into the main file as if it had been written so. Here
// the log is read again, by and by, and each frame before it is folded; a frame that is another one
// stops the folding.
//
// Promises: looks between transactions only, and calls nothing damage that another program may have
// done rightly (folded all of the log and emptied it, or begun it anew). Never: writes, or closes a descriptor that SQLite's locks are
// on (they are on the ledger and its -shm). On the ledger's thread.
#pragma once

#include <sqlite3.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/base/unique_fd.hpp"

namespace setclick::ledger {

class log_watch {
public:
    /// Takes the place of SQLite's own folding after a commit; `db` outlives this.
    log_watch(sqlite3* db, std::string ledger_path);
    ~log_watch();
    log_watch(log_watch const&) = delete;
    log_watch& operator=(log_watch const&) = delete;

    /// Reads on where the last look ended, some megabytes; from the beginning again after the end.
    void look();
    /// All that is not folded yet, before the ledger is closed.
    void look_before_closing();
    /// Once it was found, for good.
    std::optional<error> const& damage() const noexcept { return damage_; }

private:
    /// The head of one life of the log, as far as it counts here.
    struct head {
        std::uint32_t page_bytes = 0;
        bool is_big_endian = false;  ///< how the checksums count
        std::uint64_t salt = 0;
        std::uint64_t sum = 0;  ///< the checksum that the first frame goes on from
    };
    /// A place in it, with the checksum up to there.
    struct cursor {
        std::uint32_t frame = 0;
        std::uint64_t sum = 0;
    };

    static int committed(void* self, sqlite3* db, char const* name, int frames);
    std::optional<head> read_head();
    bool is_empty() const noexcept;
    void begins(head const& h) noexcept;
    bool read_on(cursor& from, std::uint32_t to);
    void found_at(std::uint32_t frame);

    sqlite3* db_;
    std::string path_;
    unique_fd fd_;
    std::vector<unsigned char> buffer_;
    head head_;                 ///< at the last commit
    std::uint32_t frames_ = 0;  ///< that it had then
    cursor looked_;
    cursor folded_;
    std::optional<error> damage_;
};

}  // namespace setclick::ledger
