#include "doctor.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <memory>
#include <utility>

#include "configuration.hpp"
#include "doctor_findings.hpp"
#include "gate_access.hpp"
#include "local_look.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/settings/load.hpp"
#include "stop_signal.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;

readback::endpoint_look look_out(settings::settings const& s, console const& io) {
    return readback::look_at_endpoint(s, access_to_gates(s), stop_on_signal(), reported_waits(io));
}

colour colour_of(ailment level) {
    return level == ailment::problem   ? colour::red
           : level == ailment::warning ? colour::yellow
                                       : colour::green;
}

void print(std::vector<doctor_finding> const& findings, console const& io) {
    for (auto const& f : findings) {
        auto level = std::string(name_of(f.level));
        level.resize(7, ' ');
        auto area = f.area;
        area.resize(13, ' ');
        io.out << io.on_out(colour_of(f.level), level) << "  " << area << "  " << f.text << "\n";
        if (!f.cure.empty()) io.out << "                        cure: " << f.cure << "\n";
    }
}

void print_json(std::vector<doctor_finding> const& findings, console const& io) {
    json::array all;
    for (auto const& f : findings)
        all.push_back({{"area", f.area},
                       {"level", json::string(name_of(f.level))},
                       {"message", f.text},
                       {"cure", f.cure.empty() ? json::value(nullptr) : json::value(f.cure)}});
    io.out << json::serialize(json::object{{"level", json::string(name_of(worst_of(findings)))},
                                           {"findings", std::move(all)}})
           << "\n";
}

}  // namespace

int doctor(doctor_options const& options, console const& io) {
    auto const read = settings::load(options.config, settings::process_environment());
    doctor_look seen;
    seen.now = wall_now();
    for (auto const& f : read.findings)
        if (f.level == settings::severity::error) seen.configuration.push_back(to_text(f));
    if (knows_places(read)) look_around(read.values, options.config, seen);
    if (read.usable() && !options.offline) seen.endpoint = look_out(read.values, io);
    auto const findings = findings_of(seen);
    if (options.json)
        print_json(findings, io);
    else
        print(findings, io);
    return worst_of(findings) == ailment::problem ? static_cast<int>(exit_code::failed) : 0;
}

}  // namespace setclick::cli
