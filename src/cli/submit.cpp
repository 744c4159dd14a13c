#include "submit.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "configuration.hpp"
#include "dropped_name.hpp"
#include "erased_on_signal.hpp"
#include "examine.hpp"
#include "final_wait.hpp"
#include "input_file.hpp"
#include "known_events.hpp"
#include "setclickd/api/request.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/base/version.hpp"
#include "setclickd/csv/profiles.hpp"
#include "setclickd/delivery/forecast.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/setup/accounts.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/spool/incoming_file.hpp"
#include "stop_signal.hpp"
#include "table_file.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

/// In the JSON output; the text output has no limit.
constexpr std::size_t most_listed_lines = 1000;

class submission {
public:
    submission(submit_options const& options, settings::settings const& s, console const& io)
        : options_(options), s_(s), io_(io) {
        if (options.check) known_.emplace(s);
    }

    int all() {
        auto files = options_.files;
        if (files.empty()) files.emplace_back("-");
        if (!options_.name.empty() && files.size() > 1)
            return io_.complain(fail(errc::usage, "--name names one file, but there are " +
                                                      std::to_string(files.size())));
        if (!options_.profile.empty() && !only_looks())
            return io_.complain(fail(
                errc::usage,
                "--profile is for looking (--check, --show-request): a dropped file's profile is "
                "chosen "
                "by the daemon, by the file's name, else by its columns. Give the profile match = "
                "[\"part-of-the-name-*.csv\"], and the file such a name (--name)"));
        auto const at_most = parse_duration(options_.at_most.empty() ? "0s" : options_.at_most);
        if (!at_most)
            return io_.complain(
                fail(errc::usage, "--at-most: write a duration, such as \"30m\" or \"6h\""));
        for (auto const& file : files)
            one(file);
        finish();
        return options_.wait && !dropped_.empty() ? final_code(*at_most) : code();
    }

private:
    bool only_looks() const { return options_.check || options_.show_request; }

    std::string name_in_spool(std::string const& file) const {
        if (!options_.name.empty()) return options_.name;
        if (file != "-") return file.substr(file.rfind('/') + 1);
        auto stamp = wall_text(wall_now());
        std::erase_if(stamp, [](char c) { return c == '-' || c == ':'; });
        return "stdin-" + stamp + "-" + std::to_string(::getpid()) + ".ndjson";
    }

    void failed(error const& e) {
        auto const exit = io_.complain(e);
        if (worst_ == 0 || exit == static_cast<int>(exit_code::io)) worst_ = exit;
    }

    void one(std::string const& file) {
        std::error_code ec;
        if (file != "-" && std::filesystem::is_directory(file, ec))
            return failed(fail(errc::io, printable(file, 4096) + " is a directory"));
        auto const name = name_in_spool(file);
        csv::profiles const known(s_.profiles);
        bool const is_csv = is_table_name(name, known);
        if (auto const problem = name_problem(name, known); !problem.empty())
            return failed(fail(errc::usage, problem));
        if (file == "-" && io_.in_is_terminal)
            io_.err << "setclickd: reading events from the terminal; Ctrl-D ends them\n";
        unique_fd opened;
        if (is_csv) {
            auto twice = open_again(file, s_.spool.max_file);
            if (!twice) return failed(twice.error());
            opened = std::move(twice->fd);
        } else if (file != "-") {
            opened = unique_fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
            if (!opened) return failed(errno_error(errno, "read", printable(file, 4096)));
        }
        std::optional<spool::incoming_file> target;
        if (!only_looks()) {
            auto begun = spool::incoming_file::begin(s_.spool.dir, name);
            if (!begun) return failed(begun.error());
            target.emplace(std::move(*begun));
        }
        // Ctrl-C in the middle of typing leaves nothing behind.
        std::optional<erased_on_signal> unfinished;
        if (target) unfinished.emplace(target->unfinished());
        read_one(opened ? opened.get() : 0, file == "-" ? "(standard input)" : file, name, is_csv,
                 target);
    }

    void read_one(int fd, std::string const& shown, std::string const& name, bool is_csv,
                  std::optional<spool::incoming_file>& target) {
        json::array bad;
        auto hooks = hooks_for(shown, target, bad);
        repeated_ = 0;
        if (known_) {
            known_->begin_file();
            hooks.on_good = [this](event::outcome const& e, std::uint64_t line) {
                return repetition(e, line);
            };
        }
        auto const seen =
            is_csv ? examine_table(fd, shown, {name, options_.profile}, s_, wall_now(), hooks)
                   : examine(fd, shown, *event::format_of(name), s_, wall_now(), hooks);
        if (!seen && seen.error().code == errc::refused) return refused(shown, seen.error());
        if (!seen) return failed(seen.error());
        if (!seen->remarks.empty())
            io_.err << printable(shown, 4096) << ": warning: " << seen->remarks.text() << "\n";
        std::string dropped;
        bool const wanted = seen->bad == 0 || options_.partial;
        if (target && wanted && seen->good > 0) {
            auto const now = wall_now();
            auto committed = target->commit();
            if (!committed) return failed(committed.error());
            dropped = *committed;
            dropped_.push_back({dropped, target->inode(), now});
            if (!target->doubt().empty())
                io_.err << printable(shown, 4096) << ": warning: " << target->doubt() << "\n";
        }
        report_one(shown, *seen, dropped, std::move(bad));
        bool const accepted = wanted && seen->good > 0;
        if (accepted || seen->bad == 0) has_accepted_ = true;
        if (seen->bad > 0) has_refused_ = true;
        if (accepted)
            for (auto const& [account, count] : seen->accounts)
                accounts_[account] += count;
    }

    /// With --check: as the import will judge it.
    std::string repetition(event::outcome const& e, std::uint64_t line) {
        auto const known = known_->of(e, line);
        if (known.what == known_events::kind::other_content)
            return known_events::refusal_of(e, known);
        if (known.what == known_events::kind::duplicate) ++repeated_;
        return {};
    }

    /// The file as a whole.
    void refused(std::string const& shown, error const& why) {
        failed(why);
        if (!options_.json) return;
        files_.push_back(json::object{{"file", printable(shown, 4096)},
                                      {"good", 0},
                                      {"bad", 0},
                                      {"refusal", why.message},
                                      {"dropped_as", nullptr},
                                      {"bad_lines", json::array{}}});
    }

    examine_hooks hooks_for(std::string const& shown, std::optional<spool::incoming_file>& target,
                            json::array& bad) {
        examine_hooks hooks;
        if (target)
            hooks.on_bytes = [&target](std::string_view bytes) { return target->append(bytes); };
        hooks.on_bad = [this, &shown, &bad](std::uint64_t line, std::string const& finding) {
            if (!options_.json) {
                io_.err << printable(shown, 4096) << ":" << line << ": "
                        << io_.on_err(colour::red, finding) << "\n";
            } else if (bad.size() < most_listed_lines) {
                bad.push_back({{"line", line}, {"finding", finding}});
            }
        };
        hooks.on_warning = [this, &shown](std::uint64_t line, std::string const& finding) {
            io_.err << printable(shown, 4096) << ":" << line << ": warning: " << finding << "\n";
        };
        if (options_.show_request)
            hooks.on_event = [this](event::view const& value) { show(value); };
        return hooks;
    }

    /// What goes over the wire, but for the token and what the connection adds.
    void show(event::view const& value) {
        body_.clear();
        api::append_body(body_, s_.dialect, value.account_id, value);
        io_.out << "POST " << s_.endpoint.base_url << s_.endpoint.set_click_path << "\n"
                << "Authorization: Bearer ***\n"
                << "Content-Type: application/x-www-form-urlencoded\n"
                << "Accept: application/json\n"
                << "User-Agent: setclickd/" << version() << "\n"
                << "Content-Length: " << body_.size() << "\n\n"
                << body_ << "\n\n";
    }

    void report_one(std::string const& shown, examined const& seen, std::string const& dropped,
                    json::array bad) {
        if (options_.json) {
            json::object one{
                {"file", printable(shown, 4096)}, {"good", seen.good}, {"bad", seen.bad}};
            if (known_) one["repeated"] = repeated_;
            one["dropped_as"] =
                dropped.empty() ? json::value(nullptr) : json::value(printable(dropped, 4096));
            one["bad_lines"] = std::move(bad);
            files_.push_back(std::move(one));
            return;
        }
        auto& to = options_.show_request ? io_.err : io_.out;  // requests are data enough
        to << printable(shown, 4096) << ": " << counted(seen.good, "good event");
        if (repeated_ > 0)
            to << " (" << grouped(repeated_) << " of them known already, or there twice)";
        if (seen.bad > 0) to << ", " << counted(seen.bad, "bad one");
        if (!dropped.empty())
            to << "; dropped as " << printable(s_.spool.dir + "/incoming/" + dropped, 4096);
        else if (only_looks())
            to << "; only looked, nothing dropped";
        else if (seen.good + seen.bad == 0)
            to << "; nothing to drop";
        else
            to << "; nothing dropped: mend the lines above, or drop the good ones with --partial "
                  "(the bad ones then come back in "
                  "rejected/)";
        to << "\n";
    }

    void finish() {
        milliseconds longest{0};
        bool is_known = true;
        for (auto const& a : s_.accounts) {
            auto const found = accounts_.find(a.id);
            if (found == accounts_.end()) continue;
            auto const rate = setup::effective_rate(s_, a);
            auto const eta = delivery::drain_eta(found->second, rate);
            if (eta) longest = std::max(longest, *eta);
            is_known = is_known && eta;
            if (options_.json) continue;
            auto& to = options_.show_request ? io_.err : io_.out;
            to << "account " << printable(a.id) << ": " << delivery::drain_text(found->second, rate)
               << "\n";
        }
        if (!options_.json) return;
        json::object all{{"files", std::move(files_)}};
        all["eta_seconds"] = is_known ? json::value(longest.count() / 1000) : json::value(nullptr);
        io_.out << json::serialize(all) << "\n";
    }

    /// Waits until what was dropped is final.
    int final_code(milliseconds at_most) {
        std::unique_ptr<ledger::reader> from;
        auto const& stop = stop_on_signal();
        wait_hooks hooks;
        hooks.files_named = [&](std::string const& name) -> result<std::vector<ledger::file_info>> {
            constexpr std::uint32_t most = 100;
            if (!from) {
                auto opened = ledger::reader::open(setup::ledger_place_of(s_));
                // The daemon has not made it yet.
                if (!opened && opened.error().code == errc::not_found)
                    return std::vector<ledger::file_info>{};
                if (!opened) return opened.error();
                from = std::move(*opened);
            }
            return from->files_named(name, most);
        };
        hooks.sleep = [&stop](milliseconds time) {
            std::this_thread::sleep_for(time);
            return !stop.load();
        };
        auto const counts = wait_until_final(dropped_, at_most, hooks);
        if (!counts) {
            io_.err << "the files are dropped and will be delivered, but what becomes of them "
                       "cannot be seen; --wait needs to read the ledger, as root or a member of "
                       "the group setclickd\n";
            return io_.complain(counts.error());
        }
        if (!options_.json)
            io_.out << (counts->files_left > 0 ? "not final yet: " : "final: ")
                    << counted(counts->delivered, "event") << " delivered, "
                    << grouped(counts->duplicates) << " known already, "
                    << grouped(counts->not_delivered) << " not delivered\n";
        if (counts->files_left > 0) return static_cast<int>(exit_code::try_later);
        return counts->is_well() ? code() : static_cast<int>(exit_code::partly);
    }

    int code() const {
        if (worst_ != 0)
            return has_accepted_ && worst_ != static_cast<int>(exit_code::io)
                       ? static_cast<int>(exit_code::partly)
                       : worst_;
        if (!has_refused_) return 0;
        return static_cast<int>(has_accepted_ ? exit_code::partly : exit_code::failed);
    }

    submit_options const& options_;
    settings::settings const& s_;
    console const& io_;
    std::string body_;
    json::array files_;
    std::map<std::string, std::uint64_t> accounts_;
    std::vector<dropped_file> dropped_;
    std::optional<known_events> known_;  ///< where it only looks
    std::uint64_t repeated_ = 0;  ///< good events of the file at hand that are not sent again
    bool has_accepted_ = false;
    bool has_refused_ = false;
    int worst_ = 0;
};

}  // namespace

int submit(submit_options const& options, console const& io) {
    auto const read = usable_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    return submission(options, read->values, io).all();
}

}  // namespace setclick::cli
