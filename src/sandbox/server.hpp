// The whole sandbox: opens its files, listens, serves until it is stopped.
//
// Promises: once `open` has returned it answers on `port()`; what was noted is in the files at most
// 100 ms later, and all of it when `run` returns. `stop` may be called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "certificate.hpp"
#include "service.hpp"
#include "setclickd/base/error.hpp"

namespace setclick::sandbox {

struct options {
    std::string listen = "127.0.0.1:8443";  ///< address:port; port 0 is any free one
    std::string dir = "setclick-sandbox.state";
    std::string certificate, key;    ///< given ones, both or none
    std::vector<std::string> names;  ///< further names of the own certificate
    std::string record, book;        ///< "": in dir; "none": none
    std::string record_raw;          ///< "": none
    std::vector<std::string> tokens, token_files, logins;
    login_settings login;
    service_settings service;
    int threads = 1;
};

class server {
public:
    static result<std::unique_ptr<server>> open(options o);
    ~server();

    std::uint16_t port() const noexcept;
    /// "listening https://127.0.0.1:8443/api ca=… record=… book=…"
    std::string ready_line() const;
    /// The table of setclickd.toml with which setclickd delivers to it.
    std::string configuration() const;
    certificate_paths const& certificate() const noexcept;

    /// SIGTERM and SIGINT stop, SIGUSR1 flushes, SIGHUP reads the token files again. Call before
    /// `run`.
    void handle_signals();
    /// Until stopped; the error is a file that could not be written.
    result<void> run();
    void stop();

private:
    std::string base_url() const;

    struct state;
    explicit server(std::unique_ptr<state> s);
    std::unique_ptr<state> state_;
};

}  // namespace setclick::sandbox
