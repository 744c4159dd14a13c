#include "gate_access.hpp"

#include <utility>

#include "setclickd/base/text.hpp"
#include "setclickd/operations/command_executor.hpp"

namespace setclick::cli {
namespace {

constexpr milliseconds worth_a_line{1000};

}  // namespace

readback::open_access_fn access_to_gates(settings::settings const& s) {
    return [&s]() -> result<std::unique_ptr<readback::report_access>> {
        auto found = operations::find_executor_for_reading(s);
        if (!found) return found.error();
        return std::unique_ptr<readback::report_access>(std::move(*found));
    };
}

readback::on_wait_fn reported_waits(console const& io) {
    return [&io](std::string const& account, milliseconds wait) {
        if (wait < worth_a_line) return;
        io.err << "setclickd: the rate of account " << printable(account)
               << " allows the next call in " << duration_text(wait) << std::endl;
    };
}

}  // namespace setclick::cli
