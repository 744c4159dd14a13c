#include "acknowledged.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "../core/failure.hpp"

namespace setclick::ledger::postgres {
namespace {

constexpr std::size_t record_size = 128;

std::string_view take_word(std::string_view& text) {
    auto const word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    return word;
}

bool take_number(std::string_view& text, std::int64_t& to) {
    auto const word = take_word(text);
    auto const [end, ec] = std::from_chars(word.data(), word.data() + word.size(), to);
    return ec == std::errc{} && end == word.data() + word.size();
}

/// "LEDGER ADOPTIONS COMMITS \n" and blanks before it.
std::optional<acknowledged> parsed(std::string_view text) {
    acknowledged out;
    out.ledger = take_word(text);
    bool const is_whole =
        !out.ledger.empty() && take_number(text, out.adoptions) && take_number(text, out.commits);
    return is_whole ? std::optional(std::move(out)) : std::nullopt;
}

}  // namespace

kept compare(acknowledged const& mine, acknowledged const& stored) noexcept {
    if (mine.ledger != stored.ledger || mine.adoptions < stored.adoptions) return kept::unheld;
    if (mine.adoptions > stored.adoptions || mine.commits > stored.commits) return kept::lost;
    return kept::all;
}

acknowledged_file::acknowledged_file(std::string path)
    : fd_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644)) {
    if (!fd_) throw failure(errno_error(errno, "open", path));
    std::array<char, record_size> found{};
    auto const got = ::pread(fd_.get(), found.data(), found.size(), 0);
    if (got < 0) throw failure(errno_error(errno, "read", path));
    if (static_cast<std::size_t>(got) == found.size())
        last_ = parsed({found.data(), found.size()});
    else if (std::string const blank(record_size, ' ');
             ::pwrite(fd_.get(), blank.data(), blank.size(), 0) !=
             static_cast<ssize_t>(blank.size()))
        throw failure(errno_error(errno, "write", path));
}

void acknowledged_file::keep(acknowledged const& now) noexcept {
    std::array<char, record_size> record{};
    record.fill(' ');
    auto* at = record.data();
    auto* const end = record.data() + record.size() - 1;
    if (now.ledger.size() > record_size / 2) return;
    at += now.ledger.copy(at, now.ledger.size());
    for (auto const number : {now.adoptions, now.commits})
        at = std::to_chars(at + 1, end, number).ptr;
    *end = '\n';
    [[maybe_unused]] auto const written = ::pwrite(fd_.get(), record.data(), record.size(), 0);
    last_ = now;
}

}  // namespace setclick::ledger::postgres
