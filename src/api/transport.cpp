#include "setclickd/api/transport.hpp"

namespace setclick::api {

char const* name_of(transport_failure failure) noexcept {
    switch (failure) {
        case transport_failure::resolve:
            return "resolve";
        case transport_failure::connect_refused:
            return "connect-refused";
        case transport_failure::connect_timeout:
            return "connect-timeout";
        case transport_failure::unreachable:
            return "unreachable";
        case transport_failure::tls_handshake:
            return "tls-handshake";
        case transport_failure::tls_certificate:
            return "tls-certificate";
        case transport_failure::proxy:
            return "proxy";
        case transport_failure::reset:
            return "reset";
        case transport_failure::closed:
            return "closed";
        case transport_failure::write_timeout:
            return "write-timeout";
        case transport_failure::response_timeout:
            return "response-timeout";
        case transport_failure::attempt_timeout:
            return "attempt-timeout";
        case transport_failure::malformed_answer:
            return "malformed-answer";
        case transport_failure::oversized_answer:
            return "oversized-answer";
        case transport_failure::cancelled:
            return "cancelled";
        case transport_failure::local:
            return "local";
    }
    return "unknown";
}

char const* name_of(wire_phase phase) noexcept {
    switch (phase) {
        case wire_phase::not_sent:
            return "not-sent";
        case wire_phase::partly_sent:
            return "partly-sent";
        case wire_phase::sent:
            return "sent";
        case wire_phase::answered:
            return "answered";
    }
    return "unknown";
}

char const* text(transport_failure failure) noexcept {
    switch (failure) {
        case transport_failure::resolve:
            return "the endpoint's name cannot be resolved; check endpoint.base_url and this "
                   "machine's name servers";
        case transport_failure::connect_refused:
            return "the endpoint refuses the connection; check host and port of endpoint.base_url";
        case transport_failure::connect_timeout:
            return "the endpoint does not answer the connection in time; check the network and its "
                   "firewall";
        case transport_failure::unreachable:
            return "there is no route to the endpoint; check the network";
        case transport_failure::tls_handshake:
            return "no TLS with the endpoint could be agreed on; it must speak TLS 1.2 or newer";
        case transport_failure::tls_certificate:
            return "the endpoint's certificate is not trusted; check its validity, its host name "
                   "and endpoint.ca_file";
        case transport_failure::proxy:
            return "the proxy cannot be reached or refuses the connection; check endpoint.proxy "
                   "and its credentials";
        case transport_failure::reset:
            return "the endpoint reset the connection";
        case transport_failure::closed:
            return "the endpoint closed the connection before its answer was complete";
        case transport_failure::write_timeout:
            return "the endpoint did not take the request in time";
        case transport_failure::response_timeout:
            return "the endpoint gave no complete answer in time";
        case transport_failure::attempt_timeout:
            return "the attempt took too long as a whole";
        case transport_failure::malformed_answer:
            return "what came back is not a valid HTTP answer; a proxy or another service may "
                   "stand in between";
        case transport_failure::oversized_answer:
            return "the answer is larger than any the API gives";
        case transport_failure::cancelled:
            return "given up by setclickd itself, to end or to reload";
        case transport_failure::local:
            return "this machine could not open a connection (descriptors or memory); check "
                   "LimitNOFILE";
    }
    return "unknown failure";
}

}  // namespace setclick::api
