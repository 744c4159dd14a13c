// A value that must not be shown: prints as *** wherever it is printed, is compared and moved like
// its content.
#pragma once

#include <ostream>
#include <utility>

namespace setclick {

template <class T>
class secret {
public:
    secret() = default;
    explicit secret(T value) : value_(std::move(value)) {}

    /// The content; each call is a place to look at when asking where a secret may leak.
    T const& reveal() const noexcept { return value_; }

    friend bool operator==(secret const&, secret const&) = default;
    friend std::ostream& operator<<(std::ostream& out, secret const&) { return out << "***"; }

private:
    T value_{};
};

}  // namespace setclick
