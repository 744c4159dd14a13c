#include "follow_words.hpp"

#include <string>

#include "stop_signal.hpp"

namespace setclick::cli {

operations::follow_hooks told_while_waiting(console const& io) {
    operations::follow_hooks out;
    out.waits = [&io](std::string const& what) { io.err << "setclickd: " << what << std::endl; };
    out.stop = []() -> std::atomic<bool> const& { return stop_on_signal(); };
    return out;
}

}  // namespace setclick::cli
