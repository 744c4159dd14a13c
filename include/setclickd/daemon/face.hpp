// A face of the daemon: something that shows people and machines what it does, on threads of its own. A main.cpp brings it.
#pragma once

#include <boost/json/object.hpp>

#include <functional>
#include <memory>

#include "setclickd/settings/settings.hpp"

namespace setclick::daemon {

/// What a face may ask of the daemon, from any thread.
struct face_wiring {
    /// Has `answer` called on the main thread with what "status" answers on the control socket; drops it when the daemon ends.
    std::function<void(std::function<void(boost::json::object)> answer)> ask;
    /// To be called first of all on each of its threads: a fault there is no fault of an event.
    std::function<void()> thread_begins;
};

class face {
public:
    virtual ~face() = default;
    /// New settings are in effect. On the main thread; returns at once.
    virtual void configure(settings::settings const& now) = 0;
    /// It ends, within a few seconds whatever its threads do.
    virtual void stop() = 0;
};

using face_maker =
    std::function<std::unique_ptr<face>(settings::settings const& first, face_wiring with)>;

}  // namespace setclick::daemon
