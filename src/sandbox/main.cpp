// setclick-sandbox: see --help.
#include <unistd.h>

#include <cstdio>

#include "command_line.hpp"
#include "server.hpp"

namespace {

int report(setclick::error const& e) {
    std::fprintf(stderr, "setclick-sandbox: %s\n", e.message.c_str());
    return static_cast<int>(setclick::exit_code_of(e.code));
}

}  // namespace

int main(int argc, char** argv) {
    auto const parsed = setclick::sandbox::parse_command_line(argc, argv);
    if (auto const* code = std::get_if<int>(&parsed)) return *code;
    auto const server =
        setclick::sandbox::server::open(std::get<setclick::sandbox::options>(parsed));
    if (!server) return report(server.error());
    (*server)->handle_signals();
    // Scripts wait for this line through a pipe: it must not stay in a buffer.
    std::printf("%s\n", (*server)->ready_line().c_str());
    std::fflush(stdout);
    bool const is_watched = ::isatty(STDOUT_FILENO) != 0;
    if (is_watched)
        std::fprintf(stderr, "To deliver to it, in setclickd.toml:\n\n%s\nCtrl-C ends it.\n",
                     (*server)->configuration().c_str());
    auto const ended = (*server)->run();
    if (!ended) return report(ended.error());
    if (is_watched)
        std::fprintf(stderr, "\nsetclick-sandbox: ended; record and book are complete\n");
    return 0;
}
