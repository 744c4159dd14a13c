// The sample configuration, config/README.md and setclickd.toml(5) are made from the key table. When a key changes:
//   SETCLICKD_WRITE_REFERENCE=1 settings_test --gtest_filter='settings_reference.*'
#include "reference.hpp"

#include <gtest/gtest.h>

#include <sstream>

#include "reference/held_text.hpp"
#include "setclickd/settings/load.hpp"
#include "settings/keys.hpp"

namespace setclick::settings {
namespace {

using reference::expect_file;
using reference::expect_part;

/// Every commented-out key of the sample set.
std::string uncommented(std::string const& sample) {
    std::istringstream in(sample);
    std::string out;
    for (std::string line; std::getline(in, line);)
        out += (line.size() > 1 && line[0] == '#' && line[1] != ' ' ? line.substr(1) : line) + "\n";
    return out;
}

TEST(settings_reference, sample_file_is_what_the_key_table_makes) {
    expect_file("config/setclickd.toml", sample_toml());
}

TEST(settings_reference, table_in_the_readme_is_what_the_key_table_makes) {
    expect_part("config/README.md", "<!-- keys: made from the key table -->", "",
                reference_markdown());
}

TEST(settings_reference, manual_page_has_the_keys_of_the_table) {
    expect_part("man/setclickd.toml.5", ".\\\" keys: made from the key table",
                ".\\\" end of the keys", reference_man());
}

TEST(settings_reference, sample_loads_without_a_finding) {
    auto const l = load(SETCLICKD_CONFIG_DIR "/setclickd.toml", {});
    for (auto const& f : l.findings)
        ADD_FAILURE() << to_text(f);
    ASSERT_EQ(l.values.accounts.size(), 1U);
}

TEST(settings_reference, sample_with_every_key_set_keeps_the_defaults) {
    auto text = uncommented(sample_toml());
    // An account has either a token or a login.
    text.erase(text.find("login = {"));
    auto const l = load_text(text, "sample", {});
    EXPECT_TRUE(l.usable());
    for (auto const& f : l.findings)
        EXPECT_EQ(f.level, severity::notice) << to_text(f);
    settings defaults;
    account_settings account;
    auto values = l.values;
    values.control_socket.clear();
    for (auto const& k : keys()) {
        if (k.name == "id" || k.name == "token_file" || k.table == "account.login") continue;
        EXPECT_EQ(value_text(k, k.where(values, values.accounts.at(0))),
                  value_text(k, k.where(defaults, account)))
            << k.table << "." << k.name;
    }
}

TEST(settings_reference, every_key_but_the_rare_ones_stands_in_both_texts) {
    for (auto const& k : keys()) {
        bool const is_shown = k.who != standing::rare;
        auto const name = std::string(k.name);
        EXPECT_EQ(sample_toml().find("\n#" + name + " = ") != std::string::npos ||
                      sample_toml().find("\n" + name + " = ") != std::string::npos ||
                      (k.table == "account.login" &&
                       sample_toml().find(name + " = ") != std::string::npos),
                  is_shown)
            << name;
        EXPECT_EQ(reference_markdown().find("| `" + name + "` |") != std::string::npos, is_shown)
            << name;
    }
}

TEST(settings_reference, a_rare_key_is_accepted_without_a_word) {
    std::size_t rare = 0;
    for (auto const& k : keys()) {
        if (k.who != standing::rare) continue;
        ++rare;
        settings defaults;
        account_settings account;
        auto const l =
            load_text("[[account]]\nid = \"60a52f6ac660b269d13c3f53\"\ntoken_file = \"t\"\n[" +
                          std::string(k.table) + "]\n" + std::string(k.name) + " = " +
                          value_text(k, k.where(defaults, account)) + "\n",
                      "f", {});
        EXPECT_TRUE(l.findings.empty()) << k.name << ": " << to_text(l.findings.front());
    }
    EXPECT_EQ(rare, 10U);
}

}  // namespace
}  // namespace setclick::settings
