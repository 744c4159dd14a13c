// Memory for the operations of one connection: at any time one read and one write are under way, so
// two blocks that are used again and again replace an allocation for each operation.
#pragma once

#include <array>
#include <cstddef>
#include <new>

namespace setclick::net {

class handler_block {
public:
    handler_block() = default;
    handler_block(handler_block const&) = delete;
    handler_block& operator=(handler_block const&) = delete;

    void* take(std::size_t size) {
        if (size <= storage_.size() && !taken_) {
            taken_ = true;
            return storage_.data();
        }
        return ::operator new(size);
    }
    void give(void* p) noexcept {
        if (p == storage_.data())
            taken_ = false;
        else
            ::operator delete(p);
    }

private:
    alignas(std::max_align_t) std::array<std::byte, 512> storage_;
    bool taken_ = false;
};

template <class T>
class block_allocator {
public:
    using value_type = T;

    explicit block_allocator(handler_block& block) noexcept : block_(&block) {}
    template <class U>
    block_allocator(block_allocator<U> const& other) noexcept : block_(other.block_) {}

    T* allocate(std::size_t n) { return static_cast<T*>(block_->take(n * sizeof(T))); }
    void deallocate(T* p, std::size_t) noexcept { block_->give(p); }

    template <class U>
    bool operator==(block_allocator<U> const& other) const noexcept {
        return block_ == other.block_;
    }

private:
    template <class>
    friend class block_allocator;
    handler_block* block_;
};

}  // namespace setclick::net
