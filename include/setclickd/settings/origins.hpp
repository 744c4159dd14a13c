// Where each value of the configuration was set: file and line, or a variable of the environment.
#pragma once

#include <map>
#include <string>
#include <utility>

namespace setclick::settings {

/// Where a value came from, for the checks that look at several of them.
struct origin {
    std::string file;
    unsigned line = 0;
    unsigned column = 0;
};

/// By account (index; -1 for the tables that exist once) and "table.key".
class origins {
public:
    void note(int account, std::string key, origin from) {
        known_[{account, std::move(key)}] = std::move(from);
    }
    /// Where the value was set; where it was not, the place of the account's block, else the file
    /// as a whole.
    origin of(int account, std::string const& key, std::string const& file) const;
    bool has(int account, std::string const& key) const { return known_.contains({account, key}); }

private:
    std::map<std::pair<int, std::string>, origin> known_;
};

}  // namespace setclick::settings
