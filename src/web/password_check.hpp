// Whether a request has the right password (HTTP basic authentication), and how long a guesser waits to hear that it was
// wrong. Pure: `now` is an argument.
//
// Promises: the comparison takes as long for a password that is nearly right as for any other; the right one is let in at
// once, also where others guess from the same address (a proxy, a neighbour on this machine), so that nobody can lock the
// owner out. Any user name is right.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "request_head.hpp"
#include "setclickd/base/secret.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::web {

enum class password_verdict : std::uint8_t {
    right,
    none_given,
    wrong,
    wrong_again,  ///< one of many: the answer is held back for `guesser_waits`
};

class password_check {
public:
    explicit password_check(secret<std::string> password) : password_(std::move(password)) {}

    /// `authorization`: the value of each field of this name.
    password_verdict verdict(client const& who, std::span<std::string_view const> authorization,
                             steady_time now);

    static constexpr double wrong_at_once = 5;
    static constexpr double wrong_a_second = 0.2;
    static constexpr milliseconds guesser_waits{1500};
    /// What is shorter can be guessed all the same.
    static constexpr std::size_t shortest = 12;

private:
    struct guesses {
        double left = wrong_at_once;
        steady_time at{};
    };
    /// Its allowance as of now.
    guesses& of(std::string_view name, steady_time now);

    static constexpr std::size_t most_clients = 1000;

    secret<std::string> password_;
    std::map<std::string, guesses, std::less<>> clients_;  // who has guessed wrong
};

/// What comes after "Basic ", taken apart: USER:PASSWORD → PASSWORD. Nothing for another scheme, or for what cannot be read.
std::optional<secret<std::string>> password_of(std::string_view authorization);

}  // namespace setclick::web
