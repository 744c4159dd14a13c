// A coroutine that is the whole life of its owner, and the one place where it waits.
//
// Asio's `awaitable` takes a frame for each operation that is awaited; here an operation calls a handler in memory of its owner
// (`operation`), which wakes the loop. So a wait costs neither an allocation nor a frame, however often it is passed.
//
// All of it on one thread: the owner's io_context. Never resumed from inside itself: whoever changes what it waits for while it
// runs is seen at its next wait.
#pragma once

#include <coroutine>
#include <utility>

namespace setclick::net {

/// Owns the frame. To be destroyed only while the loop waits, or after its end.
class loop {
public:
    struct promise_type {
        loop get_return_object() {
            return loop(std::coroutine_handle<promise_type>::from_promise(*this));
        }
        std::suspend_always initial_suspend() noexcept { return {}; }
        std::suspend_always final_suspend() noexcept { return {}; }
        void return_void() noexcept {}
        /// As from a handler: out of `io_context::run`.
        void unhandled_exception() { throw; }
    };

    loop() = default;
    loop(loop&& other) noexcept : handle_(std::exchange(other.handle_, {})) {}
    loop& operator=(loop&& other) noexcept {
        std::swap(handle_, other.handle_);
        return *this;
    }
    ~loop() {
        if (handle_) handle_.destroy();
    }

    /// Runs it to its first wait.
    void start() { handle_.resume(); }
    bool is_over() const noexcept { return handle_ && handle_.done(); }

private:
    explicit loop(std::coroutine_handle<promise_type> handle) noexcept : handle_(handle) {}
    std::coroutine_handle<promise_type> handle_;
};

/// Where the loop of an `Owner` waits until something is true of it.
template <class Owner>
class wait_point {
public:
    using condition = bool (Owner::*)() const;

    explicit wait_point(Owner const& owner) noexcept : owner_(owner) {}
    wait_point(wait_point const&) = delete;
    wait_point& operator=(wait_point const&) = delete;

    struct awaiter {
        wait_point& at;
        condition is_true;
        bool await_ready() const { return (at.owner_.*is_true)(); }
        void await_suspend(std::coroutine_handle<> waiting) const noexcept {
            at.waiting_ = waiting;
            at.is_true_ = is_true;
        }
        void await_resume() const noexcept {}
    };
    awaiter until(condition is_true) noexcept { return {*this, is_true}; }

    /// To be called after each change of what may be waited for. The owner may be changed beyond recognition when it returns.
    void wake() {
        if (waiting_ && (owner_.*is_true_)()) std::exchange(waiting_, {}).resume();
    }

private:
    Owner const& owner_;
    std::coroutine_handle<> waiting_;
    condition is_true_ = nullptr;
};

}  // namespace setclick::net
