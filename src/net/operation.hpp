// One asynchronous operation of a loop, such as "read": its handler's memory, whether it is under way, and how it ended.
//
// Begun again and again, one at a time, without an allocation: the handler lies in a block of the operation itself. So the
// operation must outlive what it began.
#pragma once

#include <boost/system/error_code.hpp>

#include <cstddef>
#include <cstdint>

#include "handler_memory.hpp"
#include "loop.hpp"

namespace setclick::net {

template <class Owner>
class operation {
public:
    struct handler {
        using allocator_type = block_allocator<void>;
        operation* self;
        allocator_type get_allocator() const noexcept { return allocator_type(self->block_); }
        void operator()(boost::system::error_code ec, std::size_t bytes) const {
            self->error = ec;
            self->bytes = bytes;
            self->state_ = state::ended;
            self->wakes_.wake();
        }
    };

    explicit operation(wait_point<Owner>& wakes) noexcept : wakes_(wakes) {}

    /// For the initiating function; wakes the loop at the end.
    handler begin() noexcept {
        state_ = state::under_way;
        return handler{this};
    }
    bool is_under_way() const noexcept { return state_ == state::under_way; }
    /// Ended, and not taken yet.
    bool has_ended() const noexcept { return state_ == state::ended; }
    /// True once after each end; `error` and `bytes` say how it ended.
    bool take_end() noexcept {
        if (state_ != state::ended) return false;
        state_ = state::none;
        return true;
    }

    boost::system::error_code error;
    std::size_t bytes = 0;

private:
    enum class state : std::uint8_t { none, under_way, ended };

    wait_point<Owner>& wakes_;
    state state_ = state::none;
    handler_block block_;
};

}  // namespace setclick::net
