// Who waits for which reload: one at a time, and whoever asks while one runs gets another one after
// it, since what was written after the first had read must be read, too. Pure: no clock, no file.
//
//     idle ──ask──> reading ──> numbering ──> applied ──> stopping_intake ──┐
//      ^               │            │            │                        │
//      └───────────────┴────────────┴── finish ──┴────────────────────────┘
//
// `Waiter` is whoever is answered: the daemon's are clients of the control socket.
#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace setclick::daemon {

enum class reload_stage : std::uint8_t {
    idle,
    reading,          ///< the configuration's files; the old settings are in effect
    numbering,        ///< the ledger gives new accounts their numbers; the old settings still are
    applied,          ///< the new settings are in effect
    stopping_intake,  ///< and the intake starts again with them
};

template <class Waiter>
class reload_turns {
public:
    /// Somebody asks (without a waiter: SIGHUP). True: begin one; false: it comes after this one.
    bool ask(std::optional<Waiter> who) {
        auto const queue = is_idle() ? &now_ : &next_;
        if (who) queue->push_back(std::move(*who));
        if (!is_idle()) {
            again_ = true;
            return false;
        }
        stage_ = reload_stage::reading;
        return true;
    }
    /// One stage later: never back, never from idle.
    void enter(reload_stage next) {
        assert(!is_idle() && next > stage_);
        stage_ = next;
    }
    /// This reload is over: these are to be answered. Then `begin_next`.
    std::vector<Waiter> finish() {
        stage_ = reload_stage::idle;
        return std::exchange(now_, {});
    }
    /// True: somebody asked meanwhile, and another reload begins.
    bool begin_next() {
        assert(is_idle());
        if (!std::exchange(again_, false)) return false;
        now_ = std::exchange(next_, {});
        stage_ = reload_stage::reading;
        return true;
    }
    /// The daemon ends: nobody's reload will be completed. The stage stays, so that none begins.
    std::vector<Waiter> cancel() {
        auto out = std::exchange(now_, {});
        for (auto& w : std::exchange(next_, {}))
            out.push_back(std::move(w));
        again_ = false;
        return out;
    }

    reload_stage stage() const noexcept { return stage_; }
    bool is_idle() const noexcept { return stage_ == reload_stage::idle; }

private:
    reload_stage stage_ = reload_stage::idle;
    bool again_ = false;       // somebody asked while one was under way
    std::vector<Waiter> now_;  // who waits for this one, and for the next
    std::vector<Waiter> next_;
};

}  // namespace setclick::daemon
