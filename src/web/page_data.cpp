#include "page_data.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "setclickd/base/time.hpp"
#include "setclickd/status_model/outlook.hpp"

namespace setclick::web {
namespace {

namespace json = boost::json;
using namespace status_model;

json::array as_json(std::vector<std::string> const& commands) {
    json::array out;
    for (auto const& command : commands)
        out.emplace_back(command);
    return out;
}

json::object as_json(outlook const& o) {
    return {{"is_delivering", name_of(o.is_delivering)},
            {"headline", o.headline},
            {"sentence", o.sentence},
            {"cure", o.cure},
            {"commands", as_json(o.commands)}};
}

/// `all_wait`: what keeps everything back is no account's fault, and none of them delivers.
json::object as_json(account_outlook const& a, bool all_wait) {
    bool const waits = all_wait && a.stands == standing::delivering;
    return {{"standing", waits ? "waiting" : name_of(a.stands)},
            {"rank", static_cast<int>(a.stands)},  // the worst is 0
            {"is_trouble", a.stands <= standing::held},
            {"why", a.why},
            {"cure", a.cure},
            {"commands", as_json(a.commands)}};
}

json::array disks(status_report const& r) {
    json::array out;
    auto const add = [&](char const* place, disk_report const& disk) {
        if (disk.free_bytes && disk.size_bytes)
            out.push_back({{"place", place},
                           {"free_bytes", *disk.free_bytes},
                           {"size_bytes", *disk.size_bytes}});
    };
    add("ledger", r.ledger_disk);
    add("spool", r.spool_disk);
    return out;
}

/// In the order of the accounts in `status`.
json::array standings(status_report const& r) {
    json::array out;
    bool const all_wait = outlook_of(r).is_delivering == delivering::no;
    for (auto const& a : r.accounts) {
        auto made = as_json(outlook_of(a), all_wait);
        made["token_end"] = a.token_end ? json::value(wall_text(*a.token_end)) : json::value();
        out.push_back(std::move(made));
    }
    return out;
}

json::array left_alone(status_report const& r) {
    json::array out;
    for (auto const& left : r.left_alone)
        if (left.count > 0)
            out.push_back({{"reason", left.reason}, {"text", left.text}, {"count", left.count}});
    return out;
}

}  // namespace

std::string page_data(page_report const& page) {
    auto out = page_json(page);
    auto const& r = page.status;
    out["now"] = wall_text(r.now);
    out["outlook"] = as_json(outlook_of(r));
    out["standings"] = standings(r);
    out["left_alone"] = left_alone(r);
    out["daemon"] =
        json::object{{"connections_open", r.daemon.connections_open}, {"disks", disks(r)}};
    return json::serialize(out) + "\n";
}

}  // namespace setclick::web
