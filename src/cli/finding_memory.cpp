#include "finding_memory.hpp"

#include <algorithm>
#include <charconv>
#include <optional>

namespace setclick::cli {
namespace {

/// Takes a number and the space after it off the front.
std::optional<wall_time> taken_time(std::string_view& line) {
    std::int64_t ms = 0;
    auto const [end, problem] = std::from_chars(line.data(), line.data() + line.size(), ms);
    if (problem != std::errc{} || ms < 0 || end == line.data() + line.size() || *end != ' ')
        return std::nullopt;
    line.remove_prefix(static_cast<std::size_t>(end - line.data()) + 1);
    return from_ms(ms);
}

}  // namespace

finding_memory::finding_memory(std::string_view text) {
    while (!text.empty()) {
        auto line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        auto const first = taken_time(line);
        auto const last = first ? taken_time(line) : std::nullopt;
        auto const reported = last ? taken_time(line) : std::nullopt;
        if (reported && !line.empty()) known_[std::string(line)] = {*first, *last, *reported};
    }
}

std::string finding_memory::text() const {
    std::string out;
    for (auto const& [key, e] : known_)
        out += std::to_string(to_ms(e.first)) + " " + std::to_string(to_ms(e.last)) + " " +
               std::to_string(to_ms(e.reported)) + " " + key + "\n";
    return out;
}

finding_news finding_memory::judge(entry& e, news_rule const& rule, wall_time now) {
    // A clock that was set back: as if it had begun now, and been reported now.
    e.first = std::min(e.first, now);
    e.reported = std::min(e.reported, now);
    e.last = now;
    bool const was_reported = e.reported != wall_time{};
    bool const is_due = was_reported ? rule.again > 0ms && now - e.reported >= rule.again
                                     : now - e.first >= rule.patience;
    if (is_due) e.reported = now;
    if (is_due) return finding_news::fresh;
    return was_reported ? finding_news::known : finding_news::early;
}

void finding_memory::forget_what_is_over(news_rule const& rule, wall_time now) {
    over_.clear();
    std::erase_if(known_, [&](auto const& known) {
        auto const& [key, e] = known;
        if (e.last == now) return false;
        if (e.reported == wall_time{}) return true;
        if (e.last < now && now - e.last < rule.calm) return false;
        // Of the future: the clock was set back meanwhile.
        if (e.last > now && e.last - now < rule.calm) return false;
        over_.push_back(key);
        return true;
    });
}

std::vector<finding_news> finding_memory::note(std::vector<std::string> const& keys,
                                               news_rule const& rule, wall_time now) {
    std::vector<finding_news> out;
    for (auto const& key : keys) {
        auto const [at, is_new] = known_.try_emplace(key, entry{now, now, {}});
        out.push_back(judge(at->second, rule, now));
    }
    forget_what_is_over(rule, now);
    return out;
}

}  // namespace setclick::cli
