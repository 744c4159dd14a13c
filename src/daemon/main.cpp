#include "setclickd/cli/main.hpp"
#include "setclickd/daemon/run.hpp"

int main(int argc, char** argv) {
    return setclick::cli::main(argc, argv, setclick::daemon::run);
}
