// The program: its command line, which starts the daemon.
#include <string>
#include <utility>

#include "setclickd/cli/main.hpp"
#include "setclickd/daemon/run.hpp"

int main(int argc, char** argv) {
    auto const run = [](setclick::settings::loaded loaded, std::string config, bool once) {
        return setclick::daemon::run(std::move(loaded), {once, std::move(config)});
    };
    return setclick::cli::main(argc, argv, run);
}
