// A spool file's bytes → its events, or what is wrong with them: splitting and reading in one loop,
// for all who read files (the intake, and `submit` before it drops one).
//
// Promises: each piece of the file is handed out once, in order, with the bytes it came from; what
// is no event has its refusal as a text for a person. Pure; a window of the file at a time, as the
// splitter's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "setclickd/event/reader.hpp"
#include "setclickd/event/splitter.hpp"

namespace setclick::event {

/// A piece of a file, read.
struct read_piece {
    piece const& from;
    outcome const* event = nullptr;  ///< null where it was not read
    std::string_view refusal;        ///< empty: `event` is accepted
    std::string_view note{};         ///< worth a remark, beside the event's own warnings; of tables

    bool is_accepted() const noexcept { return refusal.empty(); }
};

class file_reader {
public:
    /// `events` outlives this. Goes on at `from`, as for a splitter.
    file_reader(reader& events, file_format format, std::size_t max_text, position const& from = {})
        : events_(&events), split_(format, max_text, from) {}

    /// As splitter::consume. `before(piece)` is called before an event's text is read, and refuses
    /// it unread where it returns a reason. The sink gets a `read_piece`, which lasts until it
    /// returns, and returns true to go on.
    template <class Before, class Sink>
    std::size_t consume(std::string_view window, bool at_end, wall_time now, Before&& before,
                        Sink&& sink) {
        return split_.consume(window, at_end, [&](piece const& p) {
            if (!p.problem.empty()) return sink(read_piece{p, nullptr, p.problem, {}});
            std::string_view const refused = before(p);
            if (!refused.empty()) return sink(read_piece{p, nullptr, refused, {}});
            auto const& event = events_->read(p.text, now);
            if (event.accepted) return sink(read_piece{p, &event, {}, {}});
            findings_ = findings_text(event.findings);
            return sink(read_piece{p, &event, findings_, {}});
        });
    }
    template <class Sink>
    std::size_t consume(std::string_view window, bool at_end, wall_time now, Sink&& sink) {
        return consume(
            window, at_end, now, [](piece const&) { return std::string_view{}; }, sink);
    }

    bool finished() const noexcept { return split_.finished(); }
    position where() const { return split_.where(); }

private:
    reader* events_;
    splitter split_;
    std::string findings_;
};

}  // namespace setclick::event
