#include "setclickd/spool/left_alone.hpp"

#include <functional>

#include "setclickd/base/text.hpp"
#include "setclickd/spool/name.hpp"

namespace setclick::spool {

bool reported_names::report(left_file const& file) {
    // A name that is not ours is one of many, as a rule: one line speaks of them all.
    auto const of_a_kind = file.reason == left_reason::other_name;
    auto const what = of_a_kind ? pattern_of(file.name) : file.name;
    auto const key = std::hash<std::string_view>{}(what) ^ (file.inode * 0x9E3779B97F4A7C15ULL) ^
                     (static_cast<std::uint64_t>(file.reason) << 56U);
    if (auto const known = reported_.find(key); known != reported_.end()) {
        known->second = pass_;
        return false;
    }
    if (reported_.size() >= most) {
        ++beyond_;
        return false;
    }
    reported_.emplace(key, pass_);
    return true;
}

std::uint64_t reported_names::pass_ended() {
    std::erase_if(reported_, [&](auto const& entry) { return entry.second != pass_; });
    ++pass_;
    auto const news = beyond_ != beyond_before_ ? beyond_ : 0;
    beyond_before_ = beyond_;
    beyond_ = 0;
    return news;
}

std::string cure_command(std::string_view command, std::string_view incoming, std::string_view name,
                         std::uint64_t inode) {
    bool const plain = name.find('\'') == std::string_view::npos && !name.starts_with('-') &&
                       printable(name, 1024) == name;
    if (plain)
        return std::string(command) + " '" + std::string(incoming) + "/" + std::string(name) + "'";
    return "find '" + std::string(incoming) + "' -inum " + std::to_string(inode) + " -exec " +
           std::string(command) + " {} +";
}

}  // namespace setclick::spool
