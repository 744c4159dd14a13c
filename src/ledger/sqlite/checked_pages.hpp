// A checksum in each page of a ledger's main file: a page that is not what was written, by a flipped
// bit or a sector of zeros, is an error before anything is made of it.
//
// It lies between SQLite and the operating system (a VFS), in the eight bytes at a page's end that
// SQLite is told to leave alone, and takes part when the page is written to the main file or read from
// it; the log has checksums of its own. A page without one (zeros: another program folded the log, or
// wrote it) is believed, unless its end was lost, as is all of a ledger that an earlier version began.
#pragma once

#include <cstdint>

#include <sqlite3.h>

namespace setclick::ledger {

/// For sqlite3_open_v2. Every connection of this module is opened through it.
char const* checked_pages_vfs();

/// For a connection to a file that is empty or about to be rewritten (VACUUM): its pages will carry
/// checksums.
void reserve_page_sums(sqlite3* db) noexcept;
/// Whether those of the file do, or will at their next write. After a first statement has read it.
bool has_page_sums(sqlite3* db) noexcept;

/// The last page that was not what was written, from 1; 0 for none.
std::uint64_t damaged_page(sqlite3* db) noexcept;

}  // namespace setclick::ledger
