#include "setclickd/delivery/account_state.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <utility>

namespace setclick::delivery {
namespace {

namespace json = boost::json;

/// Before any time since a boot: nothing has surely elapsed.
constexpr std::int64_t unknown_clock = -1;

void put(json::object& out, std::string_view name, std::int64_t value) {
    if (value != 0) out[name] = value;
}

json::object written(gate_state const& gate) {
    json::object out;
    put(out, "wall_ms", gate.saved_wall_ms);
    put(out, "steady_ms", gate.saved_steady_ms);
    put(out, "used", gate.used_millionths);
    put(out, "reserved", gate.reserved);
    put(out, "hold_ms", gate.hold_ms);
    put(out, "learnt", gate.learnt_millionths);
    put(out, "target", gate.target_millionths);
    put(out, "ceiling", gate.ceiling_millionths);
    put(out, "said", gate.said_millionths);
    return out;
}

void put(json::object& out, park_state const& parked) {
    if (parked.reason == park_reason::none) return;
    json::object park;
    park["reason"] = name_of(parked.reason);
    put(park, "since_ms", parked.since_ms);
    if (!parked.detail.empty()) park["detail"] = parked.detail;
    put(park, "probes", parked.probes);
    put(park, "next_probe_ms", parked.next_probe_ms);
    out["park"] = std::move(park);
}

/// Takes members out of an object and remembers the first that is not what it should be.
class reader {
public:
    explicit reader(json::object const& object) : object_(object) {}

    std::int64_t integer(std::string_view name) {
        auto const* value = object_.if_contains(name);
        if (value == nullptr) return 0;
        if (auto const* number = value->if_int64()) return *number;
        return wrong(name), 0;
    }
    std::string text(std::string_view name) {
        auto const* value = object_.if_contains(name);
        if (value == nullptr) return {};
        if (auto const* string = value->if_string())
            return std::string(string->data(), string->size());
        return wrong(name), std::string{};
    }
    json::object object(std::string_view name) {
        auto const* value = object_.if_contains(name);
        if (value == nullptr) return {};
        if (auto const* object = value->if_object()) return *object;
        return wrong(name), json::object{};
    }
    std::vector<event_no> events(std::string_view name) {
        std::vector<event_no> out;
        auto const* value = object_.if_contains(name);
        if (value == nullptr) return out;
        auto const* array = value->if_array();
        if (array == nullptr) return wrong(name), out;
        for (auto const& element : *array) {
            auto const* number = element.if_int64();
            if (number == nullptr || *number < 0) return wrong(name), out;
            out.push_back({static_cast<std::uint64_t>(*number)});
        }
        return out;
    }

    /// [[event, times], …]
    std::vector<doubt_state::entry> doubts(std::string_view name) {
        std::vector<doubt_state::entry> out;
        auto const* value = object_.if_contains(name);
        if (value == nullptr) return out;
        auto const* array = value->if_array();
        if (array == nullptr) return wrong(name), out;
        for (auto const& element : *array) {
            auto const* pair = element.if_array();
            auto const* event =
                pair != nullptr && pair->size() == 2 ? (*pair)[0].if_int64() : nullptr;
            auto const* times = event != nullptr ? (*pair)[1].if_int64() : nullptr;
            if (times == nullptr || *event < 0) return wrong(name), out;
            out.push_back({{static_cast<std::uint64_t>(*event)},
                           static_cast<int>(std::clamp<std::int64_t>(*times, 0, 1'000'000))});
        }
        return out;
    }

    void wrong(std::string_view name) {
        if (wrong_.empty()) wrong_ = name;
    }
    std::string const& wrong() const noexcept { return wrong_; }

private:
    json::object const& object_;
    std::string wrong_;
};

gate_state read_gate(json::object const& object, reader& outer) {
    reader in(object);
    gate_state gate;
    gate.saved_wall_ms = in.integer("wall_ms");
    gate.saved_steady_ms = in.integer("steady_ms");
    gate.used_millionths = in.integer("used");
    gate.reserved = in.integer("reserved");
    gate.hold_ms = in.integer("hold_ms");
    gate.learnt_millionths = in.integer("learnt");
    gate.target_millionths = in.integer("target");
    gate.ceiling_millionths = in.integer("ceiling");
    gate.said_millionths = in.integer("said");
    if (!in.wrong().empty()) outer.wrong("gate." + in.wrong());
    return gate;
}

park_state read_park(json::object const& object, reader& outer) {
    park_state parked;
    if (object.empty()) return parked;
    reader in(object);
    auto const reason = park_reason_named(in.text("reason"));
    if (reason)
        parked.reason = *reason;
    else
        in.wrong("reason");
    parked.since_ms = in.integer("since_ms");
    parked.detail = in.text("detail");
    parked.probes = static_cast<int>(std::clamp<std::int64_t>(in.integer("probes"), 0, 1'000'000));
    parked.next_probe_ms = in.integer("next_probe_ms");
    if (!in.wrong().empty()) outer.wrong("park." + in.wrong());
    return parked;
}

error unreadable(std::string_view what) {
    return fail(errc::invalid_data,
                "the saved delivery state cannot be read: " + std::string(what));
}

result<json::object> parsed(std::string_view text) {
    if (text.empty()) return json::object{};
    boost::system::error_code ec;
    auto value = json::parse(text, ec);
    if (ec) return unreadable("not JSON (" + ec.message() + ")");
    if (auto* object = value.if_object()) return std::move(*object);
    return unreadable("not a JSON object");
}

}  // namespace

park_state saved_park(park const& parked, steady_time now) {
    park_state out;
    if (!parked.is_on()) return out;
    out.reason = parked.reason;
    out.since_ms = to_ms(parked.since);
    out.detail = parked.detail;
    out.probes = parked.probes;
    if (parked.next_probe != never && parked.next_probe > now)
        out.next_probe_ms = std::chrono::ceil<milliseconds>(parked.next_probe - now).count();
    return out;
}

park loaded_park(park_state const& state, steady_time now, milliseconds elapsed, milliseconds cap) {
    park out;
    if (state.reason == park_reason::none) return out;
    out.reason = state.reason;
    out.since = from_ms(state.since_ms);
    out.detail = state.detail;
    out.probes = std::clamp(state.probes, 0, 1'000'000);
    if (needs_a_person(state.reason)) return out;
    auto const wait =
        std::clamp<milliseconds>(milliseconds{state.next_probe_ms}, 0ms, std::max(0ms, cap));
    out.next_probe = now + std::max(0ms, wait - elapsed);
    return out;
}

std::string to_text(account_state const& state) {
    json::object out;
    out["gate"] = written(state.gate);
    put(out, state.parked);
    put(out, "paused_ms", state.paused_ms);
    put(out, "trouble", state.trouble_rounds);
    if (!state.rejected.empty()) {
        json::array events;
        for (auto const event : state.rejected)
            events.emplace_back(static_cast<std::int64_t>(event.value));
        out["rejected"] = std::move(events);
    }
    if (!state.doubts.events.empty()) {
        json::array events;
        for (auto const& entry : state.doubts.events)
            events.emplace_back(
                json::array{static_cast<std::int64_t>(entry.event.value), entry.times});
        out["doubts"] = std::move(events);
    }
    put(out, "doubt_probes", state.doubts.probes);
    if (!state.clock.empty()) out["clock"] = state.clock;
    return json::serialize(out);
}

account_state seen_by(account_state state, std::string_view clock, milliseconds age) {
    if (state.clock == clock) return state;
    state.gate.hold_ms = std::max<std::int64_t>(0, state.gate.hold_ms - age.count());
    state.gate.saved_steady_ms = unknown_clock;
    state.clock = clock;
    return state;
}

endpoint_state seen_by(endpoint_state state, std::string_view clock) {
    if (state.clock == clock) return state;
    endpoint_state out;
    if (state.parked.reason == park_reason::paused) out.parked = state.parked;
    out.clock = clock;
    return out;
}

std::string to_text(endpoint_state const& state) {
    json::object out;
    out["gate"] = written(state.gate);
    put(out, state.parked);
    if (!state.clock.empty()) out["clock"] = state.clock;
    return json::serialize(out);
}

result<account_state> account_state_from_text(std::string_view text) {
    auto const object = parsed(text);
    if (!object) return object.error();
    reader in(*object);
    account_state out;
    out.gate = read_gate(in.object("gate"), in);
    out.parked = read_park(in.object("park"), in);
    out.paused_ms = in.integer("paused_ms");
    out.trouble_rounds = static_cast<int>(std::clamp<std::int64_t>(in.integer("trouble"), 0, 1000));
    out.rejected = in.events("rejected");
    out.doubts.events = in.doubts("doubts");
    out.doubts.probes =
        static_cast<int>(std::clamp<std::int64_t>(in.integer("doubt_probes"), 0, 1'000'000));
    out.clock = in.text("clock");
    if (!in.wrong().empty()) return unreadable(in.wrong());
    return out;
}

result<endpoint_state> endpoint_state_from_text(std::string_view text) {
    auto const object = parsed(text);
    if (!object) return object.error();
    reader in(*object);
    endpoint_state out;
    out.gate = read_gate(in.object("gate"), in);
    out.parked = read_park(in.object("park"), in);
    out.clock = in.text("clock");
    if (!in.wrong().empty()) return unreadable(in.wrong());
    return out;
}

bool pause(account_state& state, wall_time wall_now) noexcept {
    if (state.paused_ms != 0) return false;
    state.paused_ms = std::max<std::int64_t>(1, to_ms(wall_now));
    return true;
}

resumed_state resume(account_state& state, bool accept_rejections) {
    resumed_state out;
    out.was_stopped = state.paused_ms != 0 || state.parked.reason != park_reason::none ||
                      state.trouble_rounds > 0;
    if (state.parked.reason == park_reason::suspect) {
        out.refused = std::exchange(state.rejected, {});
        if (accept_rejections) out.refused.clear();
    }
    state.paused_ms = 0;
    state.parked = {};
    state.trouble_rounds = 0;
    state.doubts = {};
    return out;
}

bool forget_rate(gate_state& state) noexcept {
    auto const before = state;
    state.hold_ms = 0;
    state.learnt_millionths = state.target_millionths = 0;
    state.ceiling_millionths = state.said_millionths = 0;
    return !(state == before);
}

}  // namespace setclick::delivery
