#include "setclickd/delivery/park.hpp"

#include <algorithm>

namespace setclick::delivery {

char const* name_of(park_reason reason) noexcept {
    switch (reason) {
        case park_reason::none:
            return "none";
        case park_reason::unauthorised:
            return "unauthorised";
        case park_reason::forbidden:
            return "forbidden";
        case park_reason::not_found:
            return "not-found";
        case park_reason::redirected:
            return "redirected";
        case park_reason::foreign_content:
            return "foreign-content";
        case park_reason::blocked:
            return "blocked";
        case park_reason::suspect:
            return "suspect";
        case park_reason::unavailable:
            return "unavailable";
        case park_reason::paused:
            return "paused";
    }
    return "none";
}

std::optional<park_reason> park_reason_named(std::string_view name) noexcept {
    for (std::size_t i = 0; i < park_reason_count; ++i)
        if (name == name_of(static_cast<park_reason>(i))) return static_cast<park_reason>(i);
    return std::nullopt;
}

char const* text(park_reason reason) noexcept {
    switch (reason) {
        case park_reason::none:
            return "not parked";
        case park_reason::unauthorised:
            return "the server does not accept the token (401)";
        case park_reason::forbidden:
            return "the server forbids it to this account (402 or 403)";
        case park_reason::not_found:
            return "there is no such path at the endpoint (404, 405 or 410)";
        case park_reason::redirected:
            return "the endpoint redirects to another place, which is never followed";
        case park_reason::foreign_content:
            return "something other than the API answers";
        case park_reason::blocked:
            return "a wall in front of the API (firewall, bot protection, proxy) lets nothing "
                   "through";
        case park_reason::suspect:
            return "the last events were all refused as faulty (400 or 422), and none was accepted "
                   "between them";
        case park_reason::unavailable:
            return "the server cannot be reached or fails all the time";
        case park_reason::paused:
            return "paused by a person";
    }
    return "not parked";
}

std::string cure(park_reason reason, std::string_view whom) {
    auto const resume = "setclickd resume " + std::string(whom);
    switch (reason) {
        case park_reason::none:
            return {};
        case park_reason::unauthorised:
            return "write a valid token to the account's token file (setclickd token " +
                   std::string(whom) +
                   "; a systemd credential also wants systemctl restart setclickd), or correct its "
                   "login; it goes on "
                   "when the file is written (or: " +
                   resume + ")";
        case park_reason::forbidden:
            return "the scope offline-leads may be missing: have SealMetrics enable it for the "
                   "user of this token, or "
                   "write another token; then: " +
                   resume;
        case park_reason::not_found:
            return "check endpoint.base_url and endpoint.set_click_path, and whether SealMetrics "
                   "still offers this API; "
                   "then: " +
                   resume;
        case park_reason::redirected:
            return "set endpoint.base_url to where the API is now, if that is the Location shown; "
                   "then: " +
                   resume;
        case park_reason::foreign_content:
            return "look for a proxy, a captive portal or a maintenance page between this machine "
                   "and the endpoint; "
                   "then: " +
                   resume;
        case park_reason::blocked:
            return "it is the endpoint's or the network's wall, not this account: have who runs it "
                   "let this machine's address and the User-Agent setclickd through; at once "
                   "again: " +
                   resume;
        case park_reason::suspect:
            return "look at them (setclickd list --state rejected) and correct what produces "
                   "them; " +
                   resume + " sends them again, " + resume +
                   " --accept-rejections leaves them rejected";
        case park_reason::unavailable:
            return "nothing to do if the server is down, it is probed; else check the network, the "
                   "proxy and "
                   "endpoint.base_url (at once: " +
                   resume + ")";
        case park_reason::paused:
            return resume;
    }
    return {};
}

bool needs_a_person(park_reason reason) noexcept {
    return reason == park_reason::suspect || reason == park_reason::paused;
}

bool may_be_the_endpoint(park_reason reason) noexcept {
    return reason == park_reason::not_found || reason == park_reason::redirected ||
           reason == park_reason::foreign_content || reason == park_reason::blocked ||
           reason == park_reason::unavailable;
}

park_reason park_for(api::verdict verdict) noexcept {
    switch (verdict) {
        case api::verdict::accepted:
        case api::verdict::rejected:
        case api::verdict::throttled:
        case api::verdict::unavailable:
        case api::verdict::misdirected:
            return park_reason::none;
        case api::verdict::unauthorised:
            return park_reason::unauthorised;
        case api::verdict::forbidden:
            return park_reason::forbidden;
        case api::verdict::not_found:
            return park_reason::not_found;
        case api::verdict::redirected:
            return park_reason::redirected;
        case api::verdict::foreign_content:
            return park_reason::foreign_content;
        case api::verdict::blocked:
            return park_reason::blocked;
    }
    return park_reason::foreign_content;
}

probe_settings probes_of(park_reason reason, probe_settings settings,
                         milliseconds retry_cap) noexcept {
    if (reason == park_reason::unavailable) settings.cap = std::min(settings.cap, retry_cap);
    return settings;
}

milliseconds probe_interval(probe_settings const& settings, int probes,
                            random_source& random) noexcept {
    auto interval = std::max<milliseconds>(1ms, settings.first);
    for (int i = 0; i < probes && interval < settings.cap; ++i)
        interval *= 2;
    interval = std::min(interval, std::max<milliseconds>(1ms, settings.cap));
    auto const part = 0.5 + random.next() / 2;
    return milliseconds{static_cast<std::int64_t>(static_cast<double>(interval.count()) * part)};
}

}  // namespace setclick::delivery
