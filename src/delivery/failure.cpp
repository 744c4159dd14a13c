#include "setclickd/delivery/failure.hpp"

#include <array>

namespace setclick::delivery {
namespace {

/// One row of the table: what to do by phase; where nothing was sent, it matters whether the
/// connection was reused.
struct row {
    after_failure not_sent;
    after_failure not_sent_reused;
    after_failure partly_sent;
    after_failure sent;
    after_failure answered;
};

constexpr auto again = after_failure::resend_now_uncounted;
constexpr auto wait = after_failure::wait_again;
constexpr auto defer = after_failure::defer;
constexpr auto doubt = after_failure::in_doubt;

row row_of(transport_failure failure) noexcept {
    switch (failure) {
        // Before there is a connection nothing can have been sent; a later phase beside these is a
        // contradiction, and a contradiction is a doubt.
        case transport_failure::resolve:
            return {defer, defer, doubt, doubt, doubt};
        case transport_failure::connect_refused:
            return {defer, defer, doubt, doubt, doubt};
        case transport_failure::connect_timeout:
            return {defer, defer, doubt, doubt, doubt};
        case transport_failure::proxy:
            return {defer, defer, doubt, doubt, doubt};
        case transport_failure::local:
            return {defer, defer, doubt, doubt, doubt};
        // With TLS 1.3 a server may refuse the handshake after we have sent: then it read nothing
        // of the request, but a proxy that ends TLS may have.
        case transport_failure::tls_handshake:
            return {defer, defer, doubt, doubt, doubt};
        case transport_failure::tls_certificate:
            return {defer, defer, doubt, doubt, doubt};
        // An idle connection that died before our first byte says nothing about the server.
        case transport_failure::unreachable:
            return {defer, again, doubt, doubt, doubt};
        case transport_failure::reset:
            return {defer, again, doubt, doubt, doubt};
        case transport_failure::closed:
            return {defer, again, doubt, doubt, doubt};
        case transport_failure::write_timeout:
            return {defer, again, doubt, doubt, doubt};
        // Bytes that lay unread on an idle connection belong to an earlier exchange.
        case transport_failure::malformed_answer:
            return {defer, again, doubt, doubt, doubt};
        case transport_failure::oversized_answer:
            return {defer, again, doubt, doubt, doubt};
        // The time is over: there is none left to go again at once.
        case transport_failure::response_timeout:
            return {defer, defer, doubt, doubt, doubt};
        case transport_failure::attempt_timeout:
            return {defer, defer, doubt, doubt, doubt};
        case transport_failure::cancelled:
            return {wait, wait, doubt, doubt, doubt};
    }
    return {doubt, doubt, doubt, doubt, doubt};
}

transport_failure failure_at(std::size_t index) noexcept {
    return static_cast<transport_failure>(index);
}

}  // namespace

after_failure decide(transport_failure failure, wire_phase phase, bool reused_connection) noexcept {
    auto const r = row_of(failure);
    switch (phase) {
        case wire_phase::not_sent:
            return reused_connection ? r.not_sent_reused : r.not_sent;
        case wire_phase::partly_sent:
            return r.partly_sent;
        case wire_phase::sent:
            return r.sent;
        case wire_phase::answered:
            return r.answered;
    }
    return after_failure::in_doubt;
}

bool is_unreached(transport_failure failure) noexcept {
    switch (failure) {
        case transport_failure::resolve:
        case transport_failure::connect_refused:
        case transport_failure::connect_timeout:
        case transport_failure::unreachable:
        case transport_failure::tls_handshake:
        case transport_failure::tls_certificate:
        case transport_failure::proxy:
        case transport_failure::local:
            return true;
        case transport_failure::reset:
        case transport_failure::closed:
        case transport_failure::write_timeout:
        case transport_failure::response_timeout:
        case transport_failure::attempt_timeout:
        case transport_failure::malformed_answer:
        case transport_failure::oversized_answer:
        case transport_failure::cancelled:
            return false;
    }
    return false;
}

bool is_timeout(transport_failure failure) noexcept {
    return failure == transport_failure::connect_timeout ||
           failure == transport_failure::write_timeout ||
           failure == transport_failure::response_timeout ||
           failure == transport_failure::attempt_timeout;
}

std::optional<transport_failure> transport_failure_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < transport_failure_count; ++i)
        if (name == name_of(failure_at(i))) return failure_at(i);
    return std::nullopt;
}

char const* text(after_failure after) noexcept {
    switch (after) {
        case after_failure::resend_now_uncounted:
            return "send again at once, uncounted";
        case after_failure::wait_again:
            return "wait again";
        case after_failure::defer:
            return "defer";
        case after_failure::in_doubt:
            return "in doubt";
    }
    return "in doubt";
}

std::string failure_table() {
    std::string out =
        "| failure | not sent | not sent, reused connection | partly sent | sent | answer begun |\n"
        "|---|---|---|---|---|---|\n";
    for (std::size_t i = 0; i < transport_failure_count; ++i) {
        auto const failure = failure_at(i);
        out += "| ";
        out += name_of(failure);
        out += " | ";
        out += text(decide(failure, wire_phase::not_sent, false));
        out += " | ";
        out += text(decide(failure, wire_phase::not_sent, true));
        for (auto const phase : {wire_phase::partly_sent, wire_phase::sent, wire_phase::answered}) {
            out += " | ";
            out += text(decide(failure, phase, false));
        }
        out += " |\n";
    }
    return out;
}

}  // namespace setclick::delivery
