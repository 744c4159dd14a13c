#include "accounts.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "account_choice.hpp"
#include "chosen_account.hpp"
#include "configuration.hpp"
#include "gate_access.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/readback/account_list.hpp"
#include "setclickd/settings/load.hpp"
#include "stop_signal.hpp"
#include "token.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

/// What one token may use, and whose token it is.
struct listing {
    std::vector<std::string> token_of;  ///< configured accounts; none for a new token
    readback::account_list seen;
};

bool is_configured(settings::settings const& s, std::string const& id) {
    return std::ranges::find(s.accounts, id, &settings::account_settings::id) != s.accounts.end();
}

/// Two accounts that name the same file, or the same user, have one token: it is asked for once.
bool have_one_token(settings::account_settings const& a, settings::account_settings const& b) {
    if (a.login || b.login) return a.login && b.login && a.login->email == b.login->email;
    return a.token_file == b.token_file;
}

class looking_up {
public:
    looking_up(settings::settings const& s, console const& io) : s_(s), io_(io) {}

    result<std::vector<listing>> all(std::string const& only) {
        auto const access = access_to_gates(s_)();
        if (!access) return access.error();
        std::vector<listing> out;
        std::vector<settings::account_settings const*> asked;
        for (auto const& a : s_.accounts) {
            if (!only.empty() && a.id != only) continue;
            auto const known = std::ranges::find_if(
                asked, [&](auto const* before) { return have_one_token(*before, a); });
            if (known != asked.end()) {
                out[static_cast<std::size_t>(known - asked.begin())].token_of.push_back(a.id);
                continue;
            }
            asked.push_back(&a);
            out.push_back(
                {{a.id},
                 readback::list_accounts(s_, a, **access, stop_on_signal(), reported_waits(io_))});
        }
        return out;
    }

private:
    settings::settings const& s_;
    console const& io_;
};

struct fault {
    std::string account;
    error why;
};

/// What did not go well: a list that did not come, and an account that its own token may not use.
std::vector<fault> faults_of(std::vector<listing> const& all) {
    std::vector<fault> out;
    for (auto const& one : all) {
        if (one.seen.fault) {
            out.push_back({one.token_of.empty() ? "" : one.token_of.front(), *one.seen.fault});
            continue;
        }
        for (auto const& id : one.token_of)
            if (std::ranges::find(one.seen.accounts, id, &api::named_account::id) ==
                one.seen.accounts.end())
                out.push_back(
                    {id, fail(errc::config,
                              "account " + printable(id) +
                                  " is configured, but is none of those that its token may use: "
                                  "mend its id, or give it a token of a user who may use it "
                                  "(setclickd token " +
                                  printable(id) + ")")});
    }
    return out;
}

exit_code code_of(std::vector<listing> const& all, std::vector<fault> const& faults) {
    if (faults.empty()) return exit_code::done;
    bool const has_any =
        std::ranges::any_of(all, [](listing const& one) { return !one.seen.fault.has_value(); });
    return has_any ? exit_code::partly : exit_code_of(faults.front().why.code);
}

void print_json(settings::settings const& s, std::vector<listing> const& all,
                std::vector<fault> const& faults, console const& io) {
    json::array accounts;
    for (auto const& one : all)
        for (auto const& a : one.seen.accounts) {
            json::array token_of;
            for (auto const& id : one.token_of)
                token_of.push_back(json::value(printable(id)));
            accounts.push_back({{"id", printable(a.id)},
                                {"name", printable(a.name, 200)},
                                {"configured", is_configured(s, a.id)},
                                {"by_token_of", std::move(token_of)}});
        }
    json::array failed;
    for (auto const& f : faults)
        failed.push_back({{"account", printable(f.account)},
                          {"message", f.why.message},
                          {"exit_code", static_cast<int>(exit_code_of(f.why.code))}});
    io.out << json::serialize(
                  json::object{{"accounts", std::move(accounts)}, {"faults", std::move(failed)}})
           << "\n";
}

void print_text(settings::settings const& s, std::vector<listing> const& all,
                std::vector<fault> const& faults, console const& io) {
    std::set<std::string> shown;
    bool has_empty = false;
    for (auto const& one : all) {
        has_empty = has_empty || (!one.seen.fault && one.seen.accounts.empty());
        for (auto const& a : one.seen.accounts) {
            if (!shown.insert(a.id).second) continue;
            io.out << account_text(a);
            if (is_configured(s, a.id))
                io.out << "  configured";
            else
                io.out << "  not configured; to add it: sudo setclickd setup --account "
                       << printable(a.id);
            io.out << "\n";
        }
    }
    if (has_empty)
        io.err << "SealMetrics lists no account for "
               << (all.size() == 1 ? "this token" : "one of these tokens")
               << ": ask SealMetrics which account its user may use\n";
    for (auto const& f : faults) {
        io.out.flush();
        io.err << "setclickd: ";
        if (!f.account.empty() && f.why.message.find(printable(f.account)) == std::string::npos)
            io.err << "account " << printable(f.account) << ": ";
        io.err << f.why.message << std::endl;
    }
}

int shown(settings::settings const& s, std::vector<listing> const& all, bool as_json,
          console const& io) {
    auto const faults = faults_of(all);
    if (as_json)
        print_json(s, all, faults, io);
    else
        print_text(s, all, faults, io);
    return static_cast<int>(code_of(all, faults));
}

int with_new_token(accounts_options const& options, console const& io) {
    std::error_code ec;
    auto const environment = settings::process_environment();
    auto const read = std::filesystem::exists(options.config, ec)
                          ? settings::load(options.config, environment)
                          : settings::load_text("", options.config, environment);
    auto const token = token_from_person("Access token (it is not shown)", io);
    if (!token) return io.complain(token.error());
    return shown(read.values,
                 {{{}, readback::list_accounts(read.values, *token, stop_on_signal())}},
                 options.json, io);
}

}  // namespace

int accounts(accounts_options const& options, console const& io) {
    if (options.new_token) return with_new_token(options, io);
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    if (!options.account.empty())
        if (auto const known = chosen_account(read->values, options.account); !known)
            return io.complain(known.error());
    auto const all = looking_up(read->values, io).all(options.account);
    if (!all) return io.complain(all.error());
    return shown(read->values, *all, options.json, io);
}

}  // namespace setclick::cli
