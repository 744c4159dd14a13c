// A spool file's bytes → the JSON texts of its events, with line and offset; pure, no file in
// sight.
//
// Two formats:
//   lines      (.ndjson, .jsonl) one event a line. LF or CRLF, a UTF-8 BOM, blank lines, comment
//              lines ("#! …", the reasons in a rejected file) and a missing last newline are fine.
//   elements   (.json) one object, several, or an array of them, of any size and layout. What is wrong
//              between elements becomes a problem piece; what comes after it is still delivered
//              where it is clear where the next element begins, else the rest of the file is one
//              problem piece. Comment lines may stand between elements too; elements of a file
//              that has one need no array around them.
//
// What the name says is where the look at a file begins: what its bytes say plainly counts (lines in
// a .json, an array in an .ndjson, an object around the array, UTF-16 and UTF-32). A packed file has
// one problem piece. Offsets and lengths are always those of the file's own bytes.
//
// "Clear" means: where elements begin lines of their own, the next line that begins with { at the
// same indentation.
//
// The caller keeps a window of the file: it feeds what it has, drops what `consume` is done with,
// appends more. Memory is bounded by the window: a text over max_text is never held whole, only
// measured, and becomes a problem piece. After each call `where()` says where another splitter
// would go on after a restart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "setclickd/event/position.hpp"

namespace setclick::event {

enum class file_format : std::uint8_t {
    lines,
    elements,
    table,  ///< CSV and TSV: not split here, but by the module csv
};

/// By the name's end: .json → elements, .ndjson and .jsonl → lines, .csv and .tsv → table (any
/// case); nothing for other names.
std::optional<file_format> format_of(std::string_view file_name) noexcept;

/// The file's bytes are packed (gzip, zip, …): nothing in it can be split. `head`: eight bytes.
bool is_packed(std::string_view head) noexcept;

/// One event's text, or a stretch of the file that is none.
struct piece {
    std::string_view text;  ///< for reader::read; empty for a problem; lasts until the sink returns
    std::string_view
        raw;  ///< as it lies in the file, in UTF-8: what a rejected line is written from
    std::uint64_t line = 0;    ///< where it begins, from 1
    std::uint64_t offset = 0;  ///< of its first byte in the file
    std::uint64_t length = 0;  ///< bytes, without a line's end; 0 for a trouble between elements
    std::string_view problem;  ///< for a person; empty = `text` is to be read
    /// The problem is of the file's layout, and no event is missing for it: a remark, no refusal.
    bool is_remark = false;

    friend bool operator==(piece const&, piece const&) = default;
};

class splitter {
public:
    /// A window of max_text + slack bytes always lets `consume` make progress.
    static constexpr std::size_t slack = 16;

    /// Goes on at `from`, as an earlier splitter of the same format and limit left it.
    explicit splitter(file_format format, std::size_t max_text = std::size_t{64} << 10,
                      position const& from = {});

    /// Hands every complete piece of `window` (the file's bytes from `offset()` on) to `sink`, in
    /// the file's order; returns how many bytes are done with. The sink returns true to go on,
    /// false to stop behind this piece. `at_end`: the file ends with the window.
    template <class Sink>
    std::size_t consume(std::string_view window, bool at_end, Sink&& sink) {
        using target = std::remove_reference_t<Sink>;
        return feed(window, at_end, const_cast<void*>(static_cast<void const*>(&sink)),
                    [](void* s, piece const& p) -> bool { return (*static_cast<target*>(s))(p); });
    }

    /// The last `consume` was told at_end and nothing is left to say. After a sink that stopped,
    /// call it again (with what is left, perhaps nothing) until this is true: the last piece may be
    /// one about the file's end.
    bool finished() const noexcept { return finished_; }

    std::uint64_t offset() const noexcept {
        return offset_;
    }  ///< bytes done with since the file's start
    std::uint64_t line() const noexcept { return line_; }  ///< the line that `offset` lies in
    position where() const;

private:
    using call = bool (*)(void*, piece const&);
    struct feeding;  ///< one call of consume
    struct scan;     ///< what a look at an element found

    using trouble = split_trouble;
    using phase = split_phase;

    std::size_t feed(std::string_view window, bool at_end, void* sink, call to);
    bool know_encoding(std::string_view head, bool at_end) noexcept;
    void split(feeding& f);
    std::size_t split_wide(std::string_view window, bool at_end, void* sink, call to);
    std::uint64_t in_file(std::uint64_t offset) const noexcept;
    void advance(feeding& f, std::size_t count, std::uint64_t newlines) noexcept;
    bool begin_file(feeding& f);
    bool skip_bom(feeding& f);
    void skip_whole(feeding& f);
    bool skip_remark(feeding& f, bool& waits);
    bool skip_envelope_end(feeding& f, bool& waits);
    bool begin_next_member(feeding& f, bool& waits);
    bool begin_further_array(feeding& f, bool& waits);
    bool skip_words(feeding& f, bool& waits);
    bool give(feeding& f, piece const& p);
    bool give_trouble(feeding& f, trouble why, std::uint64_t offset, std::uint64_t line,
                      std::uint64_t length);
    std::string problem_text(trouble why) const;

    bool next_line(feeding& f);
    bool skip_long_line(feeding& f);

    bool next_element(feeding& f);
    bool skip_comment(feeding& f) noexcept;
    void skip_space(feeding& f) noexcept;
    bool between(feeding& f, char c, bool& element_begins);
    bool is_in_envelope() const noexcept;
    bool is_from_rejected() const noexcept;
    bool tell(feeding& f, trouble why);
    bool take_element(feeding& f);
    scan look(std::string_view rest, bool at_end);
    bool begin_skip(feeding& f, trouble why);
    bool end_skip(feeding& f);
    bool skip_nested(feeding& f);
    bool step_nested(char c) noexcept;
    bool skip_lines(feeding& f);
    bool skip_rest(feeding& f);
    bool end_at_file_end(feeding& f);
    bool at_file_end(feeding& f);

    file_format format_;
    std::size_t max_text_;
    std::uint64_t offset_;
    std::uint64_t line_;
    element_place state_;  ///< lines use what concerns a line that is too long
    bool finished_ = false;
    std::string open_;  ///< brackets of the element being looked at
    /// Of a file that is no UTF-8: the window as UTF-8, and a place in it with its place in the file.
    struct wide_window {
        std::string utf8;
        std::uint64_t begin = 0;  ///< in the file
        std::size_t known = 0;
        std::size_t known_raw = 0;
        bool is_open = false;  ///< offsets are those of the UTF-8 now
    };
    mutable wide_window wide_;
    std::string problem_;  ///< of the piece being handed out
};

}  // namespace setclick::event
