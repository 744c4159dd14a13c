// What a request is entitled to: a refusal, or a page that is then made for it. Pure: `now` is an argument.
//
// Promises: only GET and HEAD; no body; one Host, and a right one; a page is found by its whole path, so that nothing else of
// the machine can be named; what only the owner may read needs the password, or comes through the Unix socket.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "answer.hpp"
#include "host_names.hpp"
#include "pages.hpp"
#include "password_check.hpp"
#include "request_head.hpp"

namespace setclick::web {

class site {
public:
    struct setup {
        settings::listen_address at{};
        std::vector<std::string> hosts{};
        std::optional<secret<std::string>> password{};
        bool is_password_lost = false;  ///< one is configured, and cannot be read
    };
    explicit site(setup const& from);

    struct decision {
        std::optional<answer> refusal{};
        web::page const* page = nullptr;  ///< where there is no refusal
    };
    decision decide(request_head const& asked, client const& who, steady_time now);

private:
    std::optional<answer> fault_of(request_head const& asked) const;
    decision for_owner(web::page const& page, request_head const& asked, client const& who,
                       steady_time now);

    host_names names_;
    std::optional<password_check> password_;
    bool is_password_lost_;
};

}  // namespace setclick::web
