#include "service.hpp"

#include <algorithm>
#include <utility>

#include "fault_names.hpp"

namespace setclick::sandbox {
namespace {

constexpr std::string_view control_path = "/_sandbox/";

bool is_control(request const& r) noexcept {
    return r.path().starts_with(control_path);
}

/// Faults that keep the request from being booked, whatever its answer would have been.
bool forbids_booking(fault_kind fault) noexcept {
    return fault == fault_kind::reset_before_read || fault == fault_kind::reset_after_read ||
           fault == fault_kind::stall;
}

bool gives_no_answer(fault_kind fault) noexcept {
    return forbids_booking(fault) || fault == fault_kind::reset_after_book ||
           fault == fault_kind::stall_after_book;
}

ending end_of(fault_kind fault) noexcept {
    return fault == fault_kind::stall || fault == fault_kind::stall_after_book ? ending::stall
                                                                               : ending::reset;
}

}  // namespace

service::service(service_settings settings, credentials callers, recorder files, moment now)
    : date_skew_(settings.date_skew),
      vendor_(std::move(settings), std::move(callers), now.wall),
      files_(std::move(files)),
      dice_(vendor_.faults().seed),
      wants_raw_(files_.wants_raw()),
      idle_close_ms_(vendor_.faults().idle_close.count()) {}

void service::take_faults(fault_set faults) {
    dice_ = dice(faults.seed);
    idle_close_ms_ = faults.idle_close.count();
    vendor_.take_faults(std::move(faults));
}

void service::open_connection(peer& p) {
    std::lock_guard const lock(mutex_);
    p.connection = counts_.opened();
}

void service::close_connection(peer& p) {
    std::lock_guard const lock(mutex_);
    if (!p.is_control) counts_.closed();
}

fault_kind service::on_head(request const& r, peer& p, moment now) {
    std::lock_guard const lock(mutex_);
    if (is_control(r)) {
        // A connection that asks for the counts shall not change them.
        if (p.requests == 0 && !p.is_control) {
            p.is_control = true;
            counts_.is_control(true);
        }
        return fault_kind::none;
    }
    if (std::exchange(p.is_control, false)) counts_.is_control(false);
    ++p.requests;
    if (!applies_to(vendor_.faults(), vendor_.endpoint_of(r.path()))) return fault_kind::none;
    auto const fault = choose(vendor_.faults(), dice_.roll());
    if (fault == fault_kind::reset_before_read) {
        outcome o;
        o.fault = fault;
        counts_.count(o);
        files_.note(r, {p.connection, p.requests}, nullptr, o, now);
    }
    return fault;
}

exchange_plan service::on_request(request const& r, peer& p, fault_kind fault, moment now,
                                  std::string& out) {
    std::lock_guard const lock(mutex_);
    if (is_control(r)) {
        append_response(out, control_answer(r), date(now.wall), r.keep_alive);
        exchange_plan plan;
        plan.end = r.keep_alive ? ending::keep : ending::close;
        return plan;
    }
    auto const endpoint = vendor_.endpoint_of(r.path());
    auto const d = vendor_.decide(r, endpoint, fault, now);

    outcome o;
    o.fault = d.fault;
    o.status = gives_no_answer(fault) ? 0 : d.reply.status;
    o.authorized = vendor_.who().is_known;
    o.token = vendor_.who().token;
    o.booked = d.would_book && !forbids_booking(fault);
    if (o.booked) o.rows = vendor_.book(now.wall);
    counts_.count(o);
    files_.note(r, {p.connection, p.requests},
                endpoint == endpoint_kind::set_click ? &vendor_.parameters() : nullptr, o, now);
    return plan_for(d, fault, endpoint, p, r.keep_alive, now, out);
}

/// The sandbox's own endpoints: counts, and the fault set while it runs.
answer service::control_answer(request const& r) {
    auto const path = r.path();
    if (path == "/_sandbox/stats" && r.method == "GET") {
        // Who reads the counts will compare them with the files.
        if (auto const flushed = files_.flush(); !flushed)
            return error_answer(500, flushed.error().message);
        return json_answer(counts_.to_json(vendor_.report_rows()));
    }
    if (path == "/_sandbox/faults" && r.method == "GET")
        return json_answer(faults_to_json(vendor_.faults()));
    if (path == "/_sandbox/faults" && r.method == "POST") {
        auto faults = faults_from_json(r.body);
        if (!faults) return error_answer(400, faults.error().message);
        take_faults(std::move(*faults));
        return json_answer(faults_to_json(vendor_.faults()));
    }
    return error_answer(404, "Not Found");
}

exchange_plan service::plan_for(vendor::decision const& d, fault_kind fault, endpoint_kind endpoint,
                                peer& p, bool keep_alive, moment now, std::string& out) {
    auto const& f = vendor_.faults();
    exchange_plan plan;
    if (gives_no_answer(fault)) {
        plan.end = end_of(fault);
        return plan;
    }
    if (f.close_every > 0 && p.requests >= static_cast<std::uint64_t>(f.close_every))
        keep_alive = false;
    plan.end = keep_alive ? ending::keep : ending::close;
    auto const in_scope = applies_to(f, endpoint);
    // By turns in one write and in several: a client must withstand both.
    auto const apart = p.requests % 2 == 0;
    if (in_scope) {
        plan.wait = f.latency;
        if (fault == fault_kind::late_answer) plan.wait += f.late_answer_delay;
        if (fault == fault_kind::slow_bytes)
            plan.byte_interval = std::max(f.slow_interval, milliseconds{1});
        for (int i = 0; i < f.informational; ++i) {
            append_interim(out, i);
            if (apart) plan.pauses.push_back(out.size());
        }
    }
    append_response(out, d.reply, date(now.wall), keep_alive);
    if (in_scope && f.double_response) {
        if (apart) plan.pauses.push_back(out.size());
        append_response(out, d.reply, date(now.wall), keep_alive);
    }
    return plan;
}

void service::on_broken(request const& r, peer& p, moment now) {
    std::lock_guard const lock(mutex_);
    if (is_control(r)) return;
    if (!r.has_head) ++p.requests;
    counts_.incomplete();
    counts_.count({});
    files_.note(r, {p.connection, p.requests}, nullptr, {}, now);
}

void service::on_unreadable(request const& r, peer& p, int status, moment now, std::string& out) {
    std::lock_guard const lock(mutex_);
    if (!r.has_head) ++p.requests;
    outcome o;
    o.status = status;
    counts_.count(o);
    files_.note(r, {p.connection, p.requests}, nullptr, o, now);
    append_response(out, default_answer(status), date(now.wall), false);
}

std::string_view service::date(wall_time now) {
    auto const second = std::chrono::floor<std::chrono::seconds>(now);
    if (date_.empty() || second != date_time_) {
        date_time_ = second;
        date_ = http_date(second + date_skew_);
    }
    return date_;
}

void service::replace_file_tokens(std::string_view content) {
    std::lock_guard const lock(mutex_);
    vendor_.replace_file_tokens(content);
}

result<void> service::flush() {
    std::lock_guard const lock(mutex_);
    return files_.flush();
}

}  // namespace setclick::sandbox
