#include "setclickd/net/endpoint.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "setclickd/base/text.hpp"

namespace setclick::net {
namespace {

/// What stands before an `@` may be a password: it is not repeated.
std::string without_credentials(std::string_view url) {
    auto const at = url.rfind('@');
    if (at == std::string_view::npos) return std::string(url);
    auto const scheme = url.find("://");
    auto const begin = scheme == std::string_view::npos || scheme > at ? 0 : scheme + 3;
    return std::string(url.substr(0, begin)) + "***" + std::string(url.substr(at));
}

error bad_url(std::string_view url, std::string_view why) {
    return fail(errc::config, "\"" + printable(without_credentials(url)) +
                                  "\" cannot be used as a URL: " + std::string(why));
}

bool is_port(std::string_view text) {
    std::uint32_t number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    return ec == std::errc() && end == text.data() + text.size() && number >= 1 && number <= 65535;
}

result<endpoint> parse(std::string_view text, std::string_view scheme, std::string_view port) {
    auto const parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (parsed.has_error())
        return bad_url(text, "write " + std::string(scheme) + "://host[:port]/path");
    auto const& url = parsed.value();
    if (url.scheme() != boost::urls::string_view(scheme.data(), scheme.size()))
        return bad_url(text, "it must begin with " + std::string(scheme) + "://");
    if (url.has_userinfo()) return bad_url(text, "credentials do not belong into a URL");
    if (url.has_query() || url.has_fragment())
        return bad_url(text, "no query or fragment is allowed");
    if (url.host_address().empty()) return bad_url(text, "it names no host");
    endpoint out;
    out.host = url.host_address();
    out.host_is_address = url.host_type() != boost::urls::host_type::name;
    out.port = url.has_port() && !url.port().empty() ? std::string(url.port()) : std::string(port);
    if (!is_port(out.port)) return bad_url(text, "the port must be 1 to 65535");
    out.path = std::string(url.encoded_path());
    while (out.path.ends_with('/'))
        out.path.pop_back();
    return out;
}

}  // namespace

std::string endpoint::host_header() const {
    auto out = host.find(':') == std::string::npos ? host : "[" + host + "]";
    if (port != "443") out += ":" + port;
    return out;
}

result<endpoint> parse_endpoint(std::string_view base_url) {
    return parse(base_url, "https", "443");
}

result<endpoint> parse_proxy(std::string_view url) {
    return parse(url, "http", "3128");
}

}  // namespace setclick::net
