#include "answer_parser.hpp"

#include <boost/beast/http/error.hpp>

#include "decode.hpp"
#include "setclickd/api/answers.hpp"

namespace setclick::net {
namespace http = boost::beast::http;

namespace {

std::string_view std_view(boost::beast::string_view v) noexcept {
    return {v.data(), v.size()};
}

bool equal_nocase(std::string_view a, std::string_view b) noexcept {
    return boost::beast::iequals({a.data(), a.size()}, {b.data(), b.size()});
}

/// A field that is sent again adds a line; who reads it takes the more careful one. Bounded by the
/// header's limit.
void add_line(std::string& lines, std::string_view value) {
    if (!lines.empty()) lines += '\n';
    lines += value;
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
                       &rate_limit, &rate_policy, &wall, &content_encoding, &date})
        text->clear();
    body_size = 0;
    by_close = false;
    http_1_0 = false;
}

answer_parser::parser::parser(parts& out, std::size_t kept, body_sink const& sink,
                              std::uint64_t most_body)
    : out_(out), sink_(sink), kept_(kept) {
    eager(true);
    header_limit(answer_parser::header_limit);
    body_limit(most_body);
}

void answer_parser::parser::on_response_impl(int code, view, int version, error_code&) {
    out_.status = code;
    out_.http_1_0 = version < 11;
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
            add_line(out_.retry_after, v);
            return;
        case http::field::content_encoding:
            // Several fields mean several codings, as one with commas does.
            out_.content_encoding += out_.content_encoding.empty() ? "" : ", ";
            out_.content_encoding += v;
            return;
        case http::field::date:
            if (sink_) out_.date = v;
            return;
        case http::field::unknown:
            break;
        default:
            return;
    }
    auto const n = std_view(text);
    struct named {
        std::string_view name;
        std::string& value;
    };
    // The drafts up to 6 had three fields without the X.
    for (auto const& f :
         {named{"X-RateLimit-Limit", out_.limit}, named{"X-RateLimit-Remaining", out_.remaining},
          named{"X-RateLimit-Reset", out_.reset}, named{"RateLimit-Limit", out_.limit},
          named{"RateLimit-Remaining", out_.remaining}, named{"RateLimit-Reset", out_.reset},
          named{"RateLimit", out_.rate_limit}, named{"RateLimit-Policy", out_.rate_policy}})
        if (equal_nocase(n, f.name)) return add_line(f.value, v);
    // Bot walls mark what they answer in the server's stead.
    for (auto const* mark : {"cf-mitigated", "x-amzn-waf-action", "x-vercel-mitigated"})
        if (equal_nocase(n, mark)) out_.wall = std::string(mark) + ": " + std::string(v);
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
    keep_alive_ = parser_->keep_alive() && !parts_.by_close &&
                  api::row_of(parts_.status).connection == api::connection_use::keep;
    undo_coding();
    return state::complete;
}

// Servers encode what nobody asked to be encoded, and some do not even say so. What cannot be
// decoded stays as it came: the verdict then cannot read it.
void answer_parser::undo_coding() {
    constexpr std::string_view gzip_begins = "\x1F\x8B";
    constexpr std::size_t most = std::size_t{64} << 10;
    if (sink_ || parts_.body.empty()) return;
    auto how = coding_named(parts_.content_encoding);
    if (how == coding::identity && parts_.body.starts_with(gzip_begins)) how = coding::gzip;
    if (!how || *how == coding::identity) return;
    bool const all_kept = parts_.body.size() == parts_.body_size;
    std::string plain;
    decoder undo(*how, most);
    bool const whole =
        undo.put(parts_.body, plain).has_value() && all_kept && undo.finish().has_value();
    if (!whole && plain.empty()) return;
    // A cut body is said to be longer than what is shown of it.
    parts_.body_size = plain.size() + (whole ? 0 : 1);
    parts_.body = plain.substr(0, kept_);
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
    out.rate_limit = parts_.rate_limit;
    out.rate_policy = parts_.rate_policy;
    out.wall = parts_.wall;
    out.http_1_0 = parts_.http_1_0;
    out.body = parts_.body;
    out.body_size = parts_.body_size;
    out.ended_by_close = parts_.by_close;
    return out;
}

}  // namespace setclick::net
