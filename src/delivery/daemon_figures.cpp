#include "setclickd/delivery/daemon_figures.hpp"

namespace setclick::delivery {

status_class class_of_status(int status) noexcept {
    if (status == 0) return status_class::none;
    if (status == 429) return status_class::too_many;
    switch (status / 100) {
        case 2:
            return status_class::ok;
        case 3:
            return status_class::redirect;
        case 4:
            return status_class::refused;
        case 5:
            return status_class::server_fault;
        default:
            return status_class::other;
    }
}

char const* name_of(status_class c) noexcept {
    switch (c) {
        case status_class::ok:
            return "2xx";
        case status_class::redirect:
            return "3xx";
        case status_class::refused:
            return "4xx";
        case status_class::too_many:
            return "429";
        case status_class::server_fault:
            return "5xx";
        case status_class::other:
            return "other";
        case status_class::none:
            return "none";
    }
    return "other";
}

rejection rejection_of_status(int status) noexcept {
    switch (status) {
        case 400:
            return rejection::bad_request;
        case 413:
        case 414:
            return rejection::too_large;
        case 422:
            return rejection::bad_content;
        default:
            return rejection::other;
    }
}

char const* name_of(rejection r) noexcept {
    switch (r) {
        case rejection::bad_line:
            return "bad-line";
        case rejection::taken_id:
            return "taken-id";
        case rejection::bad_request:
            return "http-400";
        case rejection::too_large:
            return "http-413";
        case rejection::bad_content:
            return "http-422";
        case rejection::other:
            return "other";
    }
    return "other";
}

}  // namespace setclick::delivery
