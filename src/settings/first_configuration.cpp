#include "setclickd/settings/first_configuration.hpp"

#include <algorithm>

#include "value_text.hpp"

namespace setclick::settings {
namespace {

std::string block_of(new_account const& account) {
    return "[[account]]\n"
           "id = " +
           quote(account.id) +
           "\n"
           "token_file = " +
           quote(account.token_file) +
           "    # written by: setclickd token\n"
           "rate_per_minute = 60        # what the account allows; 0 = unlimited\n"
           "in_doubt = \"resend\"         # or \"hold\": what may have been booked waits for a "
           "person\n";
}

}  // namespace

std::string first_configuration(new_account const& account) {
    return "# setclickd: the configuration. Keys that are not set have their defaults; the sample\n"
           "# /usr/share/doc/setclickd/config/setclickd.toml lists them. After a change:\n"
           "#     setclickd check && systemctl reload setclickd\n"
           "\n" +
           block_of(account);
}

std::string with_account(std::string_view configuration, new_account const& account) {
    std::string text(configuration);
    if (!text.empty() && text.back() != '\n') text += '\n';
    return text + "\n" + block_of(account);
}

std::string with_web_password(std::string_view configuration, std::string_view password_file) {
    std::string const line = "password_file = " + quote(std::string(password_file)) +
                             "    # of the web page; a new one: setclickd web-password\n";
    constexpr std::string_view head = "[metrics]";
    std::string text(configuration);
    for (std::size_t at = 0; at < text.size();) {
        auto const end = std::min(text.find('\n', at), text.size());
        auto const first = text.find_first_not_of(" \t", at);
        if (first < end && text.compare(first, head.size(), head) == 0) {
            if (end == text.size()) text += '\n';
            return text.insert(end + 1, line);
        }
        at = end + 1;
    }
    if (!text.empty() && text.back() != '\n') text += '\n';
    return text + "\n" + std::string(head) + "\n" + line;
}

std::string web_password_path(std::string_view configuration_path) {
    return std::string(configuration_path.substr(0, configuration_path.rfind('/') + 1)) +
           "web-password";
}

std::string token_path(std::string_view configuration_path, std::string_view account,
                       bool is_first) {
    std::string folder(configuration_path.substr(0, configuration_path.rfind('/') + 1));
    return folder + "token" + (is_first ? "" : "-" + std::string(account));
}

}  // namespace setclick::settings
