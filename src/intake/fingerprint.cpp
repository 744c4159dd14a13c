#include "fingerprint.hpp"

#include <unistd.h>

#include <algorithm>

namespace setclick::intake {

std::int64_t modified_ns(struct stat const& seen) noexcept {
    return std::int64_t{seen.st_mtim.tv_sec} * 1'000'000'000 + seen.st_mtim.tv_nsec;
}

void running_sum::add(std::uint64_t offset, std::string_view bytes, bool is_last) {
    bool const begins = offset == 0;
    bool const follows = is_known_ && parts_ && offset == end_;
    is_known_ = begins || follows;
    if (!is_known_) return parts_.reset();
    end_ = offset + bytes.size();
    if (begins && is_last) {
        parts_.reset();
        only_ = checksum(bytes);
        return;
    }
    if (!parts_)
        parts_ = std::make_unique<gradual_checksum>();
    else if (begins)
        parts_->begin();
    parts_->add(bytes);
}

std::optional<std::uint64_t> running_sum::up_to(std::uint64_t end) const {
    if (!is_known_ || end != end_) return std::nullopt;
    return parts_ ? parts_->value() : only_;
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
    if (size > most_in_one_go) return std::nullopt;
    sum_pass pass(fd, size);
    while (pass.turn()) {
    }
    return pass.sum();
}

}  // namespace setclick::intake
