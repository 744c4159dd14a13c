// One HTTP request as it came in, in memory that is used again for the next one.
#pragma once

#include <boost/beast/http/basic_parser.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace setclick::sandbox {

class request {
public:
    struct field {
        std::string_view name;
        std::string_view value;
    };

    std::string method;
    std::string target;
    std::string body;
    std::string raw;  ///< every byte of it, when wanted
    bool keep_alive = true;
    bool expects_continue = false;
    bool has_head = false;
    bool is_complete = false;

    void clear() noexcept;
    void add_field(std::string_view name, std::string_view value);
    std::size_t field_count() const noexcept { return places_.size(); }
    field field_at(std::size_t index) const noexcept;
    /// The first header of that name; "" when there is none.
    std::string_view header(std::string_view name) const noexcept;

    /// Without the query.
    std::string_view path() const noexcept;
    std::string_view query() const noexcept;

private:
    struct place {
        std::uint32_t name_at, name_size, value_at, value_size;
    };
    std::string text_;  // names and values; places, not views, because it grows
    std::vector<place> places_;
};

/// Beast's parser, writing into a `request` without a node and an allocation for each header.
/// One object parses one request.
class request_parser final : public boost::beast::http::basic_parser<true> {
public:
    explicit request_parser(request& out);

private:
    using error_code = boost::beast::error_code;
    using view = boost::beast::string_view;

    void on_request_impl(boost::beast::http::verb, view method, view target, int version,
                         error_code&) override;
    void on_response_impl(int, view, int, error_code&) override {}
    void on_field_impl(boost::beast::http::field, view name, view value, error_code&) override;
    void on_header_impl(error_code&) override;
    void on_body_init_impl(boost::optional<std::uint64_t> const&, error_code&) override {}
    std::size_t on_body_impl(view body, error_code&) override;
    void on_chunk_header_impl(std::uint64_t, view, error_code&) override {}
    std::size_t on_chunk_body_impl(std::uint64_t, view body, error_code&) override;
    void on_finish_impl(error_code&) override;

    request& out_;
};

}  // namespace setclick::sandbox
