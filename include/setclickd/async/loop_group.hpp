// The coroutine loops of one service: started by name, ended one after the other.
//
// Promises: `cancel` ends the loops in the order in which they were started, the next one only when
// the one before it has ended; so what a loop hands to a later one is still taken. `when_ended` is
// called once, when none is left. A loop that ends with anything but a cancellation is reported
// with its name. Never: an orphan: whoever destroys the group has run the io_context until
// `has_ended`, or never runs it again.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace setclick::async {

class loop_group {
public:
    /// `failed`: a loop ended with an exception that is no cancellation.
    using on_failure = std::function<void(std::string_view loop, std::string what)>;

    loop_group(boost::asio::io_context& context, on_failure failed)
        : context_(context), failed_(std::move(failed)) {}
    loop_group(loop_group const&) = delete;
    loop_group& operator=(loop_group const&) = delete;

    /// `name` outlives the group. The loop begins from the event loop, not inside this call.
    void start(char const* name, boost::asio::awaitable<void> loop);
    /// Without effect the second time.
    void cancel();
    bool has_ended() const noexcept { return running_ == 0; }
    /// At once where it has ended already.
    void when_ended(std::function<void()> then);

private:
    struct loop {
        char const* name;
        boost::asio::cancellation_signal signal;
        bool has_begun = false;
        bool is_cancelled = false;
        bool is_running = true;
    };

    static boost::asio::awaitable<void> begin(loop& which, boost::asio::awaitable<void> body);
    void ended(loop& which, std::exception_ptr const& why);
    void cancel_next();

    boost::asio::io_context& context_;
    on_failure failed_;
    std::vector<std::unique_ptr<loop>> loops_;
    std::size_t running_ = 0;
    bool is_cancelled_ = false;
    std::function<void()> then_;
};

}  // namespace setclick::async
