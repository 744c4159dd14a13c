// A file of its own, so that the compiler does not see through the pairs of new and delete.
#include "allocations.hpp"

#include <cstdlib>
#include <new>

namespace {
std::size_t allocations = 0;
}

void* operator new(std::size_t size) {
    ++allocations;
    if (auto* p = std::malloc(size)) return p;
    throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
    std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
    std::free(p);
}

namespace setclick::delivery {

std::size_t allocations_so_far() noexcept {
    return allocations;
}

}  // namespace setclick::delivery
