// How often this program has allocated; counted by its own operator new (allocations.cpp).
#pragma once

#include <cstddef>

namespace setclick::delivery {

std::size_t allocations_so_far() noexcept;

}  // namespace setclick::delivery
