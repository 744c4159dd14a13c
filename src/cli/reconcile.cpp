#include "reconcile.hpp"

#include <boost/json/serialize.hpp>

#include "chosen_account.hpp"
#include "configuration.hpp"
#include "follow_words.hpp"
#include "read_progress.hpp"
#include "reconcile_text.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/operations/command_executor.hpp"
#include "setclickd/readback/reconcile_account.hpp"
#include "stop_signal.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;
using reconcile::decision;

constexpr int most_readings = 3;  ///< of a report whose rows vanish meanwhile

struct resolved {
    std::uint64_t released = 0, confirmed = 0;
};

class command {
public:
    command(reconcile_options const& options, settings::settings const& s, console const& io)
        : options_(options), s_(s), io_(io), progress_(io, 0) {}

    result<int> run() {
        if (options_.dry_run && !options_.resolve)
            return fail(errc::usage, "--dry-run belongs to --resolve");
        auto const account = chosen_account(s_, options_.account);
        if (!account) return account.error();
        auto found = operations::find_executor(s_, told_while_waiting(io_));
        if (!found) return found.error();
        executor_ = std::move(*found);
        auto const compared = compare(*account);
        progress_.clear();
        if (!compared) return compared.error();
        auto const& r = *compared;
        auto done = json::value(nullptr);
        resolved what;
        if (options_.resolve) {
            auto const did = options_.dry_run ? resolved{r.verdict.to_release, r.verdict.to_confirm}
                                              : resolve(r);
            if (!did) return did.error();
            what = *did;
            done = json::object{{"released", what.released},
                                {"confirmed", what.confirmed},
                                {"dry_run", options_.dry_run}};
        }
        if (auto kept = executor_->keep_verdict(
                *account, readback::verdict_note(r, options_.dry_run || readback::is_shown(s_, r)));
            !kept)
            return kept.error();
        if (options_.json) {
            auto out = reconciliation_json(r);
            out["resolved"] = std::move(done);
            io_.out << json::serialize(out) << "\n";
        } else {
            io_.out << reconciliation_text(r, s_);
            if (options_.resolve) say(what);
        }
        return static_cast<int>(r.verdict.agrees() ? exit_code::done : exit_code::partly);
    }

private:
    result<readback::reconciliation> compare(std::string const& account) {
        auto const& stop = stop_on_signal();
        for (int readings = 1;; ++readings) {
            auto r = readback::reconcile_account(
                s_, *executor_, account, options_.date_range, stop,
                [this](readback::page_progress const& at) { progress_.show(at); });
            if (!r || r->certain) return r;
            if (readings == most_readings)
                return fail(errc::busy,
                            "rows vanish from the report while it is read, so nothing can be "
                            "judged; try again later");
        }
    }

    /// Only what a dry run has shown: the same events, for the same reason.
    result<resolved> resolve(readback::reconciliation const& r) {
        auto const plan = readback::resolve_plan(r.verdict);
        if (r.verdict.to_release + r.verdict.to_confirm == 0) return resolved{};
        auto const shown = readback::last_shown_plan(s_, r.account);
        if (!shown) return shown.error();
        if (*shown != plan)
            return fail(errc::refused,
                        "--resolve does what a dry run has shown before, and " +
                            std::string(shown->empty() ? "there was none"
                                                       : "the last one showed something else") +
                            "; look with --resolve --dry-run first");
        resolved out;
        for (auto const& t : r.verdict.tuples) {
            if (t.decided == decision::none) continue;
            bool const releases = t.decided == decision::release;
            for (auto const no : t.held) {
                ledger::operation what;
                what.verb =
                    releases ? ledger::operator_verb::release : ledger::operator_verb::confirm;
                what.filter.event = no;
                what.filter.state = ledger::event_state::held;
                auto const done = executor_->operate(what, {});
                if (!done) return done.error();
                (releases ? out.released : out.confirmed) += done->touched;
            }
        }
        return out;
    }

    void say(resolved const& what) const {
        auto const would = options_.dry_run ? " would be " : " were ";
        io_.out << "resolve       " << counted(what.released, "held event") << would
                << "released (not recorded), " << grouped(what.confirmed) << would
                << "settled as delivered (recorded)";
        if (options_.dry_run && what.released + what.confirmed > 0)
            io_.out << "; --resolve without --dry-run does it";
        io_.out << "\n";
    }

    reconcile_options const& options_;
    settings::settings const& s_;
    console const& io_;
    read_progress progress_;
    std::unique_ptr<operations::command_executor> executor_;
};

}  // namespace

int reconcile_command(reconcile_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const code = command(options, read->values, io).run();
    return code ? *code : io.complain(code.error());
}

}  // namespace setclick::cli
