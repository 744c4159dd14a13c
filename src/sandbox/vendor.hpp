// What the vendor answers: its own checks, its rate limit, its report, and the scripted faults that
// change an answer.
//
// Keeps true: `decide` follows one order (a scripted status, a status for an account, the rate
// limit, the shares of faults, the vendor's own checks); what is booked appears in the report.
// Never: sends, counts or records anything, and asks no clock. One thread at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answers.hpp"
#include "compress.hpp"
#include "credentials.hpp"
#include "faults.hpp"
#include "form.hpp"
#include "rate_limit.hpp"
#include "recorder.hpp"
#include "report.hpp"
#include "request.hpp"

namespace setclick::sandbox {

struct service_settings {
    std::string base_path = "/api";
    fault_set faults;
    conversion_rules rules;
    report_switches report;
    coding_choice compress = coding_choice::none;
    bool chunked_report = false;
    /// What auth/accounts lists: id and name. A token of one account sees that one.
    std::vector<std::pair<std::string, std::string>> accounts;
    bool bare_accounts = false;  ///< without the envelope, as recorded
    /// Of the Date header.
    std::chrono::seconds date_skew{0};
};

class vendor {
public:
    struct decision {
        answer reply;
        fault_kind fault = fault_kind::none;
        bool would_book = false;  ///< unless the fault decides otherwise
    };

    vendor(service_settings settings, credentials callers, wall_time now);

    fault_set const& faults() const noexcept { return settings_.faults; }
    /// From now on; the rate limit begins anew.
    void take_faults(fault_set faults);
    void replace_file_tokens(std::string_view content) { callers_.replace_file_tokens(content); }

    endpoint_kind endpoint_of(std::string_view path) const noexcept;

    /// The answer to a whole request that met `fault`. `parameters` and `who` are of this request
    /// until the next call.
    decision decide(request const& r, endpoint_kind endpoint, fault_kind fault, moment now);
    form const& parameters() const noexcept { return parameters_; }
    caller const& who() const noexcept { return caller_; }

    /// Books the request that was decided last. Returns how many rows it makes in the report; -1: it
    /// is no microconversion.
    int book(wall_time now);
    std::uint64_t report_rows() const { return report_.rows(); }

private:
    std::optional<answer> refusal(request const& r, endpoint_kind endpoint) const;
    answer usual_answer(request const& r, endpoint_kind endpoint, moment now);
    answer report_answer(request const& r, moment now);
    answer accounts_answer() const;
    void read_parameters(request const& r, endpoint_kind endpoint);
    void add_limit_headers(answer& a, moment now) const;

    service_settings settings_;
    credentials callers_;
    report report_;
    rate_limit limit_;

    // Of the request at hand.
    form parameters_;
    caller caller_;
    rate_verdict rate_;
};

}  // namespace setclick::sandbox
