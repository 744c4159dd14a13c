#include "cluster.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "configuration.hpp"
#include "node_colour.hpp"
#include "setclickd/base/clock.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/setup/ledger.hpp"
#include "setclickd/status_model/cluster.hpp"
#include "setclickd/status_model/cluster_json.hpp"
#include "setclickd/status_model/collect.hpp"
#include "text_columns.hpp"

namespace setclick::cli {
namespace {

namespace json = boost::json;
using status_model::cluster_finding;
using status_model::cluster_report;
using status_model::name_of_node;

/// More are summed up by their owner.
constexpr std::size_t few_accounts = 20;
constexpr std::size_t few_moves = 10;
constexpr std::size_t named_of_many = 3;

std::string age_text(milliseconds age) {
    return duration_text(std::chrono::floor<seconds>(age));
}

/// Rows of texts, each column as wide as its widest.
class text_table {
public:
    explicit text_table(std::vector<std::string> head) { rows_.push_back({std::move(head), {}}); }

    void add(std::vector<std::string> cells, std::size_t coloured = 0, colour as = colour::dim) {
        rows_.push_back({std::move(cells), std::pair(coloured, as)});
    }
    void print(console const& io) const {
        std::vector<std::size_t> widths(rows_[0].cells.size());
        for (auto const& row : rows_)
            for (std::size_t i = 0; i < widths.size(); ++i)
                widths[i] = std::max(widths[i], columns_of(row.cells[i]));
        for (auto const& row : rows_) {
            io.out << "  ";
            for (std::size_t i = 0; i < widths.size(); ++i) {
                auto const& text = row.cells[i];
                bool const is_last = i + 1 == widths.size();
                auto const gap = is_last ? 0 : widths[i] - columns_of(text) + 2;
                bool const is_coloured = row.how && row.how->first == i && i > 0;
                io.out << (is_coloured ? io.on_out(row.how->second, text) : text)
                       << std::string(gap, ' ');
            }
            io.out << "\n";
        }
    }

private:
    struct line {
        std::vector<std::string> cells;
        std::optional<std::pair<std::size_t, colour>> how;  ///< which cell has a colour
    };
    std::vector<line> rows_;
};

class cluster_text {
public:
    cluster_text(cluster_report const& c, std::vector<cluster_finding> const& found,
                 cluster_options const& options, console const& io)
        : c_(c), found_(found), options_(options), io_(io) {}

    void all() {
        findings();
        nodes();
        accounts();
        moves();
        server();
    }

private:
    /// First what somebody has to do.
    void findings() {
        io_.out << status_model::sum_text(c_) << "\n";
        for (auto const& f : found_) {
            bool const is_stuck = f.is == cluster_finding::weight::stuck;
            io_.out << io_.on_out(is_stuck ? colour::red : colour::yellow,
                                  is_stuck ? "stuck" : "risk")
                    << (is_stuck ? "  " : "   ") << f.text << "\n       cure: " << f.cure << "\n";
        }
        if (found_.empty()) io_.out << "nothing is stuck\n";
    }

    void nodes() {
        io_.out << "\nnodes\n";
        text_table t({"NODE", "HOST", "STATE", "LAST BEAT", "HAS", "CAN SEND FOR", "FILES OPEN",
                      "VERSION", "EPOCH", "SPOOL"});
        for (auto const& n : c_.seen.nodes) {
            auto const state = state_of(n);
            t.add({name_of_node(c_, n.no) + (c_.self == n.no ? " (this one)" : ""),
                   printable(n.machine, 60), std::string(name_of(state)),
                   age_text(n.beat_age) + " ago", grouped(n.owned), grouped(n.willing.size()),
                   grouped(n.unfinished_files) +
                       (n.unread_files > 0 ? " (" + grouped(n.unread_files) + " not read)" : ""),
                   printable(n.writer, 30), std::to_string(n.epoch), printable(n.id.substr(0, 8))},
                  2, node_colour(state));
        }
        t.print(io_);
    }

    void accounts() {
        auto const& owners = c_.seen.owners;
        io_.out << "\naccounts\n";
        if (owners.empty()) io_.out << "  none yet\n";
        if (owners.size() <= few_accounts || options_.all) return each_account();
        std::map<int, std::vector<ledger::account_owner const*>> by_owner;
        for (auto const& a : owners)
            by_owner[a.free ? 0 : a.node].push_back(&a);
        for (auto const& [node, theirs] : by_owner) {
            io_.out << "  " << name_of_node(c_, node) << ": " << counted(theirs.size(), "account")
                    << " (";
            for (std::size_t i = 0; i < std::min(theirs.size(), named_of_many); ++i)
                io_.out << (i > 0 ? ", " : "") << printable(theirs[i]->id);
            io_.out << (theirs.size() > named_of_many ? ", …" : "") << ")\n";
        }
        io_.out << "  each of them: setclickd cluster --all\n";
    }

    void each_account() {
        if (c_.seen.owners.empty()) return;
        text_table t({"ACCOUNT", "SENT BY"});
        for (auto const& a : c_.seen.owners) {
            auto const owner = owner_of(c_, a);
            if (a.free)
                t.add({printable(a.id), owner.can_be_taken
                                            ? "nobody: a node takes it within seconds"
                                            : "nobody: no node that lives has a token"},
                      1, colour::yellow);
            else
                t.add({printable(a.id), owner.name + (owner.is_self ? " (this one)" : "")});
        }
        t.print(io_);
    }

    void moves() {
        io_.out << "\nmoves, newest first\n";
        auto const& moves = c_.seen.moves;
        if (moves.empty()) return void(io_.out << "  none yet\n");
        text_table t({"WHEN", "ACCOUNT", "FROM", "TO", "WHY"});
        auto const shown = options_.all ? moves.size() : std::min(moves.size(), few_moves);
        for (std::size_t i = 0; i < shown; ++i) {
            auto const& m = moves[i];
            t.add({wall_text(m.at), printable(m.account_id), name_of_node(c_, m.from),
                   name_of_node(c_, m.to),
                   why_text(c_, m) +
                       (m.in_doubt > 0 ? "; " + grouped(m.in_doubt) + " in doubt" : "")});
        }
        t.print(io_);
        if (shown < moves.size()) io_.out << "  more of them: setclickd cluster --all\n";
    }

    void server() {
        auto const& s = c_.seen.server;
        io_.out << "\nserver\n  PostgreSQL " << printable(s.version)
                << (s.is_standby ? ", a standby: what is shown may be old" : "")
                << "; its clock says " << wall_text(c_.seen.at) << "\n  ";
        if (s.standbys.empty())
            io_.out << "no standby: what is acknowledged lasts as long as this server's disk\n";
        else
            io_.out << counted(s.standbys.size(), "standby")
                    << (s.wants_sync.empty() ? ", asynchronous"
                                             : ", synchronous: " + printable(s.wants_sync, 100))
                    << "\n";
        for (auto const& b : s.standbys) {
            io_.out << "    " << printable(b.name) << ": "
                    << (b.state.empty() ? "state not shown to this role"
                                        : printable(b.state) + ", " + printable(b.sync));
            if (b.lag_bytes) io_.out << ", " << grouped(*b.lag_bytes) << " bytes behind";
            if (b.lag) io_.out << " (" << duration_text(*b.lag) << ")";
            io_.out << "\n";
        }
        io_.out << "  vacuum: ";
        if (s.holders.empty())
            io_.out << "nothing that can be seen holds it up";
        else
            io_.out << "the oldest transaction is of " << printable(s.holders[0].what, 200)
                    << (s.holders[0].age ? ", for " + age_text(*s.holders[0].age) : "");
        io_.out << "\n";
        if (!s.sees_all)
            io_.out << "  other roles' transactions and the standbys' states are not shown to this "
                       "role: "
                       "GRANT pg_read_all_stats TO it shows them\n";
    }

    cluster_report const& c_;
    std::vector<cluster_finding> const& found_;
    cluster_options const& options_;
    console const& io_;
};

int of_a_file(settings::settings const& s, cluster_options const& options, console const& io) {
    if (options.json)
        io.out << json::serialize(json::object{{"shared", false}, {"ledger", s.ledger.path}})
               << "\n";
    else
        io.out
            << "one node: the ledger is the file " << printable(s.ledger.path, 4096)
            << ", which one daemon works with. Several share one in PostgreSQL: docs/cluster.md\n";
    return 0;
}

void print_json(cluster_report const& c, std::vector<cluster_finding> const& found,
                console const& io) {
    json::object out{{"shared", true}};
    for (auto& [name, value] : to_json(c))
        out[name] = value;
    out["accounts"] = accounts_json(c);
    json::array findings;
    for (auto const& f : found)
        findings.push_back({{"key", f.key},
                            {"is", f.is == cluster_finding::weight::stuck ? "stuck" : "risk"},
                            {"text", f.text},
                            {"cure", f.cure}});
    out["findings"] = std::move(findings);
    io.out << json::serialize(out) << "\n";
}

}  // namespace

int cluster(cluster_options const& options, console const& io) {
    auto const read = located_configuration(options.config, io);
    if (!read) return static_cast<int>(exit_code::config);
    auto const& s = read->values;
    if (s.ledger.postgres.empty()) return of_a_file(s, options, io);
    auto const report = status_model::collect(s, {}, wall_now());
    if (!report) return io.complain(report.error());
    if (!report->cluster)
        return io.complain(
            report->ledger_fault.empty()
                ? fail(errc::not_found, "there is no ledger in " +
                                            printable(report->ledger_path, 4096) +
                                            " yet: the first daemon that starts makes it")
                : fail(errc::unreachable, report->ledger_fault));
    std::vector<std::string> open;
    for (auto const& a : report->accounts)
        if (a.events.pending() > 0) open.push_back(a.id);
    auto const found = findings_of(*report->cluster, open);
    if (options.json)
        print_json(*report->cluster, found, io);
    else
        cluster_text(*report->cluster, found, options, io).all();
    bool const is_stuck = std::ranges::any_of(
        found, [](auto const& f) { return f.is == cluster_finding::weight::stuck; });
    return options.exit_code && is_stuck ? static_cast<int>(exit_code::failed) : 0;
}

}  // namespace setclick::cli
