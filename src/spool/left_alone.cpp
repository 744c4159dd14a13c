#include "setclickd/spool/left_alone.hpp"

#include <functional>

#include "setclickd/base/text.hpp"
#include "setclickd/spool/name.hpp"

namespace setclick::spool {
namespace {

struct reason_words {
    std::string_view name;
    std::string_view text;
};

/// In the order of the reasons.
constexpr std::array<reason_words, left_reason_count> words{{
    {"other_name", "named otherwise than .json, .ndjson or .jsonl"},
    {"not_regular", "no regular files (links, folders, devices)"},
    {"unreadable", "not readable for the daemon"},
    {"too_large", "larger than spool.max_file"},
    {"several_links", "with a further link, through which somebody may still write"},
    {"cannot_move", "that cannot be moved to work/"},
    {"empty", "empty"},
    {"open_for_writing", "open for writing, and nothing is written"},
    {"temporary_name", "with a temporary name (of an uploader, an editor, a desktop)"},
}};

}  // namespace

std::string_view name_of(left_reason reason) noexcept {
    return words[static_cast<std::size_t>(reason)].name;
}

std::string_view text_of(left_reason reason) noexcept {
    return words[static_cast<std::size_t>(reason)].text;
}

bool reported_names::report(left_file const& file) {
    // A name that is not ours is one of many, as a rule: one line speaks of them all.
    auto const of_a_kind = file.reason == left_reason::other_name;
    auto const what = of_a_kind ? pattern_of(file.name) : file.name;
    auto const key = std::hash<std::string_view>{}(what) ^ (file.inode * 0x9E3779B97F4A7C15ULL) ^
                     (static_cast<std::uint64_t>(file.reason) << 56U);
    if (auto const known = reported_.find(key); known != reported_.end()) {
        known->second.pass = pass_;
        return false;
    }
    if (reported_.size() >= most) {
        ++beyond_;
        return false;
    }
    reported_.emplace(key, met{pass_, file.reason});
    ++counts_[static_cast<std::size_t>(file.reason)];
    return true;
}

std::uint64_t reported_names::pass_ended() {
    std::erase_if(reported_, [&](auto const& entry) { return entry.second.pass != pass_; });
    counts_ = {};
    for (auto const& [key, file] : reported_)
        ++counts_[static_cast<std::size_t>(file.reason)];
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
