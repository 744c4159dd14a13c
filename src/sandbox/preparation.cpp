#include "preparation.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "setclickd/base/text.hpp"

namespace setclick::sandbox {
namespace {

namespace asio = boost::asio;

result<std::string> read_file(std::string const& path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) return errno_error(errno, "open", path);
    return std::string(std::istreambuf_iterator<char>(in), {});
}

}  // namespace

result<asio::ip::tcp::endpoint> parse_listen(std::string const& text) {
    auto const bad = [&] {
        return fail(errc::usage,
                    fmt::format("--listen: \"{}\" is not an address and a port, such as "
                                "127.0.0.1:8443 or [::1]:0",
                                printable(text)));
    };
    auto const colon = text.rfind(':');
    if (colon == std::string::npos) return bad();
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (host == "localhost") host = "127.0.0.1";
    if (host.empty()) host = "0.0.0.0";
    std::uint16_t port = 0;
    auto const* const last = text.data() + text.size();
    auto const [end, ec] = std::from_chars(text.data() + colon + 1, last, port);
    boost::system::error_code address_ec;
    auto const address = asio::ip::make_address(host, address_ec);
    if (ec != std::errc{} || end != last || address_ec) return bad();
    return asio::ip::tcp::endpoint{address, port};
}

result<std::string> read_token_files(std::vector<std::string> const& paths) {
    std::string all;
    for (auto const& path : paths) {
        auto content = read_file(path);
        if (!content) return content.error();
        all += *content;
        all += '\n';
    }
    return all;
}

result<credentials> make_credentials(options const& o) {
    credentials callers(o.login);
    for (auto const& token : o.tokens)
        callers.add_token(token);
    for (auto const& login : o.logins)
        if (auto const done = callers.add_login(login); !done) return done.error();
    if (!o.token_files.empty()) {
        auto const content = read_token_files(o.token_files);
        if (!content) return content.error();
        callers.replace_file_tokens(*content);
    }
    return callers;
}

result<void> complete_paths(options& o) {
    std::error_code ec;
    std::filesystem::create_directories(o.dir, ec);
    if (ec) return fail(errc::io, "cannot make the directory " + o.dir + ": " + ec.message());
    o.dir = std::filesystem::canonical(o.dir, ec).string();
    if (ec) return fail(errc::io, "cannot use the directory: " + ec.message());
    auto const complete = [&](std::string& path, char const* usual) {
        if (path == "none")
            path.clear();
        else if (path.empty())
            path = *usual == '\0' ? "" : o.dir + "/" + usual;
        else
            path = std::filesystem::absolute(path).lexically_normal().string();
    };
    complete(o.record, "record.ndjson");
    complete(o.book, "book.ndjson");
    complete(o.record_raw, "");
    return {};
}

}  // namespace setclick::sandbox
