// How many calls may go again at once after a 421 (the connection leads to the wrong server).
//
// Those that were on the wire together may all have had old connections, and go again at once on
// new ones, each once. Beyond that the new ones are wrong as well: a failure like any other.
#pragma once

namespace setclick::delivery {

class misdirected_retries {
public:
    /// A 421 came; `in_flight`: the calls that are still on the wire. True: it goes again at once.
    bool take(int in_flight) noexcept {
        if (left_ == unknown) left_ = in_flight + 1;
        if (left_ == 0) return false;
        --left_;
        return true;
    }
    /// A good answer, or the end of trouble: the next 421 is the first again.
    void reset() noexcept { left_ = unknown; }

private:
    static constexpr int unknown = -1;  ///< none was met since the last good answer
    int left_ = unknown;
};

}  // namespace setclick::delivery
