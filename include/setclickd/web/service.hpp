// The HTTP face: metrics, health, the status as JSON and as a page, on metrics.listen.
//
// Promises: it reads and changes nothing. It has threads of its own and asks the daemon's main thread for one answer a second
// at most, so that no client, however many or hostile, is noticed by delivery; connections, memory, time and processor are
// bounded. What keeps it from listening is logged with its cure, tried again, and ends nothing; neither does a fault of its
// own. Never: serves a file of the machine, a token, or what an event holds.
//
// Threads: the calls may come from any thread, one at a time.
#pragma once

#include <boost/json/object.hpp>

#include <functional>
#include <memory>

#include "setclickd/settings/settings.hpp"

namespace setclick::web {

/// What the service asks of the daemon.
struct service_wiring {
    /// Has `answer` called with the daemon's answer to "status" (control/messages.hpp), on any thread, soon; or drops it.
    std::function<void(std::function<void(boost::json::object)> answer)> ask;
    /// Called first of all on each thread of the service.
    std::function<void()> thread_begins;
};

class service {
public:
    /// Begins; the first try to listen is over when this returns, unless it takes longer than a second.
    service(settings::settings const& s, service_wiring with);
    ~service();
    service(service const&) = delete;
    service& operator=(service const&) = delete;

    /// A reload: address, names and password hold from now on.
    void configure(settings::settings const& s);
    /// Closes everything. Returns within three seconds, also when one of its threads hangs. May be called again.
    void stop();

private:
    class core;
    std::shared_ptr<core> core_;
};

}  // namespace setclick::web
