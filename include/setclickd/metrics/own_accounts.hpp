// Which accounts have series of their own; all others are one series, "other".
//
// Keeps true: at most so many as were allowed; what an account was when it was first seen it stays for
// the process's life, so that no counter of "other" falls because an account left it. An account
// that is called "other" is one of them.
// Pure; one thread.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "setclickd/status_model/status.hpp"

namespace setclick::metrics {

inline constexpr std::string_view other_accounts = "other";

class own_accounts {
public:
    /// Decides for those that were not seen before: the first of the configuration get one, as long as
    /// there are fewer than `most`.
    void see(status_model::status_report const& report, std::size_t most);

    bool has(std::string_view id) const {
        auto const known = is_own_.find(id);
        return known != is_own_.end() && known->second;
    }

private:
    std::map<std::string, bool, std::less<>> is_own_;
    std::size_t count_ = 0;
};

}  // namespace setclick::metrics
