#include "setclickd/setup/ledger.hpp"

#include <unistd.h>

#include <array>

#include "setclickd/settings/token.hpp"

namespace setclick::setup {
namespace {

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data())
                                                            : std::string("localhost");
}

}  // namespace

ledger::place ledger_place_of(settings::settings const& s) {
    ledger::place out(s.ledger.path);
    if (s.ledger.postgres.empty()) return out;
    out.postgres = s.ledger.postgres;
    out.node_name = s.ledger.node.empty() ? host_name() : s.ledger.node;
    out.node = out.node_name;
    if (!s.ledger.password_file.empty())
        out.password = [source = s.ledger.password_file,
                        credentials = settings::credentials_directory()] {
            return settings::read_password(source, credentials);
        };
    return out;
}

}  // namespace setclick::setup
