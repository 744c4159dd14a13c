#include "faults.hpp"

namespace setclick::sandbox {

std::string_view name_of(fault_kind kind) noexcept {
    switch (kind) {
        case fault_kind::none:
            return "";
        case fault_kind::reset_before_read:
            return "reset_before_read";
        case fault_kind::reset_after_read:
            return "reset_after_read";
        case fault_kind::reset_after_book:
            return "reset_after_book";
        case fault_kind::stall:
            return "stall";
        case fault_kind::stall_after_book:
            return "stall_after_book";
        case fault_kind::fail:
            return "fail";
        case fault_kind::throttle:
            return "throttle";
        case fault_kind::slow_bytes:
            return "slow_bytes";
        case fault_kind::late_answer:
            return "late_answer";
        case fault_kind::rate_limit:
            return "rate_limit";
        case fault_kind::status:
            return "status";
        case fault_kind::status_for:
            return "status_for";
        case fault_kind::informational:
            return "informational";
        case fault_kind::double_response:
            return "double_response";
    }
    return "";
}

fault_kind choose(fault_set const& f, double draw) noexcept {
    std::array<std::pair<double, fault_kind>, 9> const shares{{
        {f.reset_before_read, fault_kind::reset_before_read},
        {f.reset_after_read, fault_kind::reset_after_read},
        {f.reset_after_book, fault_kind::reset_after_book},
        {f.stall, fault_kind::stall},
        {f.stall_after_book, fault_kind::stall_after_book},
        {f.fail_share, fault_kind::fail},
        {f.throttle_share, fault_kind::throttle},
        {f.slow_bytes, fault_kind::slow_bytes},
        {f.late_answer, fault_kind::late_answer},
    }};
    for (auto const& [share, kind] : shares) {
        if (draw < share) return kind;
        draw -= share;
    }
    return fault_kind::none;
}

bool applies_to(fault_set const& f, endpoint_kind endpoint) noexcept {
    switch (endpoint) {
        case endpoint_kind::set_click:
            return f.on_set_click;
        case endpoint_kind::report:
            return f.on_report;
        case endpoint_kind::login:
        case endpoint_kind::accounts:
            return f.on_login;
        case endpoint_kind::unknown:
        case endpoint_kind::control:
            return false;
    }
    return false;
}

std::uint64_t dice::next() noexcept {
    // splitmix64
    state_ += 0x9E3779B97F4A7C15ULL;
    auto z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
}

}  // namespace setclick::sandbox
