#include "service.hpp"

#include <utility>

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
    : settings_(std::move(settings)),
      callers_(std::move(callers)),
      files_(std::move(files)),
      report_(settings_.report, now.wall),
      dice_(settings_.faults.seed),
      wants_raw_(files_.wants_raw()) {
    take_faults(settings_.faults);
}

void service::take_faults(fault_set faults) {
    dice_ = dice(faults.seed);
    limit_ = rate_limit(faults.rate_per_minute, faults.burst);
    idle_close_ms_ = faults.idle_close.count();
    settings_.faults = std::move(faults);
}

void service::open_connection(peer& p) {
    std::lock_guard const lock(mutex_);
    p.connection = ++last_connection_;
    ++connections_;
    ++open_connections_;
}

void service::close_connection(peer& p) {
    std::lock_guard const lock(mutex_);
    if (!p.is_control) --open_connections_;
}

fault_kind service::on_head(request const& r, peer& p, moment now) {
    std::lock_guard const lock(mutex_);
    if (is_control(r)) {
        // A connection that asks for the counts shall not change them.
        if (p.requests == 0 && !p.is_control) {
            p.is_control = true;
            --connections_;
            --open_connections_;
        }
        return fault_kind::none;
    }
    if (std::exchange(p.is_control, false)) {
        ++connections_;
        ++open_connections_;
    }
    ++p.requests;
    if (!applies_to(settings_.faults, endpoint_of(r.path()))) return fault_kind::none;
    auto const fault = choose(settings_.faults, dice_.roll());
    if (fault == fault_kind::reset_before_read) {
        outcome o;
        o.fault = fault;
        count(o);
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
    auto const endpoint = endpoint_of(r.path());
    read_parameters(r, endpoint);
    caller_ = callers_.find(r.header("Authorization"), now.wall);
    auto const d = decide(r, endpoint, fault, now);

    outcome o;
    o.fault = d.fault;
    o.status = gives_no_answer(fault) ? 0 : d.reply.status;
    o.authorized = caller_.is_known;
    o.token = caller_.token;
    o.booked = d.would_book && !forbids_booking(fault);
    if (o.booked)
        if (auto const row = read_microconversion(parameters_, settings_.rules, now.wall))
            o.rows = report_.book(*row, now.wall);
    count(o);
    files_.note(r, {p.connection, p.requests},
                endpoint == endpoint_kind::set_click ? &parameters_ : nullptr, o, now);
    return plan_for(d, fault, endpoint, p, r.keep_alive, now, out);
}

exchange_plan service::plan_for(decision const& d, fault_kind fault, endpoint_kind endpoint,
                                peer& p, bool keep_alive, moment now, std::string& out) {
    auto const& f = settings_.faults;
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
    ++incomplete_;
    count({});
    files_.note(r, {p.connection, p.requests}, nullptr, {}, now);
}

void service::on_unreadable(request const& r, peer& p, int status, moment now, std::string& out) {
    std::lock_guard const lock(mutex_);
    if (!r.has_head) ++p.requests;
    outcome o;
    o.status = status;
    count(o);
    files_.note(r, {p.connection, p.requests}, nullptr, o, now);
    append_response(out, default_answer(status), date(now.wall), false);
}

void service::count(outcome const& o) {
    ++requests_;
    ++by_status_[static_cast<std::size_t>(o.status)];
    ++by_fault_[static_cast<std::size_t>(o.fault)];
    if (o.booked) ++booked_;
}

std::string_view service::date(wall_time now) {
    auto const second = std::chrono::floor<std::chrono::seconds>(now);
    if (date_.empty() || second != date_time_) {
        date_time_ = second;
        date_ = http_date(second);
    }
    return date_;
}

void service::replace_file_tokens(std::string_view content) {
    std::lock_guard const lock(mutex_);
    callers_.replace_file_tokens(content);
}

result<void> service::flush() {
    std::lock_guard const lock(mutex_);
    return files_.flush();
}

}  // namespace setclick::sandbox
