// The intake's log lines: one for each file read and one for each file finished; when many small
// files come in a second, one line for all of them.
#pragma once

#include <cstdint>
#include <string>

#include "result_text.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/ledger/types.hpp"
#include "setclickd/spool/left_alone.hpp"
#include "spool_file.hpp"

namespace setclick::intake {

class intake_log {
public:
    /// Lines a second before they are summed up. Files with refused lines, and those that look odd,
    /// have a bound of their own.
    static constexpr unsigned most_lines = 10;
    static constexpr unsigned most_refusals = 250;

    void read(spool_file const& file, steady_time now);
    /// With rejected or refused events a warning, with the commonest reason.
    void finished(ledger::file_info const& file, std::string const& done_name,
                  result_notes const& notes, steady_time now);
    void left(spool::left_file const& file, std::string const& incoming);

    /// Writes the sums of a second that is over. Call now and then; `flush` writes them at once.
    void tick(steady_time now);
    void flush();

private:
    bool may_write(unsigned& written, unsigned most, steady_time now);

    struct sums {
        std::uint64_t files = 0;
        std::uint64_t events = 0;
        std::uint64_t refused = 0;
        std::uint64_t duplicates = 0;
    };
    steady_time second_{};
    unsigned lines_ = 0;
    unsigned refusals_ = 0;
    sums read_;
    sums finished_;
    std::uint64_t finished_delivered_ = 0;
};

}  // namespace setclick::intake
