// Which line of a unit is in the way of a path.
#include "setclickd/setup/unit_sandbox.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "support/temp_dir.hpp"

namespace setclick::setup {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

std::string packaged() {
    return "[Unit]\nReadWritePaths=/srv\n[Service]\nUser=setclickd\nExecStart=/usr/bin/env "
           "setclickd run\n"
           "StateDirectory=setclickd\nRuntimeDirectory=setclickd\nConfigurationDirectory="
           "setclickd\n"
           "ProtectSystem=strict\nReadWritePaths=-/var/spool/"
           "setclickd\nProtectHome=yes\nPrivateTmp=yes\n";
}

std::string seen(std::string const& drop_in, std::string const& path, path_use use) {
    std::string const texts[]{packaged(), drop_in.empty() ? "" : "[Service]\n" + drop_in};
    return unit_sandbox(texts).obstacle_to(path, use).value_or("");
}

TEST(unit_sandbox, what_the_packaged_unit_opens_has_no_obstacle) {
    for (auto const* path :
         {"/var/spool/setclickd", "/var/spool/setclickd/acme", "/var/lib/setclickd",
          "/run/setclickd", "/etc/setclickd", "/dev/shm/spool"})
        EXPECT_EQ(seen("", path, path_use::write), "") << path;
    for (auto const* path : {"/etc/ssl/own.pem", "/srv/ca.pem", "/homes/ca.pem", "/tmpfs/x"})
        EXPECT_EQ(seen("", path, path_use::read), "") << path;
}

struct row {
    char const* drop_in;
    char const* path;
    path_use use;
    char const* line;  // nothing: no obstacle
    char const* cure;
};

TEST(unit_sandbox, each_obstacle_is_named_by_its_line_with_a_cure_that_opens_it) {
    constexpr auto read = path_use::read;
    constexpr auto write = path_use::write;
    for (auto const& r : std::initializer_list<row>{
             {"",
              "/home"
              "/a/spool",
              write, "ProtectHome=",
              "BindPaths=/home"
              "/a/spool"},
             {"",
              "/root"
              "/ca.pem",
              read, "ProtectHome=",
              "BindReadOnlyPaths=/root"
              "/ca.pem"},
             {"", "/run/user/1000/x", read, "ProtectHome=", "ProtectHome=tmpfs"},
             {"", "/tmp/spool", write, "PrivateTmp=yes", "ReadWritePaths=/tmp/spool"},
             {"", "/var/tmp/token", read, "PrivateTmp=yes", "PrivateTmp=no"},
             {"", "/srv/spool", write, "ProtectSystem=", "ReadWritePaths=/srv/spool"},
             {"", "/var/spool/setclickd2", write, "ProtectSystem=", "ReadWritePaths="},
             // The cures, followed by the letter.
             {"ProtectHome=tmpfs\nBindPaths=/home"
              "/a/spool\n",
              "/home"
              "/a/spool",
              write, "", ""},
             {"ProtectHome=tmpfs\nBindReadOnlyPaths=/root"
              "/ca.pem\n",
              "/root"
              "/ca.pem",
              read, "", ""},
             {"PrivateTmp=no\nReadWritePaths=/tmp/spool\n", "/tmp/spool", write, "", ""},
             {"PrivateTmp=no\n", "/var/tmp/token", read, "", ""},
             {"ReadWritePaths=/srv/spool\n", "/srv/spool/a", write, "", ""},
             // systemd hides what is bound below a hidden folder.
             {"BindPaths=/home"
              "/a/spool\n",
              "/home"
              "/a/spool",
              write, "ProtectHome=", "tmpfs"},
             {"ProtectHome=no\n",
              "/home"
              "/a/spool",
              write, "ProtectSystem=", "ReadWritePaths="},
             {"ProtectHome=read-only\n",
              "/home"
              "/a/ca.pem",
              read, "", ""},
             {"ProtectHome=read-only\n",
              "/home"
              "/a/spool",
              write, "ProtectHome=read-only", "BindPaths="},
             // Only what is hidden stays so whatever is listed below it.
             {"ProtectHome=read-only\nReadWritePaths=/home"
              "/a\n",
              "/home"
              "/a/spool",
              write, "", ""},
             {"ProtectHome=yes\nReadWritePaths=/home"
              "/a\n",
              "/home"
              "/a/spool",
              write, "ProtectHome=", "tmpfs"},
             {"ProtectSystem=full\n", "/srv/spool", write, "", ""},
             {"ProtectSystem=full\n", "/etc/x", write, "ProtectSystem=", "ReadWritePaths=/etc/x"},
             {"ProtectSystem=no\n", "/usr/local/spool", write, "", ""},
             {"ReadWritePaths=\n", "/var/spool/setclickd", write,
              "ProtectSystem=", "ReadWritePaths="},
             {"ReadWritePaths=/a \\\n  # a remark\n  -/b/ \"/c\"\n", "/b/x", write, "", ""},
             {"BindPaths=/mnt/disk:/srv/spool\n", "/srv/spool", write, "", ""},
             {"; ProtectHome=no\n#ProtectHome=no\n", "/home/a", read, "ProtectHome=", "tmpfs"}}) {
        auto const found = seen(r.drop_in, r.path, r.use);
        if (*r.line == '\0')
            EXPECT_EQ(found, "") << r.drop_in << r.path;
        else
            EXPECT_THAT(found, AllOf(HasSubstr(r.line), HasSubstr(r.cure))) << r.drop_in << r.path;
    }
}

TEST(unit_sandbox, tells_as_whom_and_with_which_file_the_service_runs) {
    std::string const plain[]{packaged()};
    EXPECT_EQ(unit_sandbox(plain).user(), "setclickd");
    EXPECT_EQ(unit_sandbox(plain).config(), "");
    std::string const changed[]{
        packaged(),
        "[Service]\nUser=other\nExecStart=\nExecStart=/opt/setclickd --config /srv/a.toml run\n"};
    EXPECT_EQ(unit_sandbox(changed).user(), "other");
    EXPECT_EQ(unit_sandbox(changed).config(), "/srv/a.toml");
    std::string const equals[]{"[Service]\nExecStart=/opt/setclickd run --config=/srv/b.toml\n"};
    EXPECT_EQ(unit_sandbox(equals).config(), "/srv/b.toml");
}

TEST(unit_sandbox, every_path_of_the_settings_is_looked_at) {
    settings::settings s;
    s.spool.dir =
        "/home"
        "/a/spool";
    s.ledger.path = "/tmp/l/ledger.db";
    s.control_socket = "/opt/control.sock";
    s.endpoint.ca_file =
        "/root"
        "/ca.pem";
    s.accounts.resize(2);
    s.accounts[0].token_file = "credential:token";
    s.accounts[1].token_file =
        "/home"
        "/a/token";
    std::string const texts[]{packaged()};
    std::vector<std::string> keys;
    for (auto const& o : obstacles_of(s, unit_sandbox(texts))) {
        keys.push_back(o.key);
        EXPECT_THAT(o.message, testing::StartsWith("/")) << o.key;
    }
    EXPECT_THAT(keys, testing::ElementsAre("spool.dir", "ledger.path", "control.socket",
                                           "endpoint.ca_file", "account.token_file"));
}

TEST(unit_sandbox, a_link_counts_by_where_it_leads_to) {
    test::temp_dir const dir;
    std::string const home =
        "/home"
        "/acme/spool";
    std::filesystem::create_directory_symlink(home, dir.file("far"));
    std::filesystem::create_directory_symlink("far", dir.file("near"));
    std::filesystem::create_directory_symlink("loop", dir.file("loop"));
    settings::settings s;
    s.ledger.path = "/var/lib/setclickd/ledger.db";
    s.control_socket = "/run/setclickd/control.sock";
    auto const seen_of = [&](std::string const& drop_in, std::string const& spool) {
        s.spool.dir = spool;
        std::string const texts[]{
            packaged(), "[Service]\nPrivateTmp=no\nReadWritePaths=" + dir.path() + "\n" + drop_in};
        auto const found = obstacles_of(s, unit_sandbox(texts));
        return found.empty() ? std::string() : found.front().message;
    };
    for (auto const* name : {"far", "near"}) {
        EXPECT_THAT(seen_of("", dir.file(name)),
                    AllOf(HasSubstr(dir.file(name)), HasSubstr("leads to " + home),
                          HasSubstr("ProtectHome="), HasSubstr("BindPaths=" + home)));
        EXPECT_EQ(seen_of("ProtectHome=tmpfs\nBindPaths=" + home + "\n", dir.file(name)), "");
    }
    EXPECT_EQ(seen_of("", dir.file("loop")), "");
    EXPECT_EQ(seen_of("", dir.file("plain")), "");
    // The lists of the unit follow links as the kernel does.
    std::filesystem::create_directory_symlink("/srv/spool", dir.file("srv"));
    EXPECT_EQ(seen_of("", dir.file("srv") + "/a"), "");
    EXPECT_THAT(seen_of("ReadWritePaths=\n", dir.file("srv") + "/a"),
                AllOf(HasSubstr("ProtectSystem="), HasSubstr("ReadWritePaths=/srv/spool/a")));
}

TEST(unit_sandbox, a_folder_in_a_tmp_of_its_own_would_be_worked_in_for_nobody) {
    std::string const texts[]{packaged()};
    settings::settings s;
    s.spool.dir = "/tmp/acme";
    s.ledger.path = "/srv/ledger.db";
    s.endpoint.ca_file = "/tmp/ca.pem";
    auto const found = obstacles_of(s, unit_sandbox(texts));
    for (auto const& o : found)
        EXPECT_EQ(o.is_in_vain, o.key == "spool.dir") << o.key;
    EXPECT_GE(found.size(), 3U);
}

TEST(unit_sandbox, first_unit_file_and_all_drop_ins_count_in_systemds_order) {
    test::temp_dir const root;
    auto const write = [&](std::string const& name, std::string const& text) {
        std::filesystem::path const path = root.file(name);
        std::filesystem::create_directories(path.parent_path());
        std::ofstream(path) << text;
    };
    std::string const base = root.file("");
    EXPECT_FALSE(installed_unit("x.service", base));
    write("usr/lib/systemd/system/x.service", packaged());
    ASSERT_TRUE(installed_unit("x.service", base));
    EXPECT_TRUE(installed_unit("x.service", base)->obstacle_to("/home/a", path_use::read));
    write("etc/systemd/system/x.service.d/20-home.conf", "[Service]\nProtectHome=no\n");
    EXPECT_FALSE(installed_unit("x.service", base)->obstacle_to("/home/a", path_use::read));
    write("usr/lib/systemd/system/x.service.d/30-home.conf", "[Service]\nProtectHome=yes\n");
    EXPECT_TRUE(installed_unit("x.service", base)->obstacle_to("/home/a", path_use::read));
    write("etc/systemd/system/x.service.d/30-home.conf", "[Service]\n");
    EXPECT_FALSE(installed_unit("x.service", base)->obstacle_to("/home/a", path_use::read));
    write("etc/systemd/system/x.service", "[Service]\nUser=me\n");
    EXPECT_EQ(installed_unit("x.service", base)->user(), "me");
}

TEST(unused_proxy, is_named_by_its_variable_and_never_with_its_address) {
    for (auto const* name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"})
        ::unsetenv(name);
    settings::settings s;
    EXPECT_FALSE(unused_proxy(s));
    ::setenv("https_proxy", "http://user:canary@proxy.example:3128", 1);
    ASSERT_TRUE(unused_proxy(s));
    EXPECT_THAT(*unused_proxy(s), AllOf(HasSubstr("https_proxy"), HasSubstr("endpoint.proxy"),
                                        Not(HasSubstr("canary")), Not(HasSubstr("proxy.example"))));
    s.endpoint.proxy = "http://127.0.0.1:3128";
    EXPECT_FALSE(unused_proxy(s));
    ::unsetenv("https_proxy");
}

}  // namespace
}  // namespace setclick::setup
