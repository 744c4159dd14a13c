// Named values as they come with a request: a form body, a multipart body or the query of a target.
//
// Promises: the order received, repeated names kept, the bytes as they were before encoding. A form
// is made to be reused from request to request: decoding into one that has grown allocates nothing.
// Never: rejects anything. A broken escape stays as it is, as PHP and Python leave it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace setclick::sandbox {

struct parameter {
    std::string_view name;
    std::string_view value;
};

class form {
public:
    form() = default;
    form(form const&) = delete;
    form& operator=(form const&) = delete;

    void clear() noexcept;
    /// `application/x-www-form-urlencoded`: '+' is a space, %XX a byte.
    void decode(std::string_view text);
    /// `multipart/form-data`; only the name and the content of each part are kept.
    void decode_multipart(std::string_view body, std::string_view boundary);

    /// Valid until the next decode or clear.
    std::vector<parameter> const& items() const noexcept { return items_; }
    /// The last one of that name, as PHP takes it.
    std::optional<std::string_view> find(std::string_view name) const noexcept;
    bool has_repeated_name() const noexcept;

private:
    std::string_view unescape(std::string_view raw);

    std::string
        storage_;  // all decoded bytes; reserved before decoding, so that the views stay good
    std::vector<parameter> items_;
};

/// The value of `name` in a header such as `multipart/form-data; boundary="x"`; empty when absent.
std::string_view header_parameter(std::string_view header, std::string_view name) noexcept;

}  // namespace setclick::sandbox
