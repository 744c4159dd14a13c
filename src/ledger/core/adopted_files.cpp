#include "adopted_files.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace setclick::ledger {
namespace {

/// The one byte beside NUL that neither a name nor an account's id has.
constexpr char end_of_word = '/';
constexpr std::string_view in_work = "work";
constexpr std::string_view in_done = "done";

std::optional<std::string_view> take_word(std::string_view& text) {
    auto const end = text.find(end_of_word);
    if (end == std::string_view::npos) return std::nullopt;
    auto const word = text.substr(0, end);
    text.remove_prefix(end + 1);
    return word;
}

std::uint64_t take_number(std::string_view& text) {
    std::uint64_t out = 0;
    if (auto const word = take_word(text))
        std::from_chars(word->data(), word->data() + word->size(), out);
    return out;
}

doubt_policy policy_named(std::string_view name) noexcept {
    return name == "resend" ? doubt_policy::resend : doubt_policy::hold;
}

std::string_view name_of(doubt_policy policy) noexcept {
    return policy == doubt_policy::resend ? "resend" : "hold";
}

}  // namespace

/// "POLICY/", "ACCOUNT/POLICY/" for each, "/", then "work/NAME/" or "done/NAME/INODE/SIZE/" for each.
adopted_files::adopted_files(std::string_view text) {
    auto const policy = take_word(text);
    if (!policy) return;
    policy_ = policy_named(*policy);
    for (auto account = take_word(text); account && !account->empty(); account = take_word(text))
        if (auto const own = take_word(text)) set_policy(*account, policy_named(*own));
    for (auto where = take_word(text); where; where = take_word(text)) {
        auto const name = take_word(text);
        if (!name) return;
        if (*where == in_work) {
            add_work(*name);
            continue;
        }
        auto const inode = take_number(text);
        add_done(*name, inode, take_number(text));
    }
}

std::string adopted_files::text() const {
    std::string out;
    auto const put = [&](std::string_view word) {
        out += word;
        out += end_of_word;
    };
    put(name_of(policy_));
    for (auto const& [account, policy] : policies_) {
        put(account);
        put(name_of(policy));
    }
    put({});
    for (auto const& name : work_) {
        put(in_work);
        put(name);
    }
    for (auto const& [size, file] : done_) {
        put(in_done);
        put(file.name);
        put(std::to_string(file.inode));
        put(std::to_string(size));
    }
    return out;
}

bool adopted_files::contains(claimed_file const& file) const {
    if (work_.contains(file.work_name)) return true;
    auto const [first, last] = done_.equal_range(file.size);
    return std::any_of(first, last, [&](auto const& seen) {
        return seen.second.inode == file.inode || seen.second.name == file.name;
    });
}

doubt_policy adopted_files::policy_of(std::string_view account) const {
    auto const own = policies_.find(account);
    return own == policies_.end() ? policy_ : own->second;
}

}  // namespace setclick::ledger
