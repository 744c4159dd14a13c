#include "responder.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

#include "gzip.hpp"
#include "setclickd/base/checksum.hpp"
#include "setclickd/telemetry/log.hpp"

namespace setclick::web {
namespace {

/// Below it the head is the larger part.
constexpr std::size_t worth_gzip = 1400;

/// A page that throws is a fault of ours; it stays that page's.
page_text made_by(page const& page, page_input const& input) {
    try {
        return page.make(input);
    } catch (std::exception const& e) {
        telemetry::log_line(telemetry::level::error, "a page could not be made",
                            {{"path", page.path}, {"error", e.what()}});
        return {"this page could not be made: a fault of setclickd, see its log\n", 500};
    }
}

}  // namespace

responder::responder(model_source& models, site::setup const& setup)
    : models_(models), site_(setup) {}

void responder::use(site::setup const& setup) {
    site_ = site(setup);
}

void responder::respond(request_head const& asked, client const& who,
                        std::function<void(answer)> done) {
    auto decided = site_.decide(asked, who, std::chrono::steady_clock::now());
    if (decided.refusal) {
        counts_.add(page_of(asked.target), decided.refusal->status);
        return done(std::move(*decided.refusal));
    }
    wish what{takes_gzip(asked.accept_encoding), std::string(asked.if_none_match)};
    auto const* const page = decided.page;
    make(*page, what, [this, page, done = std::move(done)](answer a) {
        counts_.add(page, a.status);
        done(std::move(a));
    });
}

void responder::make(page const& page, wish const& what, std::function<void(answer)> done) {
    page_input input;
    switch (page.needs) {
        case page_needs::nothing:
            return done(made_from(page, what, nullptr, input));
        case page_needs::live:
            return models_.want_live([this, &page, what, input, done = std::move(done)](
                                         model_source::live_view const& live) mutable {
                input.live = live.get();
                done(made_from(page, what, live, input));
            });
        case page_needs::page:
            return models_.want_page([this, &page, what, input, done = std::move(done)](
                                         model_source::page_view const& view) mutable {
                if (!*view.model) return done(plain(503, view.model->error().message));
                input.live = view.live.get();
                input.page = &**view.model;
                done(made_from(page, what, view.model, input));
            });
        case page_needs::report:
            break;
    }
    models_.want_report([this, &page, what, input,
                         done = std::move(done)](model_source::report_view const& view) mutable {
        // The reason names paths, and /metrics is open to everybody.
        if (!*view.model)
            return done(plain(503, page.readers == page_readers::owner
                                       ? view.model->error().message
                                       : "the ledger cannot be read; `setclickd status` on the "
                                         "daemon's machine names the reason"));
        input.live = view.live.get();
        input.report = &**view.model;
        own_accounts_.see(*input.report, view.most_accounts);
        input.own = &own_accounts_;
        done(made_from(page, what, view.model, input));
    });
}

answer responder::made_from(page const& page, wish const& what,
                            std::shared_ptr<void const> const& from, page_input input) {
    auto& made = made_[&page];
    bool const is_for_ever = page.needs == page_needs::nothing;
    if (!made.body || made.from != from) {
        input.requests = counts_.all();
        auto text = made_by(page, input);
        made = {};
        made.from = from;
        made.status = text.status;
        made.body = std::make_shared<std::string const>(std::move(text.body));
        if (is_for_ever) made.etag = fmt::format("W/\"{:016x}\"", checksum(*made.body));
    }
    answer out;
    out.type = made.status == 200 ? page.type : content::text;
    out.status = made.status;
    out.etag = made.etag;
    bool const is_known =
        !made.etag.empty() && what.if_none_match.find(made.etag) != std::string::npos;
    if (is_known) {
        out.status = 304;
        return out;
    }
    out.body = made.body;
    out.varies = made.body->size() >= worth_gzip;
    if (!out.varies || !what.takes_gzip) return out;
    if (!made.gzip)
        if (auto packed = gzip(*made.body))
            made.gzip = std::make_shared<std::string const>(std::move(*packed));
    if (!made.gzip) return out;
    out.body = made.gzip;
    out.is_gzip = true;
    return out;
}

}  // namespace setclick::web
