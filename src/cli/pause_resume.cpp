#include "pause_resume.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "configuration.hpp"
#include "follow_words.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/control/client.hpp"
#include "setclickd/control/json_fields.hpp"
#include "setclickd/operations/command_executor.hpp"

namespace setclick::cli {
namespace {

result<void> run(pause_options const& options, settings::settings const& s, console const& io) {
    auto const& what = options.what;
    if (int{!what.account.empty()} + int{what.endpoint} + int{what.all} != 1)
        return fail(errc::usage, "name one account, or --endpoint, or --all");
    if (what.accept_rejections && !what.resume)
        return fail(errc::usage, "--accept-rejections belongs to resume");
    if (what.forget_rate && !what.resume)
        return fail(errc::usage, "--forget-rate belongs to resume");
    auto executor = operations::find_executor(s, told_while_waiting(io));
    if (!executor) return executor.error();
    auto const changed = (*executor)->apply(what);
    if (!changed) return changed.error();
    if (options.json) {
        io.out << boost::json::serialize(boost::json::object{
                      {"changed", *changed}, {"by_daemon", (*executor)->is_daemon()}})
               << "\n";
        return {};
    }
    bool const ended_nothing = what.resume && *changed == 0;
    auto const whom = what.all        ? std::string(ended_nothing ? "nothing" : "everything")
                      : what.endpoint ? std::string("the endpoint")
                                      : "account " + printable(what.account);
    io.out << whom << (*changed == 0 ? " was" : " is")
           << (what.resume ? (!ended_nothing ? " resumed"
                              : what.all     ? " paused or parked"
                                             : " not paused or parked")
                           : (*changed == 0 ? " paused already" : " paused"));
    if (what.forget_rate)
        io.out << (*changed == 0 ? ", and nothing was learnt about its rate"
                                 : ", at the configured rate");
    if (!(*executor)->is_daemon() && *changed > 0)
        io.out << " (the daemon does not run; this holds from its next start)";
    io.out << "\n";
    return {};
}

}  // namespace

int pause_or_resume(pause_options const& options, console const& io) {
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const done = run(options, read->values, io);
    return done ? 0 : io.complain(done.error());
}

int reload(std::string const& config, console const& io) {
    // Only the socket's place is needed: whether the new configuration is usable, the daemon answers.
    auto const read = settings::load(config, settings::process_environment());
    if (!knows_places(read)) {
        usable_configuration(config, io);  // prints why
        return static_cast<int>(exit_code::config);
    }
    auto client = control::client::connect(read.values.control_socket);
    if (!client) return io.complain(client.error());
    auto const answer = client->call({{"cmd", "reload"}}, std::chrono::minutes{1});
    if (!answer) return io.complain(answer.error());
    if (auto const* findings = control::member(*answer, "findings");
        findings != nullptr && findings->is_array())
        for (auto const& f : findings->get_array())
            if (f.is_string()) io.err << printable(std::string_view(f.get_string()), 2000) << "\n";
    io.out << "reloaded\n";
    return 0;
}

}  // namespace setclick::cli
