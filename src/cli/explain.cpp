#include "explain.hpp"

#include "setclickd/base/error.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/telemetry/messages.hpp"

namespace setclick::cli {
namespace {

void list_all(console const& io) {
    for (auto const& m : telemetry::messages())
        io.out << m.key << std::string(m.key.size() < 28 ? 28 - m.key.size() : 1, ' ')
               << telemetry::name_of(m.severity) << "  " << m.text << "\n";
}

}  // namespace

int explain(std::vector<std::string> const& keys, console const& io) {
    if (keys.empty()) list_all(io);
    auto code = exit_code::done;
    for (auto const& key : keys) {
        std::string_view wanted = key;
        // As it stands in the log.
        if (wanted.starts_with("event=")) wanted.remove_prefix(6);
        if (auto const* const found = telemetry::message_with_key(wanted)) {
            io.out << (&key == &keys.front() ? "" : "\n") << telemetry::explanation(*found);
            continue;
        }
        io.complain(fail(errc::usage, "no message of the log has the key '" + printable(key) +
                                          "'; `setclickd explain` lists all of them"));
        code = exit_code::usage;
    }
    return static_cast<int>(code);
}

}  // namespace setclick::cli
