// Closes a connection's socket at a deadline; the operation under way then ends with
// `operation_aborted`.
#pragma once

#include "dial.hpp"
#include "open.hpp"

namespace setclick::net {

class deadline {
public:
    deadline(tls_stream& stream, milliseconds after)
        : state_(std::make_shared<shared>(stream.get_executor())) {
        state_->stream = &stream;
        state_->timer.expires_after(after);
        state_->timer.async_wait([state = state_](boost::system::error_code ec) {
            if (ec || state->stream == nullptr) return;
            state->expired = true;
            boost::system::error_code ignored;
            state->stream->lowest_layer().close(ignored);
        });
    }
    ~deadline() {
        state_->stream = nullptr;
        state_->timer.cancel();
    }
    deadline(deadline const&) = delete;
    deadline& operator=(deadline const&) = delete;
    bool expired() const noexcept { return state_->expired; }

private:
    struct shared {
        explicit shared(dial::executor const& ex) : timer(ex) {}
        dial::timer timer;
        tls_stream* stream = nullptr;
        bool expired = false;
    };
    std::shared_ptr<shared> state_;
};

}  // namespace setclick::net
