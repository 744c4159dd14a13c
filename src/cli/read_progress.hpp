// What a person hears while pages arrive: one line that changes on a terminal, and anywhere one
// line about a wait that is worth knowing.
#pragma once

#include "console.hpp"
#include "setclickd/readback/page_reader.hpp"

namespace setclick::cli {

class read_progress {
public:
    /// `wanted_pages`: how many are expected; 0 = nobody knows.
    read_progress(console const& io, std::uint64_t wanted_pages)
        : io_(io), wanted_pages_(wanted_pages) {}

    void show(readback::page_progress const& at);
    /// Takes the changing line away; before anything else is written to the terminal.
    void clear();

private:
    void say_forecast(readback::page_progress const& at);

    console const& io_;
    std::uint64_t wanted_pages_;
    bool has_line_ = false;
    bool has_forecast_ = false;
    std::string said_trouble_;
};

}  // namespace setclick::cli
