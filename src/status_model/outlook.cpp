#include "setclickd/status_model/outlook.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "setclickd/base/text.hpp"
#include "setclickd/delivery/park.hpp"

namespace setclick::status_model {
namespace {

using delivery::park_reason;

constexpr std::size_t most_text = 500;

bool is_paused(park_report const& park) {
    return park.reason == delivery::name_of(park_reason::paused);
}

std::vector<std::string> commands_for(park_report const& park, std::string const& whom) {
    auto const resume = "setclickd resume " + whom;
    switch (delivery::park_reason_named(park.reason).value_or(park_reason::none)) {
        case park_reason::unauthorised:
            return {"setclickd token " + whom};
        case park_reason::suspect:
            return {"setclickd list --state rejected --account " + whom, resume};
        case park_reason::not_found:
        case park_reason::redirected:
        case park_reason::foreign_content:
        case park_reason::unavailable:
            return {"setclickd doctor", resume};
        case park_reason::none:
        case park_reason::forbidden:
        case park_reason::blocked:
        case park_reason::paused:
            break;
    }
    return {resume};
}

/// With a capital and a full stop, as a sentence of its own.
std::string sentence(std::string text) {
    if (text.empty()) return text;
    if (text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
    if (text.back() != '.') text += '.';
    return text;
}

/// What keeps everything back, whatever the accounts do.
std::optional<outlook> whole_daemon(daemon_report const& d) {
    if (!d.is_running)
        return outlook{delivering::no,
                       "No: the daemon does not run",
                       "Nothing is taken or delivered until it is started.",
                       "Start it.",
                       {"systemctl start setclickd"}};
    if (d.pid == 0)
        return outlook{delivering::no,
                       "Not known: the daemon does not answer",
                       sentence("it runs, but " + printable(d.why_not, most_text)),
                       "Look at its log.",
                       {"journalctl -u setclickd -n 50"}};
    if (d.disk_full)
        return outlook{delivering::no,
                       "No: the disk is full",
                       "Nothing is taken or sent; nothing is lost. It goes on by itself when there "
                       "is room.",
                       "Make room on the ledger's disk.",
                       {"df -h"}};
    if (!d.ledger_away.empty())
        return outlook{delivering::no,
                       "No: the ledger's server cannot be worked with",
                       sentence(printable(d.ledger_away, most_text)) +
                           " Files stay in incoming/, and what was answered is kept.",
                       "Look at PostgreSQL, and at the network to it; it goes on by itself.",
                       {}};
    if (d.member && !d.member->may_send)
        return outlook{delivering::no,
                       "No: this node's lease has ended",
                       "PostgreSQL has not acknowledged a beat for too long: nothing is sent from "
                       "here, and after 20 "
                       "seconds another node has its accounts.",
                       "Look at PostgreSQL, and at the network to it; it goes on by itself.",
                       {"setclickd cluster"}};
    if (!d.ledger_locked.empty())
        return outlook{delivering::no,
                       "No: another program locks the ledger",
                       sentence(printable(d.ledger_locked, most_text)),
                       "End that program, or its transaction; it goes on by itself.",
                       {}};
    if (d.stalled)
        return outlook{delivering::no,
                       "No: it is stalled by a fault of setclickd",
                       "Events waited and nothing would have woken them; they were woken.",
                       "If it lasts, restart it, and report it with the log.",
                       {"systemctl restart setclickd"}};
    if (d.endpoint_parked) {
        auto const& park = *d.endpoint_parked;
        return outlook{delivering::no,
                       is_paused(park)
                           ? "No: everything is paused"
                           : "No: the endpoint is parked (" + printable(park.reason) + ")",
                       sentence(printable(park.text, most_text)) + " All events wait.",
                       is_paused(park) ? "Resume it when it may go on."
                                       : sentence(printable(park.cure, most_text)),
                       commands_for(park, "--endpoint")};
    }
    if (!d.unreachable.empty())
        return outlook{delivering::no,
                       "No: the endpoint cannot be reached",
                       sentence(printable(d.unreachable, most_text)) + " Nothing is lost.",
                       "It is tried again and goes on by itself; the doctor looks at each step of "
                       "the way.",
                       {"setclickd doctor"}};
    return std::nullopt;
}

bool keeps_back(standing s) {
    return s <= standing::paused;
}

std::string words_for(standing s) {
    switch (s) {
        case standing::parked:
            return "is parked";
        case standing::no_token:
            return "has no usable token";
        case standing::failing:
            return "fails and is tried again";
        case standing::not_configured:
            return "is not in the configuration";
        case standing::paused:
            return "is paused";
        case standing::held:
        case standing::asked_to_wait:
        case standing::delivering:
        case standing::idle:
            break;
    }
    return "goes on";
}

std::string why(account_report const& a, standing s) {
    switch (s) {
        case standing::parked:
        case standing::paused:
            return printable(a.parked->text, most_text);
        case standing::no_token:
            return a.owner && a.owner->name.empty()
                       ? "no node that lives has a usable token for it"
                       : "its token cannot be read; the log has the reason";
        case standing::failing:
            return printable(a.trouble, most_text);
        case standing::not_configured:
            return "the configuration does not name it: its events are kept and not sent";
        case standing::held:
            return "some of its events are not sent again until a person decides";
        case standing::asked_to_wait:
        case standing::delivering:
        case standing::idle:
            break;
    }
    return {};
}

std::string cure(account_report const& a, standing s) {
    switch (s) {
        case standing::parked:
            return sentence(printable(a.parked->cure, most_text));
        case standing::paused:
            return "Resume it when it may go on.";
        case standing::no_token:
            return "Write a valid token; it is taken within two seconds.";
        case standing::failing:
            return "Nothing to do if the server is down; it goes on by itself.";
        case standing::not_configured:
            return "Add the account to the configuration and reload, or discard its events.";
        case standing::held:
            return "Compare with the report, then release or discard what is held.";
        case standing::asked_to_wait:
        case standing::delivering:
        case standing::idle:
            break;
    }
    return {};
}

std::vector<std::string> commands(account_report const& a, standing s) {
    auto const id = printable(a.id);
    switch (s) {
        case standing::parked:
        case standing::paused:
            return commands_for(*a.parked, id);
        case standing::no_token:
            return {"setclickd token " + id};
        case standing::not_configured:
            return {"setclickd discard --account " + id + " --dry-run"};
        case standing::failing:
            return {"setclickd doctor"};
        case standing::held:
            return {"setclickd list --state held --account " + id};
        case standing::asked_to_wait:
        case standing::delivering:
        case standing::idle:
            break;
    }
    return {};
}

/// Some of the accounts, or all, do not deliver.
std::optional<outlook> accounts_in_trouble(std::vector<account_report> const& accounts) {
    account_report const* worst = nullptr;
    std::size_t kept_back = 0;
    for (auto const& a : accounts) {
        auto const s = standing_of(a);
        if (!keeps_back(s)) continue;
        ++kept_back;
        if (worst == nullptr || s < standing_of(*worst)) worst = &a;
    }
    if (worst == nullptr) return std::nullopt;
    auto const s = standing_of(*worst);
    auto const id = printable(worst->id);
    bool const is_all = kept_back == accounts.size();
    outlook out;
    out.is_delivering = is_all ? delivering::no : delivering::in_part;
    if (accounts.size() == 1)
        out.headline = "No: the account " + words_for(s);
    else if (is_all)
        out.headline = "No: none of the accounts delivers";
    else
        out.headline = "In part: " + grouped(kept_back) + " of " + grouped(accounts.size()) +
                       " accounts " + (kept_back == 1 ? "does" : "do") + " not deliver";
    if (kept_back == 1)
        out.sentence = sentence("account " + id + " " + words_for(s) + ": " + why(*worst, s));
    else
        out.sentence = "The first: account " + id + " " + words_for(s) + ": " + why(*worst, s) +
                       ". Below, the accounts with trouble stand first.";
    out.cure = cure(*worst, s);
    out.commands = commands(*worst, s);
    return out;
}

}  // namespace

std::string_view name_of(standing s) noexcept {
    switch (s) {
        case standing::parked:
            return "parked";
        case standing::no_token:
            return "no token";
        case standing::failing:
            return "failing";
        case standing::not_configured:
            return "not configured";
        case standing::paused:
            return "paused";
        case standing::held:
            return "held";
        case standing::asked_to_wait:
            return "asked to wait";
        case standing::delivering:
            return "delivering";
        case standing::idle:
            return "idle";
    }
    return "idle";
}

standing standing_of(account_report const& a) noexcept {
    if (a.parked) return is_paused(*a.parked) ? standing::paused : standing::parked;
    if (a.owner && a.owner->name.empty() && !a.owner->can_be_taken && a.events.pending() > 0)
        return standing::no_token;
    if (a.is_sent_elsewhere()) {
        if (a.events.held > 0) return standing::held;
        return a.events.pending() == 0 ? standing::idle : standing::delivering;
    }
    if (!a.is_configured) {
        if (a.events.pending() > 0) return standing::not_configured;
        return a.events.held > 0 ? standing::held : standing::idle;
    }
    if (!a.has_credential) return standing::no_token;
    if (!a.trouble.empty()) return standing::failing;
    if (a.events.held > 0) return standing::held;
    if (a.events.pending() == 0) return standing::idle;
    return a.not_before != wall_time{} ? standing::asked_to_wait : standing::delivering;
}

std::string_view name_of(delivering d) noexcept {
    switch (d) {
        case delivering::yes:
            return "yes";
        case delivering::idle:
            return "idle";
        case delivering::waits:
            return "waits";
        case delivering::in_part:
            return "in part";
        case delivering::no:
            return "no";
    }
    return "no";
}

outlook outlook_of(status_report const& r) {
    if (auto whole = whole_daemon(r.daemon)) return *whole;
    if (auto some = accounts_in_trouble(r.accounts)) return *some;
    if (!r.daemon.intake_held_up.empty())
        return {delivering::in_part,
                "In part: new files are not taken",
                sentence(printable(r.daemon.intake_held_up, most_text)) +
                    " What was taken before is delivered; nothing is lost.",
                "Mend what it names; it goes on by itself.",
                {}};
    outlook out;
    auto const waits_as_asked = [](account_report const& a) {
        return a.events.pending() == 0 || a.not_before != wall_time{};
    };
    if (r.accounts.empty())
        out = {delivering::idle,
               "Nothing to deliver: no account is configured",
               "An account's id and token come first.",
               "Add an account.",
               {"setclickd setup"}};
    else if (r.events.pending() == 0 && r.last_success == wall_time{})
        out = {delivering::idle,
               "Ready: nothing has been delivered yet",
               "A file that is dropped into incoming/ is taken at once.",
               {},
               {}};
    else if (r.events.pending() == 0)
        out = {delivering::idle,
               "Nothing waits to be delivered",
               "What came in has gone its way; a new file is taken at once.",
               {},
               {}};
    else if (std::all_of(r.accounts.begin(), r.accounts.end(), waits_as_asked))
        out = {delivering::waits,
               "It waits, as the server asked",
               "The server wants no call for a while; it goes on by itself.",
               {},
               {}};
    else
        out = {delivering::yes,
               "Yes, it is delivering",
               "Events go out as fast as the accounts' rates allow.",
               {},
               {}};
    if (r.events.held > 0) {
        out.sentence += " Some events are held: they are not sent again until a person decides.";
        out.cure = "Compare with the report, then release or discard what is held.";
        out.commands = {"setclickd list --state held"};
    }
    return out;
}

account_outlook outlook_of(account_report const& a) {
    auto const s = standing_of(a);
    return {s, why(a, s), cure(a, s), commands(a, s)};
}

}  // namespace setclick::status_model
