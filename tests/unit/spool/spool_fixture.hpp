// A spool in a temporary directory, and the hands of a producer.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "setclickd/spool/directory.hpp"
#include "support/temp_dir.hpp"

namespace setclick::spool {

class spool_test : public ::testing::Test {
protected:
    void SetUp() override {
        auto opened = directory::open(path());
        ASSERT_TRUE(opened) << opened.error().message;
        spool.emplace(std::move(*opened));
    }
    std::string path() const { return dir.path() + "/spool"; }
    std::string in(place p, std::string const& name) const {
        return path() + "/" + std::string(name_of(p)) + "/" + name;
    }

    /// Writes in place.
    void drop(std::string const& name, std::string const& content = "{}\n") const {
        std::ofstream(in(place::incoming, name), std::ios::binary) << content;
    }
    std::string content(place p, std::string const& name) const {
        std::ifstream file(in(p, name), std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }
    /// Sorted, without dot files.
    std::vector<std::string> names(place p) const {
        std::vector<std::string> out;
        auto const listed = spool->for_each_name(p, [&](std::string_view name, std::uint64_t) {
            out.emplace_back(name);
            return true;
        });
        EXPECT_TRUE(listed);
        std::sort(out.begin(), out.end());
        return out;
    }
    bool exists(place p, std::string const& name) const {
        struct stat seen {};
        return ::lstat(in(p, name).c_str(), &seen) == 0;
    }

    test::temp_dir dir;
    std::optional<directory> spool;
};

}  // namespace setclick::spool
