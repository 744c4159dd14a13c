// The record (every request), the book (every booked event) and, when asked for, the raw bytes.
//
// A line of the record:
//   time_ms, mono_us         when the request was whole (UTC; CLOCK_MONOTONIC, comparable with
//                            other programs of this host)
//   connection, request      the connection's number, and the request's number on it, both from 1
//   method, target, headers  as received; of Authorization only the scheme
//   authorized, token        whether the token was good, and its number from 0 (null: unknown)
//   form                     set-click only: the decoded parameters in their order; `repeated`
//                            when a name came twice
//   status, fault            the answer that was decided (0: none is given), and the fault met
//                            (null: none)
//   booked                   whether it is in the book
//   complete                 false when the request was not read to its end
//
// A line of the book: the first four, token, form, and for a microconversion `rows`, its rows in
// the report.
//
// Promises: one line of JSON each, in the order decided; no token and no password in record and
// book (the raw file has them, and is readable by its owner alone).
#pragma once

#include <cstdint>
#include <string>

#include "block_file.hpp"
#include "faults.hpp"
#include "form.hpp"
#include "request.hpp"
#include "setclickd/base/error.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::sandbox {

struct moment {
    wall_time wall;
    steady_time steady;
};
moment moment_now() noexcept;

/// What became of one request.
struct outcome {
    int status = 0;  ///< of the answer; 0: none was given
    fault_kind fault = fault_kind::none;
    bool booked = false;
    bool authorized = false;
    int token = -1;
    int rows = -1;  ///< rows it makes in the report; -1: it is no microconversion
};

struct request_id {
    std::uint64_t connection = 0;  ///< from 1
    std::uint64_t number = 0;      ///< on its connection, from 1
};

struct record_paths {
    std::string record;  ///< "" for none, as for the others
    std::string book;
    std::string raw;
};

class recorder {
public:
    static result<recorder> open(record_paths const& paths);

    bool wants_raw() const noexcept { return raw_.is_open(); }
    /// `parameters` are those of set-click, null for other endpoints.
    void note(request const& r, request_id id, form const* parameters, outcome const& o,
              moment now);
    result<void> flush();

private:
    void append_record(request const& r, request_id id, form const* parameters, outcome const& o,
                       moment now);
    void append_book(request_id id, form const& parameters, outcome const& o, moment now);

    block_file record_, book_, raw_;
};

}  // namespace setclick::sandbox
