#include "token.hpp"

#include <unistd.h>

#include <algorithm>

#include "chosen_account.hpp"
#include "configuration.hpp"
#include "hidden_input.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/settings/pasted_token.hpp"
#include "setclickd/settings/replace_file.hpp"

namespace setclick::cli {
namespace {

constexpr std::string_view credential_scheme = "credential:";
constexpr int most_tries = 3;

}  // namespace

result<std::string> writable_token_file(settings::account_settings const& account) {
    auto const shown = printable(account.id);
    if (account.login)
        return fail(
            errc::refused,
            "account " + shown +
                " logs in with an e-mail and a password; its token comes from there (to use a "
                "token instead, replace login by token_file)");
    if (account.token_file.starts_with(credential_scheme)) {
        auto const name =
            printable(std::string_view(account.token_file).substr(credential_scheme.size()));
        return fail(errc::refused,
                    "the token of account " + shown +
                        " is a systemd credential: write it to the file that the unit's line "
                        "LoadCredential=" +
                        name +
                        ":FILE names (systemctl cat setclickd), then run systemctl restart "
                        "setclickd, because systemd "
                        "hands credentials out at a start only. With token_file = "
                        "\"/etc/setclickd/token\" no restart is "
                        "needed");
    }
    return account.token_file;
}

std::string token_question(std::string const& account) {
    return "Access token of account " + printable(account) + " (it is not shown)";
}

result<secret<std::string>> token_from_person(std::string const& question, console const& io) {
    if (!io.in_is_terminal) {
        auto const piped = piped_secret(io);
        if (!piped) return piped.error();
        auto token = settings::pasted_token(piped->reveal());
        if (!token)
            return fail(errc::invalid_data, "no token on standard input: " + token.error().message);
        return token;
    }
    for (int n = 1;; ++n) {
        auto const line = asked_hidden(question, io);
        if (!line) return line.error();
        auto token = settings::pasted_token(line->reveal());
        if (token || n == most_tries) return token;
        io.err << token.error().message << "\n";
    }
}

int token(token_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const id = chosen_account(read->values, options.account);
    if (!id) return io.complain(id.error());
    auto const& accounts = read->values.accounts;
    auto const account = std::ranges::find(accounts, *id, &settings::account_settings::id);
    auto const path = writable_token_file(*account);
    if (!path) return io.complain(path.error());
    auto const value = token_from_person(token_question(*id), io);
    if (!value) return io.complain(value.error());
    if (auto const written = settings::write_secret(*path, *value); !written) {
        auto e = written.error();
        if (::geteuid() != 0) e.message += "; as root: sudo setclickd token " + printable(*id);
        return io.complain(e);
    }
    io.out << "token of account " << printable(*id) << " written to " << printable(*path, 4096)
           << "; a running daemon takes it within two seconds\n"
           << "Try it: setclickd check --online\n";
    return 0;
}

}  // namespace setclick::cli
