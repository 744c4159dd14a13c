#include "request.hpp"

#include "setclickd/base/ascii.hpp"

namespace setclick::sandbox {
namespace {

constexpr std::uint32_t largest_head = 64 * 1024;
constexpr std::uint64_t largest_body = 16 * 1024 * 1024;

}  // namespace

void request::clear() noexcept {
    method.clear();
    target.clear();
    body.clear();
    raw.clear();
    keep_alive = true;
    expects_continue = has_head = is_complete = false;
    text_.clear();
    places_.clear();
}

void request::add_field(std::string_view name, std::string_view value) {
    auto const at = static_cast<std::uint32_t>(text_.size());
    text_ += name;
    text_ += value;
    auto const name_size = static_cast<std::uint32_t>(name.size());
    places_.push_back({at, name_size, at + name_size, static_cast<std::uint32_t>(value.size())});
}

request::field request::field_at(std::size_t index) const noexcept {
    auto const& p = places_[index];
    std::string_view const text(text_);
    return {text.substr(p.name_at, p.name_size), text.substr(p.value_at, p.value_size)};
}

std::string_view request::header(std::string_view name) const noexcept {
    for (std::size_t i = 0; i < places_.size(); ++i)
        if (auto const f = field_at(i); equals_ignoring_case(f.name, name)) return f.value;
    return {};
}

std::string_view request::path() const noexcept {
    return std::string_view(target).substr(0, target.find('?'));
}

std::string_view request::query() const noexcept {
    auto const mark = target.find('?');
    return mark == std::string::npos ? std::string_view{}
                                     : std::string_view(target).substr(mark + 1);
}

request_parser::request_parser(request& out) : out_(out) {
    eager(true);
    header_limit(largest_head);
    body_limit(largest_body);
}

void request_parser::on_request_impl(boost::beast::http::verb, view method, view target, int,
                                     error_code&) {
    out_.method.assign(method.data(), method.size());
    out_.target.assign(target.data(), target.size());
}

void request_parser::on_field_impl(boost::beast::http::field, view name, view value, error_code&) {
    out_.add_field({name.data(), name.size()}, {value.data(), value.size()});
}

void request_parser::on_header_impl(error_code&) {
    out_.has_head = true;
    out_.keep_alive = keep_alive();
    out_.expects_continue = equals_ignoring_case(out_.header("Expect"), "100-continue");
}

std::size_t request_parser::on_body_impl(view body, error_code&) {
    out_.body.append(body.data(), body.size());
    return body.size();
}

std::size_t request_parser::on_chunk_body_impl(std::uint64_t, view body, error_code&) {
    out_.body.append(body.data(), body.size());
    return body.size();
}

void request_parser::on_finish_impl(error_code&) {
    out_.is_complete = true;
}

}  // namespace setclick::sandbox
