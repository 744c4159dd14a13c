// One HTTP/1.x answer, read piece by piece into memory that is used again for the next one.
//
// Built on Beast's parser. Keeps what the verdict needs: the status, a handful of headers and the
// body's first 2 KiB, decoded (gzip, deflate, br; also a gzip that no field announces); everything
// is bounded: 16 KiB of header, `body_limit` of body. Passes over
// 1xx answers (at most 16; 101 is malformed, RFC 9110 section 15.2): Beast alone would hand the
// first of them out as the answer.
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "setclickd/api/verdict.hpp"

namespace setclick::net {

class answer_parser {
public:
    static constexpr std::size_t kept_body = 2048;
    static constexpr std::uint32_t header_limit = 16U << 10;
    static constexpr std::uint64_t body_limit = std::uint64_t{1} << 20;

    enum class state { more, complete, malformed, oversized };

    /// `kept`: bytes of the body to keep.
    explicit answer_parser(std::size_t kept = kept_body);

    /// Gets each piece of the body as it arrives, still encoded; false ends the answer as
    /// malformed.
    using body_sink = std::function<bool(std::string_view)>;
    /// For an answer that is to be had whole: at most `most_body` bytes of it, to the sink.
    answer_parser(body_sink sink, std::uint64_t most_body);

    /// Forgets the last answer.
    void reset();
    /// Reads from `bytes`; `used` tells how many were taken (the rest belongs to nobody once
    /// complete).
    state put(std::string_view bytes, std::size_t& used);
    /// The server closed: an answer without a length ends here.
    state put_end();

    bool began() const noexcept { return began_; }
    /// After `complete`: valid until the next reset.
    api::answer_view answer() const noexcept;
    /// False also after a status that another connection may answer otherwise (421, 408, 52x …).
    bool keep_alive() const noexcept { return keep_alive_; }
    /// Known once the body begins.
    std::string_view content_encoding() const noexcept { return parts_.content_encoding; }
    /// As it stood; kept with a body_sink only, since a verdict has no use for it.
    std::string_view date() const noexcept { return parts_.date; }

private:
    class parser;
    struct parts {
        int status = 0;
        std::string content_type, location, retry_after, limit, remaining, reset, body;
        std::string rate_limit, rate_policy, wall;
        std::string content_encoding;
        std::string date;  ///< of an answer that is had whole only
        std::uint64_t body_size = 0;
        bool by_close = false;
        bool http_1_0 = false;
        void clear();
    };
    class parser final : public boost::beast::http::basic_parser<false> {
    public:
        parser(parts& out, std::size_t kept, body_sink const& sink, std::uint64_t most_body);

    private:
        using view = boost::beast::string_view;
        using error_code = boost::beast::error_code;
        void on_request_impl(boost::beast::http::verb, view, view, int, error_code&) override {}
        void on_response_impl(int code, view reason, int version, error_code& ec) override;
        void on_field_impl(boost::beast::http::field name, view text, view value,
                           error_code& ec) override;
        void on_header_impl(error_code&) override {}
        void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
        std::size_t on_body_impl(view body, error_code& ec) override;
        void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
        std::size_t on_chunk_body_impl(std::uint64_t, view body, error_code& ec) override;
        void on_finish_impl(error_code&) override {}
        void keep(std::string_view body, error_code& ec);

        parts& out_;
        body_sink const& sink_;
        std::size_t kept_;
    };

    state finished();
    void undo_coding();

    std::size_t kept_;
    parts parts_;
    body_sink sink_;
    std::uint64_t most_body_ = body_limit;
    std::optional<parser> parser_;
    int informational_ = 0;
    bool began_ = false;
    bool keep_alive_ = false;
};

}  // namespace setclick::net
