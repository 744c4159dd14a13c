#include "show.hpp"

#include <unistd.h>
#include <algorithm>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <optional>

#include "configuration.hpp"
#include "filters.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/delivery/failure.hpp"
#include "setclickd/event/record.hpp"
#include "setclickd/setup/ledger.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;
using ledger::attempt_kind;

constexpr std::size_t long_text = 100'000;

void mask(json::value& v) {
    if (auto* object = v.if_object()) {
        for (auto& member : *object)
            mask(member.value());
    } else if (auto* array = v.if_array()) {
        for (auto& item : *array)
            mask(item);
    } else {
        v = "***";
    }
}

std::string time_text(wall_time t) {
    return t == wall_time{} ? "" : wall_text(t);
}

char const* kind_text(attempt_kind kind) {
    switch (kind) {
        case attempt_kind::attempt:
            return "attempt";
        case attempt_kind::restart:
            return "cut short by the end of the daemon";
        case attempt_kind::person:
            return "command";
        case attempt_kind::superseded:
            return "dropped again";
    }
    return "";
}

char const* kind_word(attempt_kind kind) {
    switch (kind) {
        case attempt_kind::attempt:
            return "attempt";
        case attempt_kind::restart:
            return "restart";
        case attempt_kind::person:
            return "command";
        case attempt_kind::superseded:
            return "superseded";
    }
    return "";
}

std::string phase_text(std::uint8_t phase) {
    return phase < delivery::wire_phase_count
               ? delivery::name_of(static_cast<delivery::wire_phase>(phase))
               : "";
}

class showing {
public:
    showing(ledger::event_details const& event, show_options const& options, console const& io)
        : e_(event), options_(options), io_(io), content_(event::parse_record(event.record)) {}

    void as_text() {
        line("event", std::to_string(e_.row.no.value));
        line("account", printable(e_.row.account_id));
        line("state", state_text());
        line("from", printable(e_.row.file_name, long_text) + ":" + std::to_string(e_.row.line) +
                         ", taken " + time_text(e_.row.imported_at));
        if (content_)
            content();
        else
            line("content",
                 e_.record.empty() ? "no longer kept" : "cannot be read by this version");
        line("attempts", std::to_string(e_.row.attempts));
        for (auto const& a : e_.attempts)
            attempt(a);
        if (has_plain_delivery()) plain_delivery();
    }

    /// What went well leaves no row of its own, only its state and (rounded down) its time.
    bool has_plain_delivery() const {
        return e_.row.state == ledger::event_state::delivered &&
               std::ranges::none_of(e_.attempts, [](auto const& a) {
                   return a.state == ledger::event_state::delivered;
               });
    }
    void plain_delivery() const {
        auto const at =
            e_.attempts.empty() ? e_.row.at : std::max(e_.row.at, e_.attempts.back().at);
        io_.out << "  1  " << time_text(at)
                << (e_.attempts.empty() ? "  delivered at the first attempt\n"
                                        : "  delivered at the next attempt\n");
    }

    void as_json() {
        json::array attempts;
        for (auto const& a : e_.attempts)
            attempts.push_back({{"kind", kind_word(a.kind)},
                                {"n", a.n},
                                {"at", time_text(a.at)},
                                {"state", name_of(a.state)},
                                {"status", a.status},
                                {"phase", phase_text(a.phase)},
                                {"counted", a.counted},
                                {"in_doubt", a.in_doubt},
                                {"reason", a.reason},
                                {"excerpt", a.excerpt}});
        json::object one{{"id", e_.row.no.value},
                         {"account", printable(e_.row.account_id)},
                         {"state", name_of(e_.row.state)},
                         {"reason", e_.row.reason},
                         {"in_doubt_ever", e_.row.in_doubt_ever}};
        one["since"] = time_text(e_.row.at);
        one["due"] = time_text(e_.row.due);
        one["taken_at"] = time_text(e_.row.imported_at);
        one["file"] = printable(e_.row.file_name, long_text);
        one["line"] = e_.row.line;
        one["attempts_made"] = e_.row.attempts;
        one["attempts"] = std::move(attempts);
        one["event"] = content_ ? json::value(content_json()) : json::value(nullptr);
        io_.out << json::serialize(one) << "\n";
    }

private:
    void line(std::string_view name, std::string const& text) const {
        std::string padded(name);
        padded.resize(16, ' ');
        io_.out << padded << text << "\n";
    }

    std::string state_text() const {
        auto text = std::string(name_of(e_.row.state));
        if (e_.row.at != wall_time{}) text += " since " + time_text(e_.row.at);
        if (e_.row.due != wall_time{}) text += ", again at " + time_text(e_.row.due);
        if (!e_.row.reason.empty()) text += " (" + printable(e_.row.reason) + ")";
        if (e_.row.in_doubt_ever) text += "; may have been received at an earlier attempt";
        return text;
    }

    std::string personal(std::string_view json_text) const {
        return options_.reveal ? std::string(json_text) : masked(json_text);
    }

    void content() const {
        if (!content_->event_id.empty()) line("event_id", printable(content_->event_id, long_text));
        line("click_time", wall_text(from_ms(content_->click_time), true));
        line("url_parameters", printable(content_->url_parameters, long_text));
        line("settings", printable(personal(content_->settings), long_text) +
                             (options_.reveal ? "" : "  (values shown to root by --reveal)"));
        if (!content_->referrer.empty()) line("referrer", printable(content_->referrer, long_text));
        if (!content_->current_url.empty())
            line("current_url", printable(content_->current_url, long_text));
        if (!content_->lead.empty()) line("lead", printable(personal(content_->lead), long_text));
        if (content_->microconversion) line("microconversion", "true");
    }

    json::value parsed(std::string_view text) const {
        boost::system::error_code ec;
        auto value = json::parse(json::string_view(text.data(), text.size()), ec);
        return ec ? json::value(printable(text, long_text)) : value;
    }

    json::object content_json() const {
        json::object one;
        one["event_id"] = content_->event_id.empty()
                              ? json::value(nullptr)
                              : json::value(printable(content_->event_id, long_text));
        one["click_time"] = content_->click_time;
        one["url_parameters"] = parsed(content_->url_parameters);
        one["settings"] = parsed(personal(content_->settings));
        if (!content_->referrer.empty()) one["referrer"] = parsed(content_->referrer);
        if (!content_->current_url.empty()) one["current_url"] = parsed(content_->current_url);
        if (!content_->lead.empty()) one["lead"] = parsed(personal(content_->lead));
        one["microconversion"] = content_->microconversion;
        return one;
    }

    void attempt(ledger::attempt_receipt const& a) const {
        io_.out << "  " << a.n << "  " << time_text(a.at) << "  " << kind_text(a.kind);
        if (!a.reason.empty()) io_.out << ": " << printable(a.reason);
        if (a.status != 0) io_.out << ", status " << a.status;
        if (a.kind == attempt_kind::attempt && !phase_text(a.phase).empty())
            io_.out << ", " << phase_text(a.phase);
        if (a.in_doubt) io_.out << ", in doubt";
        if (!a.counted) io_.out << ", not counted";
        io_.out << " -> " << name_of(a.state);
        if (!a.excerpt.empty()) io_.out << "\n       " << printable(a.excerpt, 600);
        io_.out << "\n";
    }

    ledger::event_details const& e_;
    show_options const& options_;
    console const& io_;
    std::optional<event::view> content_;
};

result<void> run(show_options const& options, settings::settings const& s, console const& io) {
    if (options.reveal && ::geteuid() != 0)
        return fail(errc::refused, "--reveal shows personal data: only root may");
    auto opened = ledger::reader::open(setup::ledger_place_of(s));
    if (!opened) return opened.error();
    auto* const from = opened->get();
    auto const no = event_of(*from, options.id);
    if (!no) return no.error();
    auto const event = from->show(*no);
    if (!event) return event.error();
    showing out(*event, options, io);
    if (options.json)
        out.as_json();
    else
        out.as_text();
    return {};
}

}  // namespace

std::string masked(std::string_view json_text) {
    boost::system::error_code ec;
    auto value = json::parse(json::string_view(json_text.data(), json_text.size()), ec);
    if (ec) return "***";
    mask(value);
    return json::serialize(value);
}

int show(show_options const& options, console const& io) {
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const done = run(options, read->values, io);
    return done ? 0 : io.complain(done.error());
}

}  // namespace setclick::cli
