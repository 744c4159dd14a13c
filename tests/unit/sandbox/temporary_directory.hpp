// A directory that goes with the test.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <stdexcept>
#include <string>

namespace setclick::sandbox {

class temporary_directory {
public:
    temporary_directory() {
        path_ = (std::filesystem::temp_directory_path() / "setclick-sandbox-XXXXXX").string();
        if (::mkdtemp(path_.data()) == nullptr) throw std::runtime_error("no temporary directory");
    }
    temporary_directory(temporary_directory const&) = delete;
    temporary_directory& operator=(temporary_directory const&) = delete;
    ~temporary_directory() {
        std::error_code ec;
        std::filesystem::remove_all(path_, ec);
    }

    std::string const& path() const noexcept { return path_; }
    std::string operator/(std::string const& name) const { return path_ + "/" + name; }

private:
    std::string path_;
};

}  // namespace setclick::sandbox
