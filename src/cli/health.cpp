#include "health.hpp"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include "configuration.hpp"
#include "finding_memory.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/time.hpp"
#include "setclickd/settings/replace_file.hpp"
#include "setclickd/status_model/collect.hpp"
#include "setclickd/status_model/health.hpp"

namespace setclick::cli {
namespace {

using status_model::health_finding;

/// Of hundreds of accounts with the same trouble the first ones say enough.
constexpr std::size_t most_lines = 20;

char const* word_for(finding_news news) {
    switch (news) {
        case finding_news::early:
            return "early: ";
        case finding_news::fresh:
            return "unwell: ";
        case finding_news::known:
            return "known: ";
    }
    return "";
}

/// Those that are news first.
void print(std::vector<health_finding> const& found, std::vector<finding_news> const& news,
           console const& io) {
    std::size_t lines = 0;
    for (auto const wanted : {finding_news::fresh, finding_news::known, finding_news::early})
        for (std::size_t i = 0; i < found.size(); ++i)
            if (news[i] == wanted && ++lines <= most_lines)
                io.out << word_for(wanted) << line_of(found[i]) << "\n";
    if (lines > most_lines)
        io.out << "and " << lines - most_lines << " more: setclickd status shows all\n";
    if (found.empty()) io.out << "well\n";
}

result<news_rule> rule_of(health_options const& options) {
    news_rule rule;
    auto const patience = parse_duration(options.patience);
    auto const again = parse_duration(options.again);
    if (!patience || !again)
        return fail(errc::usage, "--for and --again: write a duration, such as \"3m\" or \"1d\"");
    rule.patience = *patience;
    rule.again = *again;
    return rule;
}

/// 0 where nothing is news; what is the matter is printed either way.
int report_news(std::vector<health_finding> const& found, health_options const& options,
                news_rule const& rule, console const& io) {
    std::ifstream in(options.remember, std::ios::binary);
    finding_memory memory(std::string{std::istreambuf_iterator<char>(in), {}});
    std::vector<std::string> keys;
    keys.reserve(found.size());
    for (auto const& f : found)
        keys.push_back(f.key);
    auto const news = memory.note(keys, rule, wall_now());
    print(found, news, io);
    for (auto const& key : memory.over())
        io.out << "over: " << printable(key) << "\n";
    auto const kept = settings::write_note(options.remember, memory.text());
    int const code = kept ? 0 : io.complain(kept.error());
    bool const is_any_fresh = std::ranges::find(news, finding_news::fresh) != news.end();
    return is_any_fresh ? static_cast<int>(exit_code::failed) : code;
}

}  // namespace

int health(health_options const& options, console const& io) {
    auto const oldest = parse_duration(options.oldest);
    if (!oldest)
        return io.complain(
            fail(errc::usage, "--oldest: write a duration, such as \"30m\" or \"6h\""));
    auto const no_file =
        options.no_file.empty() ? milliseconds{0} : parse_duration(options.no_file);
    if (!no_file)
        return io.complain(fail(errc::usage, "--no-file: write a duration, such as \"26h\""));
    auto const rule = rule_of(options);
    if (!rule) return io.complain(rule.error());
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const report =
        collect(read->values, status_model::ask_daemon(read->values.control_socket), wall_now());
    status_model::health_limits limits;
    if (options.strict)
        limits = {.are_parks_unwell = true,
                  .are_open_questions_unwell = true,
                  .oldest_waiting = *oldest,
                  .token_ends = std::chrono::hours{24 * 7},
                  .least_free = 0.1,
                  .no_file = {}};
    if (!options.no_file.empty()) limits.no_file = *no_file;
    std::vector<health_finding> found;
    if (report)
        found = findings_of(*report, limits);
    else
        found.push_back({"unreadable", report.error().message, ""});
    if (!options.remember.empty()) return report_news(found, options, *rule, io);
    print(found, std::vector(found.size(), finding_news::fresh), io);
    return found.empty() ? 0 : static_cast<int>(exit_code::failed);
}

}  // namespace setclick::cli
