#include "recorder.hpp"

#include "json_text.hpp"
#include "setclickd/base/ascii.hpp"
#include "setclickd/base/clock.hpp"

namespace setclick::sandbox {
namespace {

template <class T>
void append_named(std::string& out, std::string_view name, T value) {
    out += name;
    append_number(out, value);
}

/// The scheme may be shown, what follows may not.
void append_credential(std::string& out, std::string_view value) {
    auto const is_bearer = starts_with_ignoring_case(value, "Bearer ");
    out += is_bearer ? "\"Bearer ***\"" : "\"***\"";
}

void append_headers(std::string& out, request const& r) {
    out += '{';
    for (std::size_t i = 0; i < r.field_count(); ++i) {
        auto const [name, value] = r.field_at(i);
        if (i > 0) out += ',';
        append_json_string(out, name);
        out += ':';
        if (equals_ignoring_case(name, "Authorization") ||
            equals_ignoring_case(name, "Proxy-Authorization"))
            append_credential(out, value);
        else
            append_json_string(out, value);
    }
    out += '}';
}

void append_parameters(std::string& out, form const& parameters) {
    out += '{';
    for (bool is_first = true; auto const& [name, value] : parameters.items()) {
        if (!is_first) out += ',';
        is_first = false;
        append_json_string(out, name);
        out += ':';
        append_json_string(out, value);
    }
    out += '}';
}

void append_when(std::string& out, moment now, request_id id) {
    append_named(out, "{\"time_ms\":", to_ms(now.wall));
    auto const us =
        std::chrono::duration_cast<std::chrono::microseconds>(now.steady.time_since_epoch());
    append_named(out, ",\"mono_us\":", us.count());
    append_named(out, ",\"connection\":", id.connection);
    append_named(out, ",\"request\":", id.number);
}

}  // namespace

moment moment_now() noexcept {
    return {wall_now(), std::chrono::steady_clock::now()};
}

result<recorder> recorder::open(record_paths const& paths) {
    recorder out;
    auto const open_one = [](block_file& file, std::string const& path,
                             unsigned mode) -> result<void> {
        if (path.empty()) return {};
        auto opened = block_file::open(path, mode);
        if (!opened) return opened.error();
        file = std::move(*opened);
        return {};
    };
    for (auto const& done :
         {open_one(out.record_, paths.record, 0640), open_one(out.book_, paths.book, 0640),
          open_one(out.raw_, paths.raw, 0600)})
        if (!done) return done.error();
    return out;
}

void recorder::append_record(request const& r, request_id id, form const* parameters,
                             outcome const& o, moment now) {
    auto& out = record_.buffer();
    append_when(out, now, id);
    out += ",\"method\":";
    append_json_string(out, r.method);
    out += ",\"target\":";
    append_json_string(out, r.target);
    out += ",\"headers\":";
    append_headers(out, r);
    out += ",\"authorized\":";
    append_json_bool(out, o.authorized);
    out += ",\"token\":";
    if (o.token >= 0)
        append_number(out, o.token);
    else
        out += "null";
    if (parameters != nullptr) {
        out += ",\"form\":";
        append_parameters(out, *parameters);
        if (parameters->has_repeated_name()) out += ",\"repeated\":true";
    }
    append_named(out, ",\"status\":", o.status);
    out += ",\"fault\":";
    if (o.fault == fault_kind::none)
        out += "null";
    else
        out.append("\"").append(name_of(o.fault)).append("\"");
    out += ",\"booked\":";
    append_json_bool(out, o.booked);
    if (!r.is_complete) out += ",\"complete\":false";
    out += "}\n";
    record_.appended();
}

void recorder::append_book(request_id id, form const& parameters, outcome const& o, moment now) {
    auto& out = book_.buffer();
    append_when(out, now, id);
    if (o.token >= 0) append_named(out, ",\"token\":", o.token);
    if (o.rows >= 0) append_named(out, ",\"rows\":", o.rows);
    out += ",\"form\":";
    append_parameters(out, parameters);
    out += "}\n";
    book_.appended();
}

void recorder::note(request const& r, request_id id, form const* parameters, outcome const& o,
                    moment now) {
    if (record_.is_open()) append_record(r, id, parameters, o, now);
    if (o.booked && parameters != nullptr && book_.is_open()) append_book(id, *parameters, o, now);
    if (raw_.is_open()) {
        raw_.buffer() += r.raw;
        raw_.appended();
    }
}

result<void> recorder::flush() {
    // The book first: who sees a request in the record finds its booking there too.
    auto book = book_.flush();
    auto record = record_.flush();
    auto raw = raw_.flush();
    for (auto const* done : {&book, &record, &raw})
        if (!*done) return done->error();
    return {};
}

}  // namespace setclick::sandbox
