// How far an account has got with a new credential, after a 401.
//
// The first 401 asks for a new one, and nothing is sent until it has come or a limit has passed.
// A 401 after that is final: the account parks (`account_control` does). Promises: one question
// for each good credential, however many attempts were on the wire together; an answer to a call
// that was made with an older credential counts against nobody. Never: reads a credential, waits.
#pragma once

#include <cstdint>

#include "setclickd/base/time.hpp"

namespace setclick::delivery {

class credential_renewal {
public:
    /// A new one was asked for and has not come yet.
    bool is_awaited() const noexcept {
        return state_ == state::asked || state_ == state::asked_well;
    }
    /// When attempts go on without it.
    steady_time awaited_until() const noexcept { return until_; }
    /// Whether an answer to a call begun then is about the present credential.
    bool is_about_present(steady_time begun) const noexcept { return begun >= present_since_; }

    /// A 401 about the present credential, and none is awaited. True: a new one is to be asked for,
    /// and is awaited until `until`. False: this was the new one.
    bool ask(steady_time until) noexcept;
    /// A 401 to a probe of a parked account; `parked_for_it`: with the reason *unauthorised*. True:
    /// a new one is to be asked for. A login that failed for want of a server may succeed by now;
    /// but when it did and this probe was made with its token, the next probe asks, not this one.
    bool ask_again(bool parked_for_it) noexcept;
    /// An answer to a call with the present credential that accepts it.
    void accepted() noexcept { state_ = is_awaited() ? state::asked_well : state::none; }
    /// What was awaited did not come: the next 401 is final.
    void stop_waiting() noexcept;
    /// A new one is there because it was asked for.
    void renewed(steady_time now) noexcept;
    /// A new one is there because somebody wrote it.
    void replaced(steady_time now) noexcept;
    /// The account was parked.
    void parked() noexcept;
    /// A person ends the park: the next 401 may ask again.
    void resumed() noexcept { state_ = state::none; }

private:
    enum class state : std::uint8_t {
        none,
        asked,       ///< it is waited for, until `until_`
        asked_well,  ///< the same, and the old one was accepted meanwhile
        tried,       ///< there was one, and no good answer since: the next 401 parks
    };

    state state_ = state::none;
    bool probe_asked_ = false;  ///< the last probe asked for a credential
    steady_time until_{};
    steady_time present_since_ = steady_time::min();
};

}  // namespace setclick::delivery
