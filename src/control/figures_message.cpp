#include "setclickd/control/figures_message.hpp"

#include <algorithm>
#include <array>
#include <boost/json/array.hpp>
#include <string_view>
#include <utility>

#include "setclickd/control/json_fields.hpp"

namespace setclick::control {
namespace {

namespace json = boost::json;
using delivery::daemon_figures;

constexpr std::array<std::pair<std::string_view, histogram_values daemon_figures::*>, 5> histograms{
    {{"request_seconds", &daemon_figures::request_seconds},
     {"delivery_seconds", &daemon_figures::delivery_seconds},
     {"claim_events", &daemon_figures::claim_events},
     {"import_events", &daemon_figures::import_events},
     {"commit_seconds", &daemon_figures::commit_seconds}}};

constexpr std::array<std::pair<std::string_view, std::uint64_t daemon_figures::*>, 5> numbers{
    {{"connections_opening", &daemon_figures::connections_opening},
     {"connections_idle", &daemon_figures::connections_idle},
     {"connections_busy", &daemon_figures::connections_busy},
     {"handshakes_full", &daemon_figures::handshakes_full},
     {"handshakes_resumed", &daemon_figures::handshakes_resumed}}};

json::object process_message(delivery::process_figures const& p) {
    return {{"start_time_seconds", plain_number(p.start_time_seconds)},
            {"cpu_seconds", plain_number(p.cpu_seconds)},
            {"resident_bytes", p.resident_bytes},
            {"virtual_bytes", p.virtual_bytes},
            {"open_fds", p.open_fds},
            {"max_fds", p.max_fds},
            {"threads", p.threads}};
}

delivery::process_figures process_from(json::value const* m) {
    if (m == nullptr) return {};
    return {number(*m, "start_time_seconds").value_or(0),
            number(*m, "cpu_seconds").value_or(0),
            count_of(*m, "resident_bytes"),
            count_of(*m, "virtual_bytes"),
            count_of(*m, "open_fds"),
            count_of(*m, "max_fds"),
            count_of(*m, "threads")};
}

/// "bounds": upper ones; "counts": of each bucket alone, the last one above all bounds.
json::object histogram_message(histogram_values const& h) {
    json::array bounds;
    for (auto const b : h.bounds)
        bounds.push_back(plain_number(b));
    json::array counts;
    for (auto const n : h.counts)
        counts.push_back(n);
    return {{"bounds", std::move(bounds)},
            {"counts", std::move(counts)},
            {"sum", plain_number(h.sum)},
            {"count", h.count()}};
}

histogram_values histogram_from(json::value const* message) {
    if (message == nullptr) return {};
    auto const* const bounds = member(*message, "bounds");
    auto const* const counts = member(*message, "counts");
    if (bounds == nullptr || counts == nullptr || !bounds->is_array() || !counts->is_array() ||
        counts->get_array().size() != bounds->get_array().size() + 1)
        return {};
    histogram_values h;
    for (auto const& b : bounds->get_array()) {
        if (!b.is_number()) return {};
        h.bounds.push_back(b.to_number<double>());
    }
    for (auto const& n : counts->get_array()) {
        boost::system::error_code ec;
        h.counts.push_back(n.to_number<std::uint64_t>(ec));
        if (ec) return {};
    }
    if (!std::ranges::is_sorted(h.bounds)) return {};
    h.sum = number(*message, "sum").value_or(0);
    return h;
}

/// An object with a member for each value of an enum.
template <class Enum, std::size_t count>
json::object named_message(std::array<std::uint64_t, count> const& of) {
    json::object made;
    for (std::size_t i = 0; i < count; ++i)
        made[name_of(static_cast<Enum>(i))] = of[i];
    return made;
}

template <class Enum, std::size_t count>
void read_named(json::value const* from, std::array<std::uint64_t, count>& to) {
    if (from == nullptr) return;
    for (std::size_t i = 0; i < count; ++i)
        to[i] = count_of(*from, name_of(static_cast<Enum>(i)));
}

}  // namespace

json::object figures_message(daemon_figures const& f) {
    json::object made{{"attempts", named_message<delivery::status_class>(f.attempts)},
                      {"rejected", named_message<delivery::rejection>(f.rejected)}};
    for (auto const& [name, field] : numbers)
        made[name] = f.*field;
    for (auto const& [name, field] : histograms)
        made[name] = histogram_message(f.*field);
    made["process"] = process_message(f.process);
    return made;
}

daemon_figures figures_from(json::value const& message) {
    daemon_figures f;
    read_named<delivery::status_class>(member(message, "attempts"), f.attempts);
    read_named<delivery::rejection>(member(message, "rejected"), f.rejected);
    for (auto const& [name, field] : numbers)
        f.*field = count_of(message, name);
    for (auto const& [name, field] : histograms)
        f.*field = histogram_from(member(message, name));
    f.process = process_from(member(message, "process"));
    return f;
}

}  // namespace setclick::control
