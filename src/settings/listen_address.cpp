#include "setclickd/settings/listen_address.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/url/ipv4_address.hpp>
#include <boost/url/ipv6_address.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "setclickd/base/ascii.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::settings {
namespace {

constexpr std::string_view unix_scheme = "unix:";
/// What sockaddr_un has room for.
constexpr std::size_t longest_path = 107;

error not_understood() {
    return fail(errc::config,
                "must be \"ADDRESS:PORT\" (such as \"127.0.0.1:9464\", \"[::1]:9464\", or "
                "\"0.0.0.0:9464\" for every address of the machine), \"unix:/PATH\", or \"\" for "
                "none");
}

result<listen_address> parse_path(std::string_view path) {
    if (!path.starts_with('/') || path.ends_with('/') || path.find('\0') != std::string_view::npos)
        return fail(errc::config,
                    "must name a whole path after unix:, such as "
                    "\"unix:/run/setclickd/web.sock\"");
    if (path.size() > longest_path)
        return fail(
            errc::config,
            fmt::format("{} is {} bytes long, but a socket's path may have {}; set a shorter one",
                        printable(path), path.size(), longest_path));
    listen_address out;
    out.what = listen_address::kind::unix_socket;
    out.path = path;
    return out;
}

bool is_name(std::string_view host) {
    return std::all_of(host.begin(), host.end(), [](char c) {
        return is_letter(c) || is_digit(c) || c == '-' || c == '.' || c == '_';
    });
}

}  // namespace

result<listen_address> parse_listen(std::string_view text) {
    if (text.empty()) return listen_address{};
    if (text.starts_with(unix_scheme)) return parse_path(text.substr(unix_scheme.size()));
    auto const whole = "tcp://" + std::string(text);  // the view refers to it
    auto const url = boost::urls::parse_uri(whole);
    if (url.has_error() || url->host().empty() || url->has_userinfo() || !url->has_port() ||
        url->port_number() == 0 || !url->encoded_path().empty() || url->has_query() ||
        url->has_fragment())
        return not_understood();
    listen_address out;
    out.what = listen_address::kind::tcp;
    out.host = url->host_address();
    out.port = url->port_number();
    if (url->host_type() != boost::urls::host_type::ipv6 && !is_name(out.host))
        return not_understood();
    return out;
}

bool is_of_this_machine(listen_address const& at) {
    if (at.what != listen_address::kind::tcp) return true;
    if (auto const v4 = boost::urls::parse_ipv4_address(at.host)) return v4->is_loopback();
    if (auto const v6 = boost::urls::parse_ipv6_address(at.host)) return v6->is_loopback();
    return at.host == "localhost";
}

}  // namespace setclick::settings
