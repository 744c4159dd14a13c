#include "operate.hpp"

#include <boost/json/serialize.hpp>

#include "configuration.hpp"
#include "confirm.hpp"
#include "follow_words.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/control/messages.hpp"
#include "setclickd/operations/command_executor.hpp"
#include "setclickd/setup/ledger.hpp"

namespace setclick::cli {
namespace {

using ledger::operation_counts;
using ledger::operator_verb;

class operating {
public:
    operating(operate_options const& options, settings::settings const& s, console const& io)
        : options_(options), s_(s), io_(io) {}

    result<int> run() {
        if (!options_.filter.any() && !options_.all)
            return fail(errc::usage,
                        "name events, or a filter such as --state held or --file NAME; --all means "
                        "every event");
        auto opened = ledger::reader::open(setup::ledger_place_of(s_));
        if (!opened) return opened.error();
        auto* const from = opened->get();
        auto const now = wall_now();
        auto filters = resolve(*from, options_.filter, now);
        if (!filters) return filters.error();
        filters_ = std::move(*filters);
        auto found = operations::find_executor(s_, told_while_waiting(io_));
        if (!found) return found.error();
        executor_ = std::move(*found);
        if (options_.verb == operator_verb::discard && !options_.dry_run)
            if (auto asked = ask(); !asked) return asked.error();
        auto const counts = carry_out(options_.dry_run);
        if (!counts) return counts.error();
        report(*counts);
        return code(*counts);
    }

private:
    result<void> ask() {
        auto const would = carry_out(true);
        if (!would) return would.error();
        if (would->touched == 0) return {};
        return confirmed(would->touched,
                         "discard " + counted(would->touched, "event") + " for good", options_.yes,
                         io_, " (or look first with --dry-run)");
    }

    result<operation_counts> carry_out(bool dry_run) {
        operation_counts sum;
        for (auto const& filter : filters_) {
            ledger::operation what;
            what.verb = options_.verb;
            what.filter = filter;
            what.dry_run = dry_run;
            what.force = options_.force;
            what.superseded_too = options_.force;
            auto const done = executor_->operate(what, [&](operation_counts const& so_far) {
                progress(sum.touched + so_far.touched);
            });
            end_progress();
            if (!done) return done.error();
            sum += *done;
        }
        return sum;
    }

    void progress(std::uint64_t touched) {
        if (!io_.err_is_terminal || options_.json) return;
        io_.err << "\r" << grouped(touched) << " …" << std::flush;
        has_progress_ = true;
    }
    void end_progress() {
        if (has_progress_) io_.err << "\r\x1b[K" << std::flush;
        has_progress_ = false;
    }

    std::string done_text(std::uint64_t touched) const {
        auto const events = counted(touched, "event");
        auto const would = options_.dry_run ? " would be " : " ";
        switch (options_.verb) {
            case operator_verb::hold:
                return events + would + "held";
            case operator_verb::release:
                return events + would + "released";
            case operator_verb::retry:
                return events + would + (options_.dry_run ? "tried again" : "will be tried again");
            case operator_verb::discard:
                return events + would + "discarded";
            case operator_verb::confirm:
                return events + (options_.dry_run ? " would count" : " count") + " as delivered";
        }
        return events;
    }

    void report(operation_counts const& c) const {
        if (options_.json) {
            auto message = control::counts_message(c);
            message["verb"] = ledger::name_of(options_.verb);
            message["dry_run"] = options_.dry_run;
            message["by_daemon"] = executor_->is_daemon();
            io_.out << boost::json::serialize(message) << "\n";
            return;
        }
        io_.out << done_text(c.touched) << "\n";
        bool const sends =
            options_.verb == operator_verb::release || options_.verb == operator_verb::retry;
        if (c.maybe_received > 0 && sends)
            io_.out << grouped(c.maybe_received)
                    << " of them may have been received before, and be booked a second time\n";
        if (c.needs_force > 0)
            io_.out << counted(c.needs_force, "event")
                    << " not touched: delivered, or perhaps received already; use --force to send "
                    << (c.needs_force == 1 ? "it" : "them") << " anyway\n";
        if (c.superseded > 0) {
            bool const one = c.superseded == 1;
            io_.out
                << counted(c.superseded, "event") << " not touched: dropped again since, so "
                << (one ? "a newer event is in its place (`show` names it); use --force to send it"
                        : "newer events are in their place (`show` names them); use --force to "
                          "send them")
                << " anyway\n";
        }
        if (c.without_contents > 0)
            io_.out << counted(c.without_contents, "event")
                    << " not touched: delivered so long ago that the contents are gone "
                       "(retention.bodies)\n";
        if (c.in_flight > 0)
            io_.out << counted(c.in_flight, "event") << " not touched: " << in_flight_text()
                    << "\n";
    }

    std::string in_flight_text() const {
        return executor_->is_daemon()
                   ? "in flight; try again in a moment"
                   : "cut short by the end of the daemon; its next start settles them";
    }

    int code(operation_counts const& c) const {
        if (c.in_flight + c.needs_force + c.without_contents + c.superseded == 0) return 0;
        if (c.touched > 0) return static_cast<int>(exit_code::partly);
        return static_cast<int>(c.in_flight > 0 ? exit_code::try_later : exit_code::failed);
    }

    operate_options const& options_;
    settings::settings const& s_;
    console const& io_;
    std::vector<ledger::event_filter> filters_;
    std::unique_ptr<operations::command_executor> executor_;
    bool has_progress_ = false;
};

}  // namespace

int operate(operate_options const& options, console const& io) {
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const code = operating(options, read->values, io).run();
    return code ? *code : io.complain(code.error());
}

}  // namespace setclick::cli
