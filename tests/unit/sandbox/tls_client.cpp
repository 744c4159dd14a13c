#include "tls_client.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace setclick::sandbox {
namespace {

void set_timeout(int fd, milliseconds limit) {
    timeval const value{limit.count() / 1000, limit.count() % 1000 * 1000};
    ::setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &value, sizeof value);
}

}  // namespace

std::string response::header(std::string const& name) const {
    auto const at = head.find("\r\n" + name + ": ");
    if (at == std::string::npos) return "";
    auto const begin = at + name.size() + 4;
    return head.substr(begin, head.find("\r\n", begin) - begin);
}

tls_client::tls_client(std::uint16_t port, std::string const& ca, SSL_SESSION* session) {
    std::signal(SIGPIPE, SIG_IGN);
    fd_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    set_timeout(fd_, 60s);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        throw std::runtime_error("cannot connect");
    context_ = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(context_, SSL_VERIFY_PEER, nullptr);
    SSL_CTX_load_verify_file(context_, ca.c_str());
    ssl_ = SSL_new(context_);
    SSL_set_hostflags(ssl_, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    SSL_set1_host(ssl_, "localhost");
    SSL_set_fd(ssl_, fd_);
    if (session != nullptr) SSL_set_session(ssl_, session);
    if (SSL_connect(ssl_) != 1) throw std::runtime_error("no TLS");
}

tls_client::~tls_client() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
    ::close(fd_);
}

bool tls_client::send(std::string const& bytes) {
    return SSL_write(ssl_, bytes.data(), static_cast<int>(bytes.size())) ==
           static_cast<int>(bytes.size());
}

bool tls_client::read_more() {
    char piece[16 * 1024];
    ERR_clear_error();
    errno = 0;
    auto const count = SSL_read(ssl_, piece, sizeof piece);
    if (count > 0) {
        buffer_.append(piece, static_cast<std::size_t>(count));
        return true;
    }
    auto const kind = SSL_get_error(ssl_, count);
    if (kind == SSL_ERROR_ZERO_RETURN)
        end_ = end_of_stream::orderly;
    else if (errno == EAGAIN || errno == EWOULDBLOCK)
        end_ = end_of_stream::timeout;
    else
        end_ = end_of_stream::reset;
    return false;
}

response tls_client::read_response() {
    response out;
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos)
        if (!read_more()) return out;
    out.head = buffer_.substr(0, end + 2);
    buffer_.erase(0, end + 4);
    auto const length = out.header("Content-Length");
    auto const size = length.empty() ? 0 : std::stoul(length);
    while (buffer_.size() < size)
        if (!read_more()) return out;
    out.body = buffer_.substr(0, size);
    buffer_.erase(0, size);
    out.status = std::stoi(out.head.substr(9, 3));
    return out;
}

std::string tls_client::read_rest(milliseconds limit) {
    set_timeout(fd_, limit);
    while (read_more()) {
    }
    return std::exchange(buffer_, {});
}

running_sandbox::running_sandbox(options o) {
    o.listen = "127.0.0.1:0";
    o.dir = dir_.path();
    auto opened = server::open(std::move(o));
    if (!opened) throw std::runtime_error(opened.error().message);
    server_ = std::move(*opened);
    thread_ = std::thread([s = server_.get()] { static_cast<void>(s->run()); });
}

running_sandbox::~running_sandbox() {
    stop();
}

void running_sandbox::stop() {
    if (!thread_.joinable()) return;
    server_->stop();
    thread_.join();
}

std::string running_sandbox::stats() const {
    return once(get_request("/_sandbox/stats")).body;
}

int running_sandbox::set_faults(std::string const& json) const {
    return once(post_request("/_sandbox/faults", json)).status;
}

std::string running_sandbox::file(std::string const& name) const {
    std::ifstream in(dir_ / name, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

std::string get_request(std::string const& target, std::string const& headers) {
    return "GET " + target + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token\r\n" +
           headers + "\r\n";
}

std::string post_request(std::string const& target, std::string const& body,
                         std::string const& headers) {
    return "POST " + target +
           " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token\r\n"
           "Content-Type: application/x-www-form-urlencoded\r\nAccept: application/json\r\n" +
           headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string set_click_request(std::string const& more_parameters) {
    return post_request(
        "/api/auth/v1.0/set-click",
        "account_id=60a52f6ac660b269d13c3f53"
        "&url_parameters=%7B%22utm_medium%22%3A%22my-medium-01%22%7D&click_time=1634707888"
        "&settings=%7B%22email%22%3A%22user%40example.com%22%7D" +
            more_parameters);
}

}  // namespace setclick::sandbox
