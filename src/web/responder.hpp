// From a request to its answer: entitled or refused (`site`), made from the model, made once for all who ask at a time.
//
// Threads: the web thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "answer.hpp"
#include "model_source.hpp"
#include "pages.hpp"
#include "request_counts.hpp"
#include "site.hpp"

namespace setclick::web {

class responder {
public:
    /// `models` outlives this.
    responder(model_source& models, site::setup const& setup);

    void use(site::setup const& setup);

    /// `done` is called once, at once or later; `asked` is not used after the return.
    void respond(request_head const& asked, client const& who, std::function<void(answer)> done);
    /// For the counts: a request that could not even be read was answered with this status.
    void count_unread(unsigned status) { counts_.add(nullptr, status); }

private:
    /// A page as it was made, and what from.
    struct made_page {
        std::shared_ptr<void const> from;
        unsigned status = 200;
        std::shared_ptr<std::string const> body, gzip;
        std::string etag;
    };
    struct wish {
        bool takes_gzip = false;
        std::string if_none_match;
    };
    void make(page const& page, wish const& what, std::function<void(answer)> done);
    answer made_from(page const& page, wish const& what, std::shared_ptr<void const> const& from,
                     page_input input);

    model_source& models_;
    site site_;
    request_counts counts_;
    metrics::own_accounts own_accounts_;
    std::map<page const*, made_page> made_;
};

}  // namespace setclick::web
