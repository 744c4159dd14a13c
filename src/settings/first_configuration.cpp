#include "setclickd/settings/first_configuration.hpp"

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

std::string token_path(std::string_view configuration_path, std::string_view account,
                       bool is_first) {
    std::string folder(configuration_path.substr(0, configuration_path.rfind('/') + 1));
    return folder + "token" + (is_first ? "" : "-" + std::string(account));
}

}  // namespace setclick::settings
