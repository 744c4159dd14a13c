#include "cluster_orders.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <utility>

#include "configuration.hpp"
#include "confirm.hpp"
#include "follow_words.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/operations/cluster_control.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;
using operations::cluster_control;

constexpr std::size_t most_named = 20;

struct found_node {
    std::unique_ptr<cluster_control> control;
    ledger::node_row node;
    std::string name;
};

result<found_node> find(cluster_order_options const& options, settings::settings const& s,
                        console const& io) {
    auto control = cluster_control::open(s, told_while_waiting(io));
    if (!control) return control.error();
    auto node = (*control)->node(options.node);
    if (!node) return node.error();
    auto name = printable(node->name);
    return found_node{std::move(*control), std::move(*node), std::move(name)};
}

result<int> drain(cluster_order_options const& options, settings::settings const& s,
                  console const& io) {
    auto found = find(options, s, io);
    if (!found) return found.error();
    auto const& [control, node, name] = *found;
    if (options.undo) {
        if (auto const done = control->undrain(node); !done) return done.error();
        if (options.json)
            io.out << json::serialize(json::object{{"node", name}, {"leaves", false}}) << "\n";
        else
            io.out << "node " << name << " may have accounts again\n";
        return 0;
    }
    auto const done = control->drain(node);
    if (!done) return done.error();
    if (options.json) {
        json::array stay;
        for (auto const& id : done->stay)
            stay.push_back(json::value(printable(id)));
        io.out << json::serialize(json::object{{"node", name},
                                               {"leaves", true},
                                               {"given_up", done->had - done->stay.size()},
                                               {"stay", std::move(stay)}})
               << "\n";
    } else if (done->stay.empty()) {
        io.out << "node " << name << " has no account any more"
               << (done->had == 0 ? "" : ": it gave " + counted(done->had, "account") + " up")
               << "; it takes none until it is started anew, or `setclickd cluster drain --undo "
               << name << "`\n";
    } else {
        io.out << "node " << name << " gave " << counted(done->had - done->stay.size(), "account")
               << " up; no other node can send for " << counted(done->stay.size(), "account")
               << ", which it keeps:\n";
        for (std::size_t i = 0; i < std::min(done->stay.size(), most_named); ++i)
            io.out << "  " << printable(done->stay[i]) << "\n";
        if (done->stay.size() > most_named)
            io.out << "  and " << grouped(done->stay.size() - most_named) << " more\n";
    }
    return static_cast<int>(done->stay.empty() ? exit_code::done : exit_code::partly);
}

void print(std::vector<ledger::open_file> const& files, std::string const& name, std::ostream& to) {
    auto const unread =
        std::ranges::count(files, false, [](ledger::open_file const& f) { return f.at_end; });
    to << "node " << name << " left " << counted(files.size(), "file") << " unfinished, "
       << grouped(static_cast<std::uint64_t>(unread)) << " of them not read to the end\n";
    for (std::size_t i = 0; i < std::min(files.size(), most_named); ++i) {
        auto const& f = files[i];
        to << "  " << printable(f.name, 500)
           << (f.at_end ? ": read; its result is not written"
                        : ": " + grouped(f.offset) + " of " + grouped(f.size) + " bytes are read")
           << "\n";
    }
    if (files.size() > most_named)
        to << "  and " << grouped(files.size() - most_named)
           << " more (--json names all of them)\n";
}

result<int> forget(cluster_order_options const& options, settings::settings const& s,
                   console const& io) {
    auto found = find(options, s, io);
    if (!found) return found.error();
    auto const& [control, node, name] = *found;
    auto const files = control->open_files(node);
    if (!files) return files.error();
    if (!options.json && !files->empty()) print(*files, name, io.err);
    if (auto asked = confirmed(files->size(),
                               "give node " + name + " up with " +
                                   counted(files->size(), "unfinished file") +
                                   ": what was not read of them is on its disk alone",
                               options.yes, io);
        !asked)
        return asked.error();
    if (auto const done = control->forget(node); !done) return done.error();
    if (options.json) {
        json::array listed;
        for (auto const& f : *files)
            listed.push_back(json::object{{"name", printable(f.name, 500)},
                                          {"bytes", f.size},
                                          {"read_bytes", f.offset},
                                          {"read_to_end", f.at_end}});
        io.out << json::serialize(json::object{{"node", name}, {"files", std::move(listed)}})
               << "\n";
        return 0;
    }
    io.out << "node " << name
           << " is given up; its events that are in the ledger are delivered by "
              "the others. A spool of it that comes back goes on where it was\n";
    return 0;
}

int run(cluster_order_options const& options, console const& io,
        result<int> (*action)(cluster_order_options const&, settings::settings const&,
                              console const&)) {
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const code = action(options, read->values, io);
    return code ? *code : io.complain(code.error());
}

}  // namespace

int cluster_drain(cluster_order_options const& options, console const& io) {
    return run(options, io, drain);
}

int cluster_forget(cluster_order_options const& options, console const& io) {
    return run(options, io, forget);
}

}  // namespace setclick::cli
