// `setup`, `token`, `config`: as a script uses them; the questions need a terminal.
#include "config_command.hpp"
#include "first_setup.hpp"
#include "health.hpp"
#include "token.hpp"
#include "web_password.hpp"

#include <sys/stat.h>

#include "cli_fixture.hpp"

namespace setclick::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

constexpr auto other = "60a52f6ac660b269d13c3f99";
constexpr auto new_token = "eyJ-a-new-canary-token";

class setup_test : public cli_test {
protected:
    int set_up(std::string const& config, std::string const& account, std::string const& piped) {
        in.str(piped);
        in.clear();
        return first_setup({.config = config, .account = account, .start = false}, io);
    }
};

TEST_F(setup_test, MakesAConfigurationAndATokenThatCheckCallsFine) {
    auto const path = dir.file("etc/setclickd/setclickd.toml");
    EXPECT_EQ(set_up(path, other, std::string("Bearer ") + new_token + "\n"), 0) << err.str();
    EXPECT_EQ(content(dir.file("etc/setclickd/token")), std::string(new_token) + "\n");
    EXPECT_THAT(out.str(),
                AllOf(HasSubstr("fine"), HasSubstr("setclickd submit"), Not(HasSubstr("canary"))));
}

TEST_F(setup_test, AFirstConfigurationHasAPasswordForTheWebPage) {
    auto const path = dir.file("etc/setclickd/setclickd.toml");
    ASSERT_EQ(set_up(path, other, new_token), 0) << err.str();
    auto const password = content(dir.file("etc/setclickd/web-password"));
    EXPECT_EQ(password.size(), 25U) << "24 characters and the end of the line";
    struct stat info {};
    ASSERT_EQ(::stat(dir.file("etc/setclickd/web-password").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0600U);
    EXPECT_THAT(content(path),
                HasSubstr("password_file = \"" + dir.file("etc/setclickd/web-password") + "\""));
    auto const shown = password.substr(0, 24);
    EXPECT_THAT(out.str() + err.str(),
                AllOf(Not(HasSubstr(shown)), HasSubstr("shown on a terminal only")));
    ASSERT_EQ(set_up(path, "60a52f6ac660b269d13c3f98", new_token), 0) << err.str();
    EXPECT_EQ(content(dir.file("etc/setclickd/web-password")), password)
        << "the next account makes none";
}

TEST_F(setup_test, ANewWebPasswordIsNamedInTheConfigurationOnce) {
    auto const before = content(config_path);
    ASSERT_EQ(web_password({.config = config_path}, io), 0) << err.str();
    auto const named = content(config_path);
    EXPECT_TRUE(named.starts_with(before)) << "what was there stays";
    EXPECT_THAT(named, HasSubstr("[metrics]\npassword_file = "));
    auto const first = content(dir.file("web-password"));
    EXPECT_THAT(out.str() + err.str(), AllOf(Not(HasSubstr(first.substr(0, 24))),
                                             HasSubstr("systemctl reload setclickd")));
    ASSERT_EQ(web_password({.config = config_path}, io), 0) << err.str();
    EXPECT_EQ(content(config_path), named);
    EXPECT_NE(content(dir.file("web-password")), first);
}

TEST_F(setup_test, TheWebPasswordIsShownOnATerminalOnly) {
    console const terminal{out, err, in, true, true, true, true};
    ASSERT_EQ(web_password({.config = config_path}, terminal), 0) << err.str();
    auto const shown = content(dir.file("web-password")).substr(0, 24);
    EXPECT_THAT(err.str(), HasSubstr(shown));
    EXPECT_THAT(out.str(), Not(HasSubstr(shown))) << "not into what may be piped on";
}

TEST_F(setup_test, AWebPasswordThatCannotBeNamedOrWrittenChangesNothing) {
    auto const dotted = write("dotted.toml", "metrics = { listen = \"127.0.0.1:1\" }\n" + config());
    EXPECT_NE(web_password({.config = dotted}, io), 0);
    EXPECT_EQ(content(dotted), "metrics = { listen = \"127.0.0.1:1\" }\n" + config());
    EXPECT_THAT(err.str(), HasSubstr("by hand"));
    EXPECT_FALSE(std::filesystem::exists(dir.file("web-password")));
    auto const credential =
        write("credential.toml", config() + "[metrics]\npassword_file = \"credential:web\"\n");
    EXPECT_NE(web_password({.config = credential}, io), 0);
    EXPECT_THAT(err.str(), HasSubstr("systemctl restart setclickd"));
}

TEST_F(setup_test, AgainAddsAnAccountAndLeavesWhatWasThere) {
    auto const before = content(config_path);
    EXPECT_EQ(set_up(config_path, other, new_token), 0) << err.str();
    EXPECT_TRUE(content(config_path).starts_with(before));
    EXPECT_THAT(content(config_path), HasSubstr(other));
    EXPECT_EQ(content(dir.file(std::string("token-") + other)), std::string(new_token) + "\n");
    EXPECT_EQ(content(dir.file("token")), "canary-token");
}

TEST_F(setup_test, WhatIsThereIsNeverOverwritten) {
    auto const before = content(config_path);
    EXPECT_NE(set_up(config_path, account_id, new_token), 0) << "the account is configured";
    EXPECT_THAT(err.str(), AllOf(HasSubstr("configured already"), HasSubstr("setclickd token")));
    write(std::string("token-") + other, "somebody's");
    EXPECT_NE(set_up(config_path, other, new_token), 0) << "its token's file is there";
    EXPECT_EQ(content(dir.file(std::string("token-") + other)), "somebody's");
    EXPECT_EQ(content(config_path), before);
    auto const broken = write("broken.toml", "[[account\n");
    EXPECT_NE(set_up(broken, other, new_token), 0);
    EXPECT_EQ(content(broken), "[[account\n");
    EXPECT_NE(config_init({.config = config_path, .account = other}, "", io), 0);
    EXPECT_EQ(content(config_path), before);
}

TEST_F(setup_test, WithoutATerminalItSaysWhatToGive) {
    EXPECT_EQ(set_up(dir.file("new.toml"), "", new_token), static_cast<int>(exit_code::usage));
    EXPECT_THAT(err.str(), HasSubstr("--account"));
    EXPECT_NE(set_up(dir.file("new.toml"), other, "short"), 0);
    EXPECT_FALSE(std::filesystem::exists(dir.file("new.toml")));
}

TEST_F(setup_test, ATokenIsWrittenWhereTheConfigurationNamesIt) {
    in.str(std::string("\"") + new_token + "\"\r\n");
    EXPECT_EQ(token({.config = config_path}, io), 0) << err.str();
    EXPECT_EQ(content(dir.file("token")), std::string(new_token) + "\n");
    EXPECT_THAT(out.str(), AllOf(HasSubstr("within two seconds"), Not(HasSubstr("canary"))));
}

TEST_F(setup_test, WhatIsNoTokenLeavesTheOldOne) {
    in.str("https://app.sealmetrics.com/");
    EXPECT_NE(token({.config = config_path}, io), 0);
    EXPECT_EQ(content(dir.file("token")), "canary-token");
}

TEST_F(setup_test, ACredentialAndALoginAreToldWhatIsTrueForThem) {
    auto const head =
        "[spool]\ndir = \"/s\"\n[[account]]\nid = \"" + std::string(account_id) + "\"\n";
    in.str(new_token);
    EXPECT_NE(
        token({.config = write("cred.toml", head + "token_file = \"credential:seal-token\"\n")},
              io),
        0);
    EXPECT_THAT(err.str(), AllOf(HasSubstr("LoadCredential=seal-token:"),
                                 HasSubstr("systemctl restart setclickd")));
    EXPECT_NE(
        token({.config = write(
                   "login.toml",
                   head + "login = { email = \"canary@example.com\", password_file = \"/p\" }\n")},
              io),
        0);
    EXPECT_THAT(err.str(), AllOf(HasSubstr("logs in with an e-mail"), Not(HasSubstr("canary"))));
}

TEST_F(setup_test, ATokenInPlaceOfItsFileIsRecognisedAndNotRepeated) {
    auto const path = write("pasted.toml", "[[account]]\nid = \"" + std::string(account_id) +
                                               "\"\ntoken_file = \"eyJhbGciOi.canary.canary\"\n");
    EXPECT_EQ(config_show({.config = path}, io), static_cast<int>(exit_code::config));
    EXPECT_THAT(err.str(), AllOf(HasSubstr("the token itself"), HasSubstr("setclickd token"),
                                 Not(HasSubstr("canary"))));
}

TEST_F(setup_test, HealthOfADaemonThatDoesNotRunIsUnwellWithTheReason) {
    EXPECT_EQ(health({.config = config_path}, io), static_cast<int>(exit_code::failed));
    EXPECT_THAT(out.str(), HasSubstr("does not run"));
    EXPECT_EQ(health({.config = config_path, .oldest = "soon"}, io),
              static_cast<int>(exit_code::usage));
}

}  // namespace
}  // namespace setclick::cli
