#include "setclickd/base/checksum.hpp"

#define XXH_STATIC_LINKING_ONLY  // the size of its state
// On x86 the library takes the widest registers that the machine has, which its plain names do not.
#ifdef __x86_64__
#include <xxh_x86dispatch.h>
#else
#include <xxhash.h>
#endif

namespace setclick {

std::uint64_t checksum(std::string_view bytes, std::uint64_t seed) noexcept {
    return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

struct gradual_checksum::state {
    XXH3_state_t xxh;
};

gradual_checksum::gradual_checksum() : state_(std::make_unique<state>()) {
    begin();
}
gradual_checksum::~gradual_checksum() = default;

void gradual_checksum::begin() noexcept {
    XXH3_64bits_reset(&state_->xxh);
}
void gradual_checksum::add(std::string_view bytes) noexcept {
    XXH3_64bits_update(&state_->xxh, bytes.data(), bytes.size());
}
std::uint64_t gradual_checksum::value() const noexcept {
    return XXH3_64bits_digest(&state_->xxh);
}

}  // namespace setclick
