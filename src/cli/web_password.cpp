#include "web_password.hpp"

#include <sys/random.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <iterator>

#include "configuration.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/settings/first_configuration.hpp"
#include "setclickd/settings/listen_address.hpp"
#include "setclickd/settings/load.hpp"
#include "setclickd/settings/replace_file.hpp"

namespace setclick::cli {
namespace {

/// 32 of them, without those that are read for another one.
constexpr std::string_view alphabet = "abcdefghjkmnpqrstuvwxyz023456789";
static_assert(alphabet.size() == 32);
constexpr std::size_t length = 24;

error as_root(error e) {
    if (::geteuid() != 0) e.message += "; as root: sudo setclickd web-password";
    return e;
}

/// The configuration with a line that names `path`, where that can be done without touching anything else.
result<std::string> with_password_named(std::string const& config, std::string const& path) {
    std::ifstream file(config, std::ios::binary);
    if (!file) return errno_error(errno, "read", printable(config, 4096));
    std::string const before{std::istreambuf_iterator<char>(file), {}};
    auto text = settings::with_web_password(before, path);
    auto const planned = settings::load_text(text, config, settings::process_environment());
    if (!planned.usable() || planned.values.metrics.password_file != path)
        return fail(errc::config, "the line cannot be added to " + printable(config, 4096) +
                                      "; write password_file = \"" + printable(path, 4096) +
                                      "\" below [metrics] by hand, then run this again");
    return text;
}

}  // namespace

result<secret<std::string>> new_password() {
    std::array<unsigned char, length> chance{};
    if (::getentropy(chance.data(), chance.size()) != 0)
        return errno_error(errno, "ask for chance from", "the system");
    std::string out;
    for (auto const byte : chance)
        out.push_back(alphabet[byte % alphabet.size()]);
    return secret<std::string>(std::move(out));
}

void show_password(std::string const& path, secret<std::string> const& password,
                   console const& io) {
    if (io.err_is_terminal)
        io.err << "The password of the web page (any user's name): " << password.reveal() << "\n"
               << "It is shown now only; it lies in " << printable(path, 4096) << ".\n";
    else
        io.err << "The password of the web page lies in " << printable(path, 4096)
               << "; it is shown on a terminal only.\n";
}

int web_password(web_password_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const& metrics = read->values.metrics;
    if (metrics.password_file.starts_with("credential:"))
        return io.complain(fail(errc::refused,
                                "metrics.password_file is a systemd credential: write the password "
                                "to the file that the unit's line "
                                "LoadCredential= names (systemctl cat setclickd), then run "
                                "systemctl restart setclickd"));
    bool const is_named = !metrics.password_file.empty();
    auto const path =
        is_named ? metrics.password_file : settings::web_password_path(options.config);
    auto const text =
        is_named ? result<std::string>("") : with_password_named(options.config, path);
    if (!text) return io.complain(text.error());
    auto const password = new_password();
    if (!password) return io.complain(password.error());
    if (auto const done = settings::write_secret(path, *password); !done)
        return io.complain(as_root(done.error()));
    if (!is_named)
        if (auto const done = settings::write_configuration(options.config, *text); !done)
            return io.complain(as_root(done.error()));
    io.out << "wrote " << printable(path, 4096) << "\n";
    if (!is_named) io.out << "added it to " << printable(options.config, 4096) << "\n";
    io.out << std::flush;
    show_password(path, *password, io);
    io.out << "next: systemctl reload setclickd";
    if (auto const at = settings::parse_listen(metrics.listen);
        at && at->what == settings::listen_address::kind::tcp)
        io.out << ", then http://" << metrics.listen << "/";
    io.out << "\n";
    return 0;
}

}  // namespace setclick::cli
