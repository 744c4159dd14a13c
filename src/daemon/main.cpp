// The program: its command line, which starts the daemon, which has a web face.
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "setclickd/cli/main.hpp"
#include "setclickd/daemon/run.hpp"
#include "setclickd/web/service.hpp"

namespace {

class web_face final : public setclick::daemon::face {
public:
    web_face(setclick::settings::settings const& first, setclick::daemon::face_wiring with)
        : service_(first, {std::move(with.ask), std::move(with.thread_begins)}) {}

    void configure(setclick::settings::settings const& now) override { service_.configure(now); }
    void stop() override { service_.stop(); }

private:
    setclick::web::service service_;
};

}  // namespace

int main(int argc, char** argv) {
    auto const web = [](setclick::settings::settings const& first,
                        setclick::daemon::face_wiring with) {
        return std::make_unique<web_face>(first, std::move(with));
    };
    auto const run = [&](setclick::settings::loaded loaded, std::string config, bool once) {
        return setclick::daemon::run(std::move(loaded), {once, std::move(config), web});
    };
    return setclick::cli::main(argc, argv, run);
}
