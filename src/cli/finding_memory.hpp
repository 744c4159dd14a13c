// Which findings of `health` are news: what makes one mail of a trouble, where it is looked for each minute.
//
// Promises: a finding is news once it has lasted for `patience`, and again each `again` while it lasts; one that is
// gone for less than `calm` is the same when it comes back. A clock that is set back makes no news. Text in, text
// out; pure. Never: a file, a clock.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/time.hpp"

namespace setclick::cli {

enum class finding_news : std::uint8_t {
    early,  ///< has not lasted for long enough
    fresh,  ///< to be reported now
    known,  ///< was reported
};

struct news_rule {
    milliseconds patience{0};
    milliseconds again{0};  ///< 0: never
    milliseconds calm{std::chrono::minutes{10}};
};

class finding_memory {
public:
    finding_memory() = default;
    /// What `text` wrote; a line that is not is forgotten, so that its finding is news again.
    explicit finding_memory(std::string_view text);
    std::string text() const;

    /// What is the matter now, by key; what each is.
    std::vector<finding_news> note(std::vector<std::string> const& keys, news_rule const& rule,
                                   wall_time now);
    /// What had been reported and is over, of the last `note`.
    std::vector<std::string> const& over() const noexcept { return over_; }

private:
    struct entry {
        wall_time first{}, last{};
        wall_time reported{};  ///< zero: it was not
    };

    static finding_news judge(entry& e, news_rule const& rule, wall_time now);
    void forget_what_is_over(news_rule const& rule, wall_time now);

    std::map<std::string, entry> known_;
    std::vector<std::string> over_;
};

}  // namespace setclick::cli
