#include "held_help.hpp"

#include <algorithm>

#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::status_model {
namespace {

/// `--dry-run` counts; the person takes it off.
constexpr std::string_view release_does =
    "counts what would be sent again; without --dry-run it is sent";
constexpr std::string_view discard_does =
    "counts what would be given up for good; without --dry-run it is";

/// Which of the held events of an account a class means, as the filters of the commands have it.
std::string filter_of(held_report const& held) {
    switch (held.why) {
        case held_class::in_doubt:
            // One reason names them exactly; of several, what was in doubt before it was held for
            // something else is meant, too.
            if (held.reasons.size() == 1 && !held.is_cut)
                if (auto const reason = shell_word(held.reasons.front().first))
                    return " --reason " + *reason;
            return " --in-doubt";
        case held_class::person:
            return " --reason person";
        case held_class::expired:
            return " --reason expired";
        case held_class::crash:
            return " --reason crash";
        case held_class::unreadable:
            return " --reason unreadable-record";
    }
    return "";
}

bool is_plain(char c) noexcept {
    return is_letter(c) || is_digit(c) ||
           std::string_view("_./:@%+=,-").find(c) != std::string_view::npos;
}

}  // namespace

std::string_view name_of(held_class why) noexcept {
    switch (why) {
        case held_class::in_doubt:
            return "in_doubt";
        case held_class::person:
            return "person";
        case held_class::expired:
            return "expired";
        case held_class::crash:
            return "crash";
        case held_class::unreadable:
            return "unreadable";
    }
    return "";
}

/// Everything else is how an attempt ended that may have been received.
held_class class_of(std::string_view reason) noexcept {
    if (reason == "person") return held_class::person;
    if (reason == "expired") return held_class::expired;
    if (reason == "crash") return held_class::crash;
    if (reason == "unreadable-record") return held_class::unreadable;
    return held_class::in_doubt;
}

std::string_view text_of(held_report const& held) noexcept {
    if (held.is_undecided)
        return "were being sent when the daemon ended, and may have been received; its next start "
               "sends them again or holds them, by the account's in_doubt";
    switch (held.why) {
        case held_class::in_doubt:
            return "may have been received: nobody knows, so they are not sent again by themselves";
        case held_class::person:
            return "held by a person's command";
        case held_class::expired:
            return "could not be delivered for longer than retry.max_age";
        case held_class::crash:
            return "the daemon crashed three times while they were being sent";
        case held_class::unreadable:
            return "their record in the ledger is damaged and cannot be sent";
    }
    return "";
}

std::vector<helpful_command> commands_for(held_report const& held) {
    auto const id = shell_word(held.account);
    if (!id) return {};
    if (held.is_undecided) return {{"systemctl start setclickd", "starts the daemon"}};
    auto const which = " --state held --account " + *id + filter_of(held);
    helpful_command const look{"setclickd list" + which, "lists them"};
    helpful_command const release{"setclickd release" + which + " --dry-run",
                                  std::string(release_does)};
    helpful_command const discard{"setclickd discard" + which + " --dry-run",
                                  std::string(discard_does)};
    switch (held.why) {
        case held_class::in_doubt:
            return {{"setclickd reconcile --account " + *id + " --resolve --dry-run",
                     "compares with the vendor's report which of them were recorded; without "
                     "--dry-run what the counts decide is done"},
                    release,
                    discard};
        case held_class::person:
        case held_class::expired:
            return {release, discard};
        case held_class::crash:
            return {look, release, discard};
        case held_class::unreadable:
            return {{"setclickd ledger check", "reads the whole ledger and tells what is damaged"},
                    look,
                    discard};
    }
    return {};
}

std::optional<std::string> shell_word(std::string_view text) {
    if (text.empty() || text.starts_with('-') || printable(text, text.size()) != text)
        return std::nullopt;
    if (std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
    std::string out = "'";
    for (char const c : text)
        if (c == '\'')
            out += "'\\''";
        else
            out += c;
    return out + "'";
}

}  // namespace setclick::status_model
