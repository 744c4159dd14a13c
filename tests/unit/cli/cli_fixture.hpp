// A configuration, a spool and a place for the ledger in a directory of their own, and commands
// that write into strings.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "console.hpp"
#include "support/ledger_test.hpp"

namespace setclick::cli {

using test::account_id;

/// A good event, as producers write it.
inline std::string event_line(std::string const& id, std::string const& account = account_id) {
    return R"({"event_id":")" + id + R"(","account_id":")" + account +
           R"(","click_time":1634707888000,"url_parameters":{"utm_medium":"m","utm_source":"s"},"settings":{"email":"canary@example.com"}})";
}

class cli_test : public test::ledger_test {
protected:
    cli_test() {
        write("token", "canary-token", 0600);
        write("c.toml", config());
    }

    std::string config() const {
        return "[spool]\ndir = \"" + dir.file("spool") + "\"\n[ledger]\npath = \"" +
               dir.file("ledger.db") + "\"\n[[account]]\nid = \"" + account_id +
               "\"\ntoken_file = \"" + dir.file("token") + "\"\n";
    }
    std::string write(std::string const& name, std::string const& content,
                      mode_t mode = 0644) const {
        std::ofstream(dir.file(name), std::ios::binary) << content;
        ::chmod(dir.file(name).c_str(), mode);
        return dir.file(name);
    }
    static std::string content(std::string const& path) {
        std::ifstream in(path, std::ios::binary);
        return {std::istreambuf_iterator<char>(in), {}};
    }
    std::vector<std::string> incoming() const {
        std::vector<std::string> names;
        std::error_code ec;
        for (auto const& entry :
             std::filesystem::directory_iterator(dir.file("spool/incoming"), ec))
            names.push_back(entry.path().filename());
        std::sort(names.begin(), names.end());
        return names;
    }

    std::string const config_path = dir.file("c.toml");
    std::ostringstream out;
    std::ostringstream err;
    std::istringstream in;
    console io{out, err, in};
};

}  // namespace setclick::cli
