#include "answer_parser.hpp"

#include <boost/beast/http/error.hpp>

namespace setclick::net {
namespace http = boost::beast::http;

namespace {

std::string_view std_view(boost::beast::string_view v) noexcept {
    return {v.data(), v.size()};
}

bool equal_nocase(std::string_view a, std::string_view b) noexcept {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

answer_parser::state state_of(boost::system::error_code ec) noexcept {
    if (ec == http::error::header_limit || ec == http::error::body_limit ||
        ec == http::error::buffer_overflow)
        return answer_parser::state::oversized;
    return answer_parser::state::malformed;
}

}  // namespace

void answer_parser::parts::clear() {
    status = 0;
    for (auto* text : {&content_type, &location, &retry_after, &limit, &remaining, &reset, &body,
                       &content_encoding})
        text->clear();
    body_size = 0;
    by_close = false;
}

answer_parser::parser::parser(parts& out, std::size_t kept, body_sink const& sink,
                              std::uint64_t most_body)
    : out_(out), sink_(sink), kept_(kept) {
    eager(true);
    header_limit(answer_parser::header_limit);
    body_limit(most_body);
}

void answer_parser::parser::on_response_impl(int code, view, int, error_code&) {
    out_.status = code;
}

void answer_parser::parser::on_field_impl(http::field name, view text, view value, error_code&) {
    constexpr std::size_t longest = 1024;
    auto const v = std_view(value).substr(0, longest);
    switch (name) {
        case http::field::content_type:
            out_.content_type = v;
            return;
        case http::field::location:
            out_.location = v;
            return;
        case http::field::retry_after:
            out_.retry_after = v;
            return;
        case http::field::content_encoding:
            // Several fields mean several codings, as one with commas does.
            out_.content_encoding += out_.content_encoding.empty() ? "" : ", ";
            out_.content_encoding += v;
            return;
        case http::field::unknown:
            break;
        default:
            return;
    }
    auto const n = std_view(text);
    if (equal_nocase(n, "X-RateLimit-Limit"))
        out_.limit = v;
    else if (equal_nocase(n, "X-RateLimit-Remaining"))
        out_.remaining = v;
    else if (equal_nocase(n, "X-RateLimit-Reset"))
        out_.reset = v;
}

void answer_parser::parser::keep(std::string_view body, error_code& ec) {
    out_.body_size += body.size();
    if (sink_ && !sink_(body)) {
        ec = make_error_code(http::error::bad_value);
        return;
    }
    if (out_.body.size() < kept_) out_.body += body.substr(0, kept_ - out_.body.size());
}

std::size_t answer_parser::parser::on_body_impl(view body, error_code& ec) {
    keep(std_view(body), ec);
    return body.size();
}

std::size_t answer_parser::parser::on_chunk_body_impl(std::uint64_t, view body, error_code& ec) {
    keep(std_view(body), ec);
    return body.size();
}

answer_parser::answer_parser(std::size_t kept) : kept_(kept) {
    reset();
}

answer_parser::answer_parser(body_sink sink, std::uint64_t most_body)
    : kept_(0), sink_(std::move(sink)), most_body_(most_body) {
    reset();
}

void answer_parser::reset() {
    parts_.clear();
    parser_.emplace(parts_, kept_, sink_, most_body_);
    informational_ = 0;
    began_ = false;
    keep_alive_ = false;
}

answer_parser::state answer_parser::put(std::string_view bytes, std::size_t& used) {
    used = 0;
    if (!bytes.empty()) began_ = true;
    while (used < bytes.size()) {
        boost::system::error_code ec;
        auto const n =
            parser_->put(boost::asio::const_buffer(bytes.data() + used, bytes.size() - used), ec);
        used += n;
        if (ec == http::error::need_more) return state::more;
        if (ec) return state_of(ec);
        if (parser_->is_done()) {
            if (auto const s = finished(); s != state::more) return s;
        } else if (n == 0) {
            return state::more;
        }
    }
    return state::more;
}

answer_parser::state answer_parser::finished() {
    constexpr int most_informational = 16;
    if (parts_.status >= 100 && parts_.status < 200) {
        if (parts_.status == 101 || ++informational_ > most_informational) return state::malformed;
        parts_.clear();
        parser_.emplace(parts_, kept_, sink_, most_body_);
        return state::more;
    }
    keep_alive_ = parser_->keep_alive() && !parts_.by_close;
    return state::complete;
}

answer_parser::state answer_parser::put_end() {
    if (!began_ || !parser_->is_header_done()) return state::malformed;
    boost::system::error_code ec;
    parser_->put_eof(ec);
    if (ec) return state::malformed;
    parts_.by_close = true;
    return finished();
}

api::answer_view answer_parser::answer() const noexcept {
    api::answer_view out;
    out.status = parts_.status;
    out.content_type = parts_.content_type;
    out.location = parts_.location;
    out.retry_after = parts_.retry_after;
    out.limit = parts_.limit;
    out.remaining = parts_.remaining;
    out.reset = parts_.reset;
    out.body = parts_.body;
    out.body_size = parts_.body_size;
    out.ended_by_close = parts_.by_close;
    return out;
}

}  // namespace setclick::net
