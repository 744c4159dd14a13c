// What preview counts while a file is read, row by row.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "account_zones.hpp"
#include "file_preview.hpp"
#include "known_events.hpp"
#include "refusal_groups.hpp"
#include "setclickd/event/file_reader.hpp"
#include "setclickd/event/file_remarks.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

class preview_tally {
public:
    static constexpr std::size_t first_events = 5;

    /// For one file; all of it outlives this. `known` has begun it.
    preview_tally(settings::settings const& s, account_zones& zones, known_events& known,
                  bool reveal, wall_time now)
        : s_(s), zones_(zones), known_(known), reveal_(reveal), now_(now) {}

    /// Each piece of the file, in its order.
    void take(event::read_piece const& read, file_preview& out);
    /// At the file's end: accounts and warnings.
    void finish(file_preview& out);

private:
    struct clicks {
        std::int64_t oldest = 0;
        std::int64_t newest = 0;
        std::uint64_t events = 0;
        std::uint64_t fresh = 0;  ///< that are to be delivered
    };

    void note(std::uint64_t line, event::read_piece const& read);
    known_events::kind judge(event::outcome const& e, std::uint64_t line, file_preview& out);
    void clicked(event::view const& value, std::uint64_t line, bool is_fresh);
    void show(std::uint64_t line, event::view const& value, file_preview& out);

    settings::settings const& s_;
    account_zones& zones_;
    known_events& known_;
    bool reveal_;
    wall_time now_;
    event::file_remarks remarks_;
    refusal_groups notes_;
    std::uint64_t old_ = 0;
    std::uint64_t first_old_ = 0;
    std::map<std::string, clicks, std::less<>> accounts_;
};

}  // namespace setclick::cli
