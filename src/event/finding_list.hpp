// The findings of one line as they come; bounded, so that a line of 64 KiB cannot produce megabytes
// of complaint.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "setclickd/event/reader.hpp"

namespace setclick::event {

class finding_list {
public:
    static constexpr std::size_t most = 64;

    explicit finding_list(std::vector<finding>& out) : out_(out) {}

    void clear() noexcept {
        out_.clear();
        more_ = 0;
    }
    void add(std::string path, std::string message) {
        if (out_.size() < most)
            out_.push_back({std::move(path), std::move(message)});
        else
            ++more_;
    }
    /// After the last: how many were left out.
    void close() {
        if (more_ > 0) out_.push_back({"", "and " + std::to_string(more_) + " more"});
        more_ = 0;
    }
    bool empty() const noexcept { return out_.empty(); }

private:
    std::vector<finding>& out_;
    std::size_t more_ = 0;
};

}  // namespace setclick::event
