#include "exchange.hpp"

#include <algorithm>

namespace setclick::net {
using api::transport_failure;
using api::wire_phase;

void exchange::begin(steady_time deadline) {
    sent_ = 0;
    deadline_ = deadline;
    state_ = state::running;
}

std::string_view exchange::unsent() const noexcept {
    return std::string_view(request).substr(sent_);
}

void exchange::on_sent(std::size_t bytes, steady_time answer_by) {
    sent_ += bytes;
    if (sent_ == request.size()) deadline_ = std::min(deadline_, answer_by);
}

std::span<char> exchange::room() noexcept {
    return std::span(buffer_).subspan(filled_);
}

void exchange::on_received(std::size_t bytes) {
    if (is_over()) return;
    filled_ += bytes;
    std::size_t used = 0;
    auto const parsed = parser_.put({buffer_.data(), filled_}, used);
    std::copy(buffer_.begin() + static_cast<std::ptrdiff_t>(used),
              buffer_.begin() + static_cast<std::ptrdiff_t>(filled_), buffer_.begin());
    filled_ -= used;
    switch (parsed) {
        case answer_parser::state::more:
            if (filled_ == buffer_.size())
                fail(transport_failure::oversized_answer, "the answer's header is too long");
            return;
        case answer_parser::state::malformed:
            fail(transport_failure::malformed_answer, "the answer is not HTTP");
            return;
        case answer_parser::state::oversized:
            fail(transport_failure::oversized_answer, "the answer is too long");
            return;
        case answer_parser::state::complete:
            state_ = state::answered;
            return;
    }
}

void exchange::on_end_of_stream(std::string_view detail) {
    if (is_over()) return;
    if (parser_.put_end() == answer_parser::state::complete)
        state_ = state::answered;
    else
        fail(transport_failure::closed, detail);
}

void exchange::fail(transport_failure why, std::string_view detail) {
    if (is_over()) return;
    state_ = state::failed;
    failure_ = why;
    detail_ = detail;
}

void exchange::check_deadline(steady_time now) {
    if (is_over() || now < deadline_) return;
    if (sent_ == request.size())
        fail(transport_failure::response_timeout, "no complete answer in time");
    else
        fail(transport_failure::write_timeout, "the request could not be sent in time");
}

bool exchange::may_reuse() const noexcept {
    return state_ == state::answered && sent_ == request.size() && filled_ == 0 &&
           parser_.keep_alive();
}

wire_phase exchange::phase(bool nothing_left) const noexcept {
    if (state_ == state::answered) return wire_phase::answered;
    if (nothing_left) return wire_phase::not_sent;
    if (parser_.began()) return wire_phase::answered;
    return sent_ == request.size() ? wire_phase::sent : wire_phase::partly_sent;
}

exchange_end exchange::end(bool nothing_left) const {
    exchange_end out;
    out.ticket = ticket;
    out.phase = phase(nothing_left);
    if (state_ == state::answered) {
        out.answer = parser_.answer();
    } else {
        out.failure = failure_;
        out.detail = detail_;
    }
    return out;
}

void exchange::clear() {
    parser_.reset();
    filled_ = 0;
    state_ = state::idle;
}

}  // namespace setclick::net
