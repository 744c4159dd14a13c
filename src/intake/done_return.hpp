// Brings a file back from done/ that somebody wrote to after it was finished: no byte that was not read
// is archived for good. One that has grown is read on; one of which bytes changed that were read is
// new, and is given back to incoming/; of the old one the ledger knows then that it lies in done/ no more.
//
//     ledger::store::read_on        the file is importing again, from where it was read to
//     done/<file> → work/…          renamed; work/ and done/ synced
//
// Promises: restartable; the ledger knows before the file moves, so that a crash in between is seen
// at the next start (recovery moves it then); what was read before is not read again. Both are
// logged with the file and its bytes.
//
// The intake's thread; blocks on the disk.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "crash_places.hpp"
#include "file_table.hpp"
#include "fingerprint.hpp"
#include "loop_context.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/spool/directory.hpp"

namespace setclick::intake {

/// A finished file where it lies in done/.
struct filed {
    file_no no{};
    std::string done_name;
    std::uint64_t inode = 0;
    std::uint64_t read = 0;              ///< its bytes that were read
    std::optional<fingerprint> print{};  ///< of these; nothing: not known
};
/// `reader_state`: as the ledger keeps it of the file.
filed filed_as(file_no no, std::string done_name, std::uint64_t inode, std::uint64_t read,
               std::string_view reader_state);

/// What a look at one found.
enum class done_look {
    unchanged,  ///< as it was read, or it does not lie there any more
    busy,  ///< it has grown, but cannot be read on now: opened by a person's command, or looked at by another; it stays
    read_on,     ///< it had grown: brought back to work/
    given_back,  ///< bytes had changed that were read: given back to incoming/
};

class done_return {
public:
    done_return(loop_context const& context, spool::directory const& spool, ledger::writer& writer,
                crash_places const& crashes, file_table& files)
        : context_(&context),
          spool_(&spool),
          writer_(&writer),
          crashes_(&crashes),
          files_(&files) {}

    /// An error that `passes` leaves it where it is; any other is fatal.
    boost::asio::awaitable<result<done_look>> look(filed file);
    /// Nothing is unknown on the disk: no room, no descriptor, or another program locks the ledger.
    static bool passes(error const& e) noexcept;

private:
    /// What of the file counts, where it still lies there.
    struct sight {
        std::uint64_t size = 0;
        std::int64_t modified_ns = 0;
    };
    std::optional<sight> see(filed const& file) const;
    boost::asio::awaitable<bool> has_changed(filed const& file, sight const& now) const;
    boost::asio::awaitable<result<done_look>> look_alone(filed const& file);
    boost::asio::awaitable<result<done_look>> give_back(filed const& file);
    boost::asio::awaitable<result<void>> tell_given_back();

    loop_context const* context_;
    spool::directory const* spool_;
    ledger::writer* writer_;
    crash_places const* crashes_;
    file_table* files_;
    std::unordered_set<std::uint64_t> looked_at_;  ///< inodes; two loops look
    std::vector<file_no> untold_;  ///< given back, and the ledger does not know it yet
};

}  // namespace setclick::intake
