#include "setclickd/delivery/forecast.hpp"
#include "setclickd/delivery/gate.hpp"

namespace setclick::delivery {

std::string gate::why(steady_time now) const {
    auto const configured = "configured: " + rate_text(rate_.configured());
    std::string out = rate_text(rate_.effective());
    if (rate_.effective() == rate_.configured())
        out += ", as configured";
    else if (rate_.effective() == rate_.said())
        out += ", as the server says (X-RateLimit-Limit); " + configured;
    else
        out += ", learnt from the server's 429 answers, growing slowly; " + configured;
    if (hold_until_ > now)
        out += "; quiet for " + about_text(std::chrono::ceil<milliseconds>(hold_until_ - now)) +
               ", as the server asked";
    else if (budget_ == 0 && budget_until_ > now)
        out += "; the server's allowance is used up for " +
               about_text(std::chrono::ceil<milliseconds>(budget_until_ - now)) +
               " (X-RateLimit-Remaining)";
    return out;
}

}  // namespace setclick::delivery
