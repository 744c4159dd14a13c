#include "fingerprint.hpp"

#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>

namespace setclick::intake {

struct running_sum::state {
    XXH3_state_t xxh;
};

std::int64_t modified_ns(struct stat const& seen) noexcept {
    return std::int64_t{seen.st_mtim.tv_sec} * 1'000'000'000 + seen.st_mtim.tv_nsec;
}

running_sum::running_sum() noexcept = default;
running_sum::running_sum(running_sum&&) noexcept = default;
running_sum& running_sum::operator=(running_sum&&) noexcept = default;
running_sum::~running_sum() = default;

void running_sum::add(std::uint64_t offset, std::string_view bytes, bool is_last) {
    bool const begins = offset == 0;
    bool const follows = is_known_ && state_ && offset == end_;
    is_known_ = begins || follows;
    if (!is_known_) return state_.reset();
    end_ = offset + bytes.size();
    if (begins && is_last) {
        state_.reset();
        only_ = XXH3_64bits(bytes.data(), bytes.size());
        return;
    }
    if (begins) {
        if (!state_) state_ = std::make_unique<state>();
        XXH3_64bits_reset(&state_->xxh);
    }
    XXH3_64bits_update(&state_->xxh, bytes.data(), bytes.size());
}

std::optional<std::uint64_t> running_sum::up_to(std::uint64_t end) const {
    if (!is_known_ || end != end_) return std::nullopt;
    return state_ ? XXH3_64bits_digest(&state_->xxh) : only_;
}

sum_pass::sum_pass(int fd, std::uint64_t size)
    : fd_(fd), size_(size), buffer_(std::make_unique<char[]>(piece)) {
    if (size == 0) sum_.add(0, {}, true);
}

bool sum_pass::turn() {
    if (at_ >= size_) return false;
    auto const wanted = static_cast<std::size_t>(std::min<std::uint64_t>(piece, size_ - at_));
    auto const got = ::pread(fd_, buffer_.get(), wanted, static_cast<off_t>(at_));
    if (got <= 0) return false;
    auto const bytes = std::string_view(buffer_.get(), static_cast<std::size_t>(got));
    sum_.add(at_, bytes, bytes.size() == size_);
    at_ += bytes.size();
    return at_ < size_;
}

std::optional<std::uint64_t> sum_of(int fd, std::uint64_t size) {
    sum_pass pass(fd, size);
    while (pass.turn()) {
    }
    return pass.sum();
}

}  // namespace setclick::intake
