// Brings a file back from done/ that has grown there: somebody wrote to it after it was finished,
// and no byte that was not read is archived for good.
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
#include <string>

#include "crash_places.hpp"
#include "file_table.hpp"
#include "setclickd/ledger/writer.hpp"
#include "setclickd/spool/directory.hpp"

namespace setclick::intake {

/// A finished file where it lies in done/.
struct filed {
    file_no no{};
    std::string done_name;
    std::uint64_t inode = 0;
    std::uint64_t read = 0;  ///< its bytes that were read
};

class done_return {
public:
    done_return(spool::directory const& spool, ledger::writer& writer, crash_places const& crashes,
                file_table& files)
        : spool_(&spool), writer_(&writer), crashes_(&crashes), files_(&files) {}

    /// True: it has grown, and is being read on. An error that `passes` leaves it where it is; any
    /// other is fatal.
    boost::asio::awaitable<result<bool>> look(filed file);
    /// Nothing is unknown on the disk: no room, no descriptor, or another program locks the ledger.
    static bool passes(error const& e) noexcept;

private:
    bool has_grown(filed const& file, std::uint64_t& size) const;

    spool::directory const* spool_;
    ledger::writer* writer_;
    crash_places const* crashes_;
    file_table* files_;
};

}  // namespace setclick::intake
