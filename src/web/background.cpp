#include "background.hpp"

#include <pthread.h>

#include <memory>
#include <utility>

namespace setclick::web {

background::background(char const* name, std::function<void()> body) {
    auto ended = std::make_shared<std::promise<void>>();
    ended_ = ended->get_future();
    thread_ = std::thread([name, body = std::move(body), ended]() mutable {
        ::pthread_setname_np(::pthread_self(), name);
        try {
            body();
        } catch (...) {  // whoever wants more than a thread that is gone catches it before
        }
        body = nullptr;  // what it held goes before the end is reported
        ended->set_value();
    });
}

background::~background() {
    if (thread_.joinable()) thread_.detach();
}

bool background::leave(milliseconds patience) {
    if (!thread_.joinable()) return true;
    if (ended_.wait_for(patience) != std::future_status::ready) {
        thread_.detach();
        return false;
    }
    thread_.join();
    return true;
}

}  // namespace setclick::web
