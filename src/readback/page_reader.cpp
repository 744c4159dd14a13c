#include "setclickd/readback/page_reader.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "permit_wait.hpp"
#include "setclickd/api/excerpt.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/net/tls.hpp"
#include "setclickd/settings/token.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/setup/network.hpp"

namespace setclick::readback {
namespace {

/// Of one page: about a quarter of a minute, and whatever the server asks for. Of the first one
/// less: nothing is lost yet.
constexpr int most_tries = 6;
constexpr int most_first_tries = 2;

}  // namespace

page_reader::page_reader(settings::settings const& s, report_access& access, page_plan plan,
                         std::atomic<bool> const& stop, progress_fn progress)
    : settings_(&s),
      access_(&access),
      plan_(std::move(plan)),
      stop_(&stop),
      progress_(std::move(progress)) {}

result<page_reader> page_reader::open(settings::settings const& s, report_access& access,
                                      page_plan plan, std::atomic<bool> const& stop,
                                      progress_fn progress) {
    page_reader out(s, access, std::move(plan), stop, std::move(progress));
    auto open = setup::open_settings_of(s, settings::credentials_directory());
    if (!open) return open.error();
    auto tls = net::tls_client::make(s.endpoint.ca_file, s.endpoint.crl_file);
    if (!tls) return tls.error();
    out.target_ = setup::report_target(s, open->to);
    net::blocking_client_settings how;
    how.open = std::move(*open);
    how.timeout = s.delivery.attempt_timeout;
    how.stop = &stop;
    out.fetcher_ = std::make_unique<net::blocking_client>(std::move(*tls), std::move(how));
    out.token_ = std::exchange(out.plan_.token, {});
    if (!out.token_.reveal().empty())
        out.token_read_again_ = true;  // it was made for this
    else if (auto const read = out.read_token(false); !read)
        return read.error();
    return out;
}

/// From its file where this command may read it, else from the daemon: a systemd credential, a
/// login.
result<void> page_reader::read_token(bool refused) {
    auto const account =
        std::ranges::find(settings_->accounts, plan_.account, &settings::account_settings::id);
    if (account != settings_->accounts.end() && !account->login) {
        auto from_file =
            settings::read_token(account->token_file, settings::credentials_directory());
        if (from_file) {
            token_ = std::move(*from_file);
            return {};
        }
        if (!access_->has_tokens()) return from_file.error();
    }
    auto from_daemon =
        access_->token(plan_.account, refused ? std::optional(issue_) : std::nullopt);
    if (!from_daemon) return from_daemon.error();
    token_ = std::move(from_daemon->token);
    issue_ = from_daemon->issue;
    return {};
}

page_progress page_reader::where() const {
    return {walk_.pages(), walk_.rows(), {}, false, trouble_};
}

std::string page_reader::page_name() const {
    return "page " + grouped(walk_.pages() + 1) +
           " (skip=" + std::to_string(plan_.skip + walk_.skip()) + ")";
}

bool page_reader::gives_up() {
    return ++tries_ >= (walk_.pages() == 0 ? most_first_tries : most_tries);
}

result<void> page_reader::wait(milliseconds how_long) {
    return wait_unless(*stop_, how_long);
}

result<void> page_reader::pass_gate() {
    return readback::pass_gate(*access_, plan_.account, *stop_,
                               [this](control::read_permit const& permit) {
                                   auto at = where();
                                   at.wait = permit.wait;
                                   at.events_wait = permit.events_wait;
                                   if (progress_) progress_(at);
                               });
}

result<void> page_reader::wait_before_next_try(std::string why) {
    trouble_ = std::move(why);
    auto at = where();
    at.wait = milliseconds{500} * (1 << std::clamp(tries_ - 1, 0, 5));
    if (progress_) progress_(at);
    return wait(at.wait);
}

result<net::http_answer> page_reader::fetch(api::report_query const& query) {
    for (tries_ = 0;;) {
        if (auto passed = pass_gate(); !passed) return passed.error();
        auto const request = api::report_request(target_, token_, query);
        if (!request) return request.error();
        auto const begun = std::chrono::steady_clock::now();
        auto answer = fetcher_->get(*request);
        if (!answer) {
            auto const& why = answer.error();
            if (why.code != errc::unreachable || gives_up())
                return fail(why.code, why.code == errc::busy ? why.message
                                                             : page_name() + ": " + why.message);
            if (auto waited = wait_before_next_try(why.message); !waited) return waited.error();
            continue;
        }
        auto const ago = std::chrono::floor<milliseconds>(std::chrono::steady_clock::now() - begun);
        if (auto told = access_->read_answered(plan_.account,
                                               api::classify(answer->view(), wall_now()), ago);
            !told)
            return told.error();
        if (answer->status == 200) {
            trouble_.clear();
            return answer;
        }
        if (auto const why = refused(*answer)) return *why;
        auto const trouble = "the server answered " + std::to_string(answer->status);
        // The gate knows how long a 429 asks for.
        if (answer->status == 429)
            trouble_ = trouble;
        else if (auto waited = wait_before_next_try(trouble); !waited)
            return waited.error();
    }
}

std::optional<error> page_reader::refused(net::http_answer const& answer) {
    auto const status = answer.status;
    if (status == 401 && !token_read_again_) {
        token_read_again_ = true;
        auto const before = token_;
        // Perhaps somebody has renewed it meanwhile; else the daemon logs in again, where it does
        // that.
        if (auto const read = read_token(true); !read) return read.error();
        if (!(token_ == before)) return std::nullopt;
    }
    std::array<std::string_view, 1> const secrets{token_.reveal()};
    auto const words = api::excerpt(answer.view(), secrets);
    auto const said = page_name() + ": the server answered " + std::to_string(status) +
                      (words.empty() ? "" : " (" + words + ")");
    switch (status) {
        case 400:
        case 422:
            return fail(errc::refused, said + "; the query is refused as it is");
        case 401:
            return fail(errc::config, said + "; the token of account " + printable(plan_.account) +
                                          " is not accepted: mend its token_file or login");
        case 403:
            return fail(errc::config, said + "; the token may not read reports of account " +
                                          printable(plan_.account) +
                                          ": have SealMetrics allow it to the user of this token, "
                                          "or write another token");
        case 404:
        case 405:
        case 410:
            return fail(errc::config, said + "; does endpoint.report_path lead to the report?");
        default:
            break;
    }
    if (status >= 300 && status < 400)
        return fail(errc::config, said + "; redirects are not followed: mend endpoint.base_url");
    bool const may_help = status == 408 || status == 425 || status == 429 || status >= 500;
    if (!may_help) return fail(errc::refused, said);
    // A 429 names the time of the next try, and the gate keeps to it: that is no trouble.
    bool const is_over = status == 429 ? ++tries_ >= most_tries : gives_up();
    if (is_over) return fail(errc::unreachable, said + ", " + std::to_string(tries_) + " times");
    return std::nullopt;
}

result<bool> page_reader::next(std::vector<api::report_row>& fresh) {
    fresh.clear();
    if (at_end_) return false;
    api::report_query query;
    query.account_id = plan_.account;
    query.date_range = plan_.date_range;
    query.country = plan_.country;
    query.limit = plan_.page_rows;
    query.skip = plan_.skip + walk_.skip();
    auto const answer = fetch(query);
    if (!answer) return answer.error();
    auto page = api::parse_page(answer->body);
    if (!page) return fail(page.error().code, page_name() + ": " + page.error().message);
    auto const last = walk_.take(std::move(*page), fresh);
    if (!last) return last.error();
    at_end_ = *last;
    return true;
}

}  // namespace setclick::readback
