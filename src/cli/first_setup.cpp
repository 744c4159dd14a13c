#include "first_setup.hpp"

#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "account_choice.hpp"
#include "check.hpp"
#include "configuration.hpp"
#include "hidden_input.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/readback/account_list.hpp"
#include "setclickd/settings/first_configuration.hpp"
#include "setclickd/settings/load.hpp"
#include "setclickd/settings/replace_file.hpp"
#include "token.hpp"
#include "web_password.hpp"

namespace setclick::cli {
namespace {

namespace fs = std::filesystem;

constexpr int most_tries = 3;

/// The exit code of a program that is looked for in PATH; nothing where it cannot be run.
std::optional<int> run_program(std::vector<std::string> words) {
    std::vector<char*> arguments;
    arguments.reserve(words.size() + 1);
    for (auto& word : words)
        arguments.push_back(word.data());
    arguments.push_back(nullptr);
    pid_t child = 0;
    if (::posix_spawnp(&child, arguments[0], nullptr, nullptr, arguments.data(), environ) != 0)
        return std::nullopt;
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return std::nullopt;
    if (!WIFEXITED(status)) return std::nullopt;
    return WEXITSTATUS(status);
}

bool has_systemd() {
    std::error_code ec;
    return fs::is_directory("/run/systemd/system", ec);
}

result<std::string> whole_file(std::string const& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) return errno_error(errno, "read", printable(path, 4096));
    return std::string(std::istreambuf_iterator<char>(file), {});
}

class dialogue {
public:
    dialogue(setup_options const& options, console const& io) : options_(options), io_(io) {}

    result<int> all() {
        auto const known = existing();
        if (!known) return known.error();
        is_first_ = !*known;
        if (is_first_) explain();
        auto const chosen = is_id_open() ? by_its_token() : by_its_id();
        if (!chosen) return chosen.error();
        if (auto const written = write(chosen->id, chosen->token); !written) return written.error();
        return checked_and_started();
    }

private:
    struct choice {
        std::string id;
        secret<std::string> token;
    };

    /// Whether there is a configuration already; one with errors is left to its author.
    result<bool> existing() {
        std::error_code ec;
        if (!fs::exists(options_.config, ec)) {
            settings_ = settings::load_text("", options_.config, settings::process_environment());
            return false;
        }
        auto text = whole_file(options_.config);
        if (!text) return text.error();
        before_ = std::move(*text);
        settings_ = settings::load_text(before_, options_.config, settings::process_environment());
        if (!settings_.is_toml)
            return fail(errc::config, printable(options_.config, 4096) +
                                          " is there and cannot be read as TOML (setclickd check "
                                          "shows where); nothing was changed");
        return !settings_.values.accounts.empty();
    }

    void explain() {
        io_.err
            << "This writes " << printable(options_.config, 4096)
            << " and the file of the access token.\n"
            << "Access token: in SealMetrics under Tags & Connectors, Connectors.\n"
            << "Account id: the 24 letters and digits by which the API of SealMetrics calls your "
               "account; it is looked up with the token.\n\n";
    }

    /// A person is asked, and nobody has named the account: its token tells which it can be.
    bool is_id_open() const { return options_.account.empty() && io_.in_is_terminal; }

    result<choice> by_its_id() {
        auto const& id = options_.account;
        if (id.empty())
            return fail(errc::usage,
                        "there is no terminal to ask on: give --account ID, and the token on "
                        "standard input (which ids a token may use: setclickd accounts "
                        "--new-token < token)");
        if (auto const free = is_free(id); !free) return free.error();
        auto token = token_from_person(token_question(id), io_);
        if (!token) return token.error();
        return choice{id, std::move(*token)};
    }

    /// The server is asked once a token. Where it does not list the accounts, the id is typed.
    result<choice> by_its_token() {
        for (int n = 1;; ++n) {
            auto token = token_from_person("Access token (it is not shown)", io_);
            if (!token) return token.error();
            io_.err << "Asking SealMetrics which accounts it is for …" << std::endl;
            std::atomic<bool> const never{false};  // a signal ends the process, as at a question
            auto const seen = readback::list_accounts(settings_.values, *token, never);
            if (seen.is_token_refused) {
                if (n == most_tries) return *seen.fault;
                io_.err << "SealMetrics does not accept this token (401). Copy it again, as a "
                           "whole.\n";
                continue;
            }
            if (seen.fault) io_.err << "They cannot be listed now: " << seen.fault->message << "\n";
            auto const id = seen.fault ? typed_id() : chosen_id(seen.accounts);
            if (!id) return id.error();
            if (auto const free = is_free(*id); !free) return free.error();
            return choice{*id, std::move(*token)};
        }
    }

    result<std::string> chosen_id(std::vector<api::named_account> const& listed) {
        std::vector<std::string> known;
        for (auto const& a : settings_.values.accounts)
            known.push_back(a.id);
        auto const offer = offer_accounts(listed, known);
        if (offer.kind == offer_kind::none_left) return fail(errc::refused, offer.text);
        io_.err << offer.text;
        if (offer.kind == offer_kind::the_one) return offer.accounts.front().id;
        if (offer.kind == offer_kind::by_hand) return typed_id();
        for (int n = 1;; ++n) {
            auto const answer = asked("Which one (number or id)", io_);
            if (!answer) return answer.error();
            auto id = chosen_of(offer, *answer);
            if (id || n == most_tries) return id;
            io_.err << id.error().message << "\n";
        }
    }

    result<std::string> typed_id() {
        auto answer = asked("Account id", io_);
        if (answer && !answer->empty() && !looks_like_id(*answer)) {
            // Once: who gives it again knows better.
            io_.err << printable(*answer) << " has " << answer->size()
                    << " characters; an id has 24 letters and digits: was all of it copied?\n";
            answer = asked("Account id", io_);
        }
        if (answer && answer->empty())
            return fail(errc::refused, "no account id; nothing was changed");
        return answer;
    }

    static bool looks_like_id(std::string const& id) {
        return id.size() == 24 && std::ranges::all_of(id, [](unsigned char c) {
                   return std::isalnum(c) != 0 && c < 0x80;
               });
    }

    result<void> is_free(std::string const& id) const {
        auto const& accounts = settings_.values.accounts;
        if (std::ranges::find(accounts, id, &settings::account_settings::id) != accounts.end())
            return fail(errc::refused,
                        "account " + printable(id) +
                            " is configured already; for a new token: setclickd token " +
                            printable(id));
        return {};
    }

    /// The token first: a configuration that names it is then right from its first moment.
    result<void> write(std::string const& id, secret<std::string> const& token) {
        settings::new_account const account{id,
                                            settings::token_path(options_.config, id, is_first_)};
        auto text = before_.empty() ? settings::first_configuration(account)
                                    : settings::with_account(before_, account);
        auto const web_file = settings::web_password_path(options_.config);
        bool const has_web = before_.empty() && !fs::exists(web_file);
        if (has_web) text = settings::with_web_password(text, web_file);
        auto const planned =
            settings::load_text(text, options_.config, settings::process_environment());
        for (auto const& finding : planned.findings)
            if (finding.level == settings::severity::error)
                return fail(errc::config, to_text(finding) + "; nothing was written");
        std::error_code ec;
        if (fs::exists(account.token_file, ec))
            return fail(errc::refused, printable(account.token_file, 4096) +
                                           " is there already; move it away, or write the account "
                                           "by hand and use it; nothing was changed");
        fs::create_directories(fs::path(options_.config).parent_path(), ec);
        if (auto const done = settings::write_secret(account.token_file, token); !done)
            return as_root(done.error());
        if (has_web)
            if (auto const done = write_web_password(web_file); !done) return as_root(done.error());
        if (auto const done = settings::write_configuration(options_.config, text); !done)
            return as_root(done.error());
        io_.out << (before_.empty() ? "wrote " : "added the account to ")
                << printable(options_.config, 4096) << "\nwrote "
                << printable(account.token_file, 4096) << "\n";
        if (!web_password_file_.empty()) {
            io_.out << "wrote " << printable(web_password_file_, 4096) << "\n" << std::flush;
            show_password(web_password_file_, web_password_, io_);
        }
        return {};
    }

    result<void> write_web_password(std::string const& path) {
        auto made = new_password();
        if (!made) return made.error();
        web_password_ = std::move(*made);
        web_password_file_ = path;
        return settings::write_secret(path, web_password_);
    }

    static error as_root(error e) {
        if (::geteuid() != 0) e.message += "; run it as root: sudo setclickd setup";
        return e;
    }

    int checked_and_started() {
        io_.out << "\n" << std::flush;
        if (int const code = check({.config = options_.config}, io_); code != 0) return code;
        if (wants("Ask SealMetrics now whether the account may read and deliver (sends no event)?"))
            is_well_online_ =
                check({.config = options_.config, .online = true, .is_second = true}, io_) == 0;
        return started();
    }

    /// Only a person is asked; a script runs the commands that it wants.
    bool wants(std::string const& question) {
        if (!io_.in_is_terminal) return false;
        auto const answer = asked(question + " [Y/n]", io_);
        return answer && (answer->empty() || answer->front() == 'y' || answer->front() == 'Y');
    }

    int started() {
        bool const is_packaged = options_.config == default_config;
        if (!options_.start || !is_packaged || !has_systemd() || ::geteuid() != 0) {
            io_.out << "\nNext: start the daemon ("
                    << (is_packaged ? "systemctl enable --now setclickd" : "setclickd run")
                    << "), then drop a file:\n";
            how_to_drop();
            return 0;
        }
        io_.out << std::flush;
        // A running one takes the new account by a reload.
        std::vector<std::string> words{"systemctl", "enable", "--now", "setclickd"};
        if (!is_first_) words = {"systemctl", "reload-or-restart", "setclickd"};
        if (run_program(words) != 0)
            return io_.complain(
                fail(errc::unreachable,
                     "the service could not be started; look at: systemctl status setclickd, "
                     "journalctl -u setclickd -n 50"));
        io_.out << "\nThe service runs. ";
        if (!is_well_online_)
            io_.out
                << "Not all is well online (above): until it is mended events wait, and none is "
                   "lost. A new token: sudo setclickd token; then setclickd check --online.\n";
        io_.out << "Drop a file and watch it arrive:\n";
        how_to_drop();
        return 0;
    }

    void how_to_drop() {
        io_.out << "    setclickd submit FILE.ndjson      one event a line; setclickd submit "
                   "--check FILE only looks\n"
                << "                                      a sample to look at: "
                   "/usr/share/doc/setclickd/examples/orders.ndjson\n"
                << "    setclickd status                  what waits, what was delivered\n"
                << "    journalctl -u setclickd -f        what happens\n"
                << "Other users who drop files join the group: adduser NAME setclickd-drop\n";
    }

    setup_options const& options_;
    console const& io_;
    bool is_first_ = true;
    bool is_well_online_ = true;        ///< or nobody asked
    secret<std::string> web_password_;  ///< as it was just made; empty: there is one already
    std::string web_password_file_;
    std::string before_;  ///< the configuration that was there
    settings::loaded settings_;
};

}  // namespace

int first_setup(setup_options const& options, console const& io) {
    auto const done = dialogue(options, io).all();
    return done ? *done : io.complain(done.error());
}

int config_init(setup_options const& options, std::string const& token_file, console const& io) {
    std::error_code ec;
    if (fs::exists(options.config, ec))
        return io.complain(fail(errc::refused, printable(options.config, 4096) +
                                                   " is there already; it is not overwritten"));
    settings::new_account const account{
        options.account, token_file.empty()
                             ? settings::token_path(options.config, options.account, true)
                             : token_file};
    auto const text = settings::first_configuration(account);
    auto const planned = settings::load_text(text, options.config, {});
    for (auto const& finding : planned.findings)
        if (finding.level == settings::severity::error)
            return io.complain(fail(errc::config, to_text(finding)));
    fs::create_directories(fs::path(options.config).parent_path(), ec);
    if (auto const done = settings::write_configuration(options.config, text); !done)
        return io.complain(done.error());
    io.out << "wrote " << printable(options.config, 4096)
           << "\nnext: setclickd token, then setclickd check\n";
    return 0;
}

}  // namespace setclick::cli
