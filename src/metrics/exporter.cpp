#include "setclickd/metrics/exporter.hpp"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <limits>
#include <sstream>
#include <utility>
#include <vector>

#include "account_series.hpp"
#include "setclickd/delivery/daemon_figures.hpp"
#include "setclickd/delivery/member_status.hpp"
#include "setclickd/delivery/park.hpp"
#include "setclickd/ledger/cluster_view.hpp"

namespace setclick::metrics {
namespace {

using delivery::daemon_figures;
using delivery::park_reason;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

/// What a number outlives.
enum class kept : std::uint8_t {
    now,     ///< nothing: it is as it is
    start,   ///< begins anew with each start of the daemon
    ledger,  ///< goes on over restarts
};

struct sources {
    export_input const& in;
    std::vector<account_series> accounts;

    status_model::status_report const& status() const { return in.status; }
    status_model::daemon_report const& daemon() const { return in.status.daemon; }
    daemon_figures const& figures() const { return in.status.daemon.figures; }
};

using labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;

/// Takes the series of one family.
class family_writer {
public:
    explicit family_writer(MetricFamily& to) : to_(to) {}

    void add(labels with, double value) {
        auto& m = made(with);
        if (to_.type == MetricType::Counter)
            m.counter.value = value;
        else
            m.gauge.value = value;
    }
    void add(double value) { add({}, value); }
    void add_count(labels with, std::uint64_t value) { add(with, static_cast<double>(value)); }
    void add(labels with, std::optional<double> const& value) {
        if (value) add(with, *value);
    }
    void add_flag(bool is_so) { add(is_so ? 1.0 : 0.0); }
    /// One that is not known has no series.
    void add(histogram_values const& h) {
        if (h.counts.empty()) return;
        auto& out = made({}).histogram;
        std::uint64_t so_far = 0;
        for (std::size_t i = 0; i < h.counts.size(); ++i) {
            so_far += h.counts[i];
            bool const is_last = i == h.bounds.size();
            out.bucket.push_back(
                {so_far, is_last ? std::numeric_limits<double>::infinity() : h.bounds[i]});
        }
        out.sample_count = so_far;
        out.sample_sum = h.sum;
    }

private:
    ClientMetric& made(labels with) {
        auto& m = to_.metric.emplace_back();
        m.label.reserve(with.size());
        for (auto const& [name, value] : with)
            m.label.push_back({std::string(name), std::string(value)});
        return m;
    }

    MetricFamily& to_;
};

struct family {
    std::string_view name;
    MetricType type = MetricType::Gauge;
    std::string_view labels;  ///< for the reference
    kept outlives = kept::now;
    std::string_view help;  ///< without a full stop at its end
    void (*fill)(sources const&, family_writer&) = nullptr;
};

void for_each_park_reason(auto const& each) {
    for (std::size_t i = 1; i < delivery::park_reason_count; ++i)
        each(std::string_view(delivery::name_of(static_cast<park_reason>(i))));
}

// ---- events ----

void events(sources const& s, family_writer& out) {
    for (auto const& a : s.accounts) {
        out.add({{"account", a.label}, {"outcome", "delivered"}}, a.delivered);
        out.add({{"account", a.label}, {"outcome", "rejected"}}, a.rejected);
        out.add({{"account", a.label}, {"outcome", "duplicate"}}, a.duplicate);
        out.add({{"account", a.label}, {"outcome", "discarded"}}, a.discarded);
    }
}

void rejected(sources const& s, family_writer& out) {
    for (std::size_t i = 0; i < delivery::rejection_count; ++i)
        out.add_count({{"reason", name_of(static_cast<delivery::rejection>(i))}},
                      s.figures().rejected[i]);
}

void in_doubt(sources const& s, family_writer& out) {
    for (auto const& a : s.accounts)
        out.add({{"account", a.label}}, a.in_doubt_ever);
}

void queue(sources const& s, family_writer& out) {
    for (auto const& a : s.accounts) {
        out.add({{"account", a.label}, {"state", "waiting"}}, a.waiting);
        out.add({{"account", a.label}, {"state", "in_flight"}}, a.in_flight);
        out.add({{"account", a.label}, {"state", "deferred"}}, a.deferred);
        out.add({{"account", a.label}, {"state", "in_doubt"}}, a.in_doubt);
        out.add({{"account", a.label}, {"state", "held"}}, a.held);
    }
}

/// A member of each account's series, where it is known.
template <auto member>
void of_accounts(sources const& s, family_writer& out) {
    for (auto const& a : s.accounts)
        out.add({{"account", a.label}}, a.*member);
}

// ---- delivery ----

void attempts(sources const& s, family_writer& out) {
    for (std::size_t i = 0; i < delivery::status_class_count; ++i)
        out.add_count({{"status", name_of(static_cast<delivery::status_class>(i))}},
                      s.figures().attempts[i]);
}

template <histogram_values daemon_figures::*member>
void histogram_of(sources const& s, family_writer& out) {
    out.add(s.figures().*member);
}

void connections(sources const& s, family_writer& out) {
    out.add_count({{"state", "open"}}, s.figures().connections_idle);
    out.add_count({{"state", "busy"}}, s.figures().connections_busy);
    out.add_count({{"state", "opening"}}, s.figures().connections_opening);
}

void handshakes(sources const& s, family_writer& out) {
    out.add_count({{"resumed", "false"}}, s.figures().handshakes_full);
    out.add_count({{"resumed", "true"}}, s.figures().handshakes_resumed);
}

// ---- nodes that share a ledger: of a ledger in a file there are no series ----

void nodes(sources const& s, family_writer& out) {
    auto const& cluster = s.status().cluster;
    if (!cluster) return;
    using ledger::node_state;
    for (auto const state : {node_state::living, node_state::leaving, node_state::silent,
                             node_state::stopped, node_state::dead, node_state::forgotten}) {
        auto const is_so = [state](auto const& n) { return state_of(n) == state; };
        out.add({{"state", ledger::name_of(state)}},
                static_cast<double>(std::ranges::count_if(cluster->seen.nodes, is_so)));
    }
}

void node_accounts(sources const& s, family_writer& out) {
    auto const& cluster = s.status().cluster;
    if (!cluster || !cluster->self) return;
    auto const is_own = [&](auto const& a) { return !a.free && a.node == *cluster->self; };
    out.add(static_cast<double>(std::ranges::count_if(cluster->seen.owners, is_own)));
}

/// Those of which events wait: one that nobody names any more, and that is empty, needs none.
void accounts_without_owner(sources const& s, family_writer& out) {
    if (!s.status().cluster) return;
    auto const waits = [](auto const& a) {
        return a.owner && a.owner->name.empty() && a.events.pending() > 0;
    };
    out.add(static_cast<double>(std::ranges::count_if(s.status().accounts, waits)));
}

void unread_files(sources const& s, family_writer& out) {
    if (!s.status().cluster) return;
    std::uint64_t files = 0;
    for (auto const& n : s.status().cluster->seen.nodes)
        if (state_of(n) == ledger::node_state::dead) files += n.unread_files;
    out.add_count({}, files);
}

void oldest_transaction(sources const& s, family_writer& out) {
    if (!s.status().cluster) return;
    milliseconds oldest{0};
    for (auto const& h : s.status().cluster->seen.server.holders)
        oldest = std::max(oldest, h.age.value_or(milliseconds{0}));
    out.add(static_cast<double>(oldest.count()) / 1000);
}

template <milliseconds delivery::member_status::*member>
void seconds_of_member(sources const& s, family_writer& out) {
    if (auto const& m = s.daemon().member)
        out.add(static_cast<double>((*m.*member).count()) / 1000);
}

template <std::uint64_t delivery::member_status::*member>
void count_of_member(sources const& s, family_writer& out) {
    if (auto const& m = s.daemon().member) out.add_count({}, *m.*member);
}

// ---- parks ----

void account_parked(sources const& s, family_writer& out) {
    for (auto const& a : s.accounts)
        for (auto const& [reason, count] : a.parked)
            out.add({{"account", a.label}, {"reason", reason}}, count);
}

void accounts_parked(sources const& s, family_writer& out) {
    for_each_park_reason([&](std::string_view reason) {
        auto const is_parked = [&](auto const& a) {
            return a.is_configured && a.parked && a.parked->reason == reason;
        };
        auto const count = std::ranges::count_if(s.status().accounts, is_parked);
        out.add({{"reason", reason}}, static_cast<double>(count));
    });
}

void endpoint_parked(sources const& s, family_writer& out) {
    auto const& park = s.daemon().endpoint_parked;
    for_each_park_reason([&](std::string_view reason) {
        out.add({{"reason", reason}}, park && park->reason == reason ? 1.0 : 0.0);
    });
}

void tokens(sources const& s, family_writer& out) {
    for (auto const& a : s.accounts) {
        out.add({{"account", a.label}, {"source", "file"}}, a.file_token_end_seconds);
        out.add({{"account", a.label}, {"source", "login"}}, a.login_token_end_seconds);
    }
}

// ---- reports ----

template <class Number>
void of_verdicts(sources const& s, family_writer& out, Number number) {
    for (auto const& a : s.accounts)
        if (a.reconciled) out.add({{"account", a.label}}, number(*a.reconciled));
}

// ---- files, disks ----

void files(sources const& s, family_writer& out) {
    if (s.status().files_incoming)
        out.add_count({{"state", "incoming"}}, *s.status().files_incoming);
    out.add_count({{"state", "work"}}, s.status().files_open);
    std::uint64_t left = 0;
    for (auto const& l : s.status().left_alone)
        left += l.count;
    out.add_count({{"state", "left_alone"}}, left);
}

void of_disks(sources const& s, family_writer& out,
              std::optional<std::uint64_t> status_model::disk_report::*member) {
    if (auto const n = s.status().ledger_disk.*member) out.add_count({{"place", "ledger"}}, *n);
    if (auto const n = s.status().spool_disk.*member) out.add_count({{"place", "spool"}}, *n);
}

// ---- the process ----

template <auto member>
void of_process(sources const& s, family_writer& out) {
    auto const& p = s.figures().process;
    if (p.start_time_seconds > 0) out.add(static_cast<double>(p.*member));
}

constexpr auto a_counter = MetricType::Counter;
constexpr auto a_gauge = MetricType::Gauge;
constexpr auto a_histogram = MetricType::Histogram;
using delivery::process_figures;

// clang-format off
constexpr std::array families{
    family{"setclickd_events_total", a_counter, "account, outcome", kept::ledger,
           "How often an event came into a final state; rejected: lines that could not be taken, too (those that name no "
           "account are of \"other\"). One that a person has sent again counts again",
           events},
    family{"setclickd_rejected_events_total", a_counter, "reason", kept::start,
           "Events and lines that were rejected, by why",
           rejected},
    family{"setclickd_in_doubt_events_total", a_counter, "account", kept::ledger,
           "Attempts of which nobody knows whether the event was booked",
           in_doubt},
    family{"setclickd_queue_events", a_gauge, "account, state", kept::now,
           "Events that are not final",
           queue},
    family{"setclickd_oldest_waiting_seconds", a_gauge, "account", kept::now,
           "Age of the oldest event that is on its way, since its import; 0 where none is. Of \"other\": the highest",
           of_accounts<&account_series::oldest_waiting_seconds>},
    family{"setclickd_last_success_timestamp_seconds", a_gauge, "account", kept::ledger,
           "When an event was delivered last, in seconds since 1970; absent where none ever was. Of \"other\": the latest",
           of_accounts<&account_series::last_success_seconds>},
    family{"setclickd_attempts_total", a_counter, "status", kept::start,
           "Requests with an event of which at least a byte left, by what they were answered; none: no complete answer",
           attempts},
    family{"setclickd_request_duration_seconds", a_histogram, "", kept::start,
           "From a request's first byte to its answer's last, where there was an answer",
           histogram_of<&daemon_figures::request_seconds>},
    family{"setclickd_delivery_duration_seconds", a_histogram, "", kept::start,
           "From an event's import to its durable receipt, of those that were delivered",
           histogram_of<&daemon_figures::delivery_seconds>},
    family{"setclickd_rate_wait_seconds_total", a_counter, "account", kept::start,
           "Time in which events waited for nothing but the rate, looked at once a second. Of \"other\": added up",
           of_accounts<&account_series::rate_waited_seconds>},
    family{"setclickd_rate_permits", a_gauge, "account", kept::now,
           "Calls that the rate would let pass at once; +Inf where it is not limited. Of \"other\": added up",
           of_accounts<&account_series::permits>},
    family{"setclickd_rate_per_minute", a_gauge, "account", kept::now,
           "Calls a minute that are allowed now, after what answers taught; +Inf where not limited. Of \"other\": added up",
           of_accounts<&account_series::rate_per_minute>},
    family{"setclickd_rate_configured_per_minute", a_gauge, "account", kept::now,
           "Calls a minute that the configuration allows; +Inf where not limited. Of \"other\": added up",
           of_accounts<&account_series::configured_per_minute>},
    family{"setclickd_account_parked", a_gauge, "account, reason", kept::now,
           "1 for each account that is parked; absent for all others. Of \"other\": how many for this reason",
           account_parked},
    family{"setclickd_accounts_parked", a_gauge, "reason", kept::now,
           "Accounts that are parked, of all that are configured",
           accounts_parked},
    family{"setclickd_endpoint_parked", a_gauge, "reason", kept::now,
           "Whether nothing is sent for any account, by why",
           endpoint_parked},
    family{"setclickd_endpoint_reachable", a_gauge, "", kept::now,
           "0 where no connection to the endpoint can be opened",
           [](sources const& s, family_writer& out) { out.add_flag(s.daemon().unreachable.empty()); }},
    family{"setclickd_connections", a_gauge, "state", kept::now,
           "Connections to the endpoint; open: open and free",
           connections},
    family{"setclickd_tls_handshakes_total", a_counter, "resumed", kept::start,
           "Connections that were opened, by whether they took up an earlier TLS session",
           handshakes},
    family{"setclickd_token_expiry_timestamp_seconds", a_gauge, "account, source", kept::now,
           "When the token ends, in seconds since 1970, where the token or the login says so; login: the daemon renews it in "
           "time. Of \"other\": the earliest",
           tokens},
    family{"setclickd_reconcile_agrees", a_gauge, "account", kept::ledger,
           "Whether the last comparison found that what was delivered was recorded; absent where none was made. Of "
           "\"other\": 0 where one does not agree",
           [](sources const& s, family_writer& out) {
               of_verdicts(s, out, [](verdict const& v) { return v.agrees ? 1.0 : 0.0; });
           }},
    family{"setclickd_reconcile_difference_events", a_gauge, "account", kept::ledger,
           "Events that the last comparison found missing, too many or ambiguous. Of \"other\": added up",
           [](sources const& s, family_writer& out) {
               of_verdicts(s, out, [](verdict const& v) { return v.differs_by; });
           }},
    family{"setclickd_reconcile_timestamp_seconds", a_gauge, "account", kept::ledger,
           "When that comparison was made, in seconds since 1970. Of \"other\": the earliest",
           [](sources const& s, family_writer& out) {
               of_verdicts(s, out, [](verdict const& v) { return v.at_seconds; });
           }},
    family{"setclickd_spool_files", a_gauge, "state", kept::now,
           "Files in the spool: to be taken, taken and not finished, left in incoming/ for a reason that `status` names",
           files},
    family{"setclickd_last_file_timestamp_seconds", a_gauge, "", kept::ledger,
           "When the newest file was taken, in seconds since 1970; absent where none was",
           [](sources const& s, family_writer& out) {
               if (s.status().last_file != wall_time{}) out.add(seconds_of(s.status().last_file));
           }},
    family{"setclickd_import_events", a_histogram, "", kept::start,
           "Lines of one import into the ledger: events, duplicates and lines that were refused",
           histogram_of<&daemon_figures::import_events>},
    family{"setclickd_claim_events", a_histogram, "", kept::start,
           "Events that one account was given to send by one transaction",
           histogram_of<&daemon_figures::claim_events>},
    family{"setclickd_ledger_commit_duration_seconds", a_histogram, "", kept::start,
           "How long a commit took until it was durable",
           histogram_of<&daemon_figures::commit_seconds>},
    family{"setclickd_ledger_bytes", a_gauge, "", kept::now,
           "Size of the ledger and of its write-ahead log",
           [](sources const& s, family_writer& out) { out.add_count({}, s.status().ledger_bytes); }},
    family{"setclickd_disk_free_bytes", a_gauge, "place", kept::now,
           "Free room on the file system",
           [](sources const& s, family_writer& out) { of_disks(s, out, &status_model::disk_report::free_bytes); }},
    family{"setclickd_disk_size_bytes", a_gauge, "place", kept::now,
           "Size of that file system",
           [](sources const& s, family_writer& out) { of_disks(s, out, &status_model::disk_report::size_bytes); }},
    family{"setclickd_stalled", a_gauge, "", kept::now,
           "1 where events wait that nothing would have woken: a fault of the daemon",
           [](sources const& s, family_writer& out) { out.add_flag(s.daemon().stalled); }},
    family{"setclickd_disk_full", a_gauge, "", kept::now,
           "1 where the ledger cannot grow for want of room",
           [](sources const& s, family_writer& out) { out.add_flag(s.daemon().disk_full); }},
    family{"setclickd_ledger_locked", a_gauge, "", kept::now,
           "1 where another program keeps the ledger from being written",
           [](sources const& s, family_writer& out) { out.add_flag(!s.daemon().ledger_locked.empty()); }},
    family{"setclickd_ledger_away", a_gauge, "", kept::now,
           "1 where the server of the ledger cannot be worked with",
           [](sources const& s, family_writer& out) { out.add_flag(!s.daemon().ledger_away.empty()); }},
    family{"setclickd_nodes", a_gauge, "state", kept::now,
           "Nodes that share the ledger in PostgreSQL: dead ones were silent for too long, and others have their accounts",
           nodes},
    family{"setclickd_node_accounts", a_gauge, "", kept::now,
           "Accounts that this node sends for, where nodes share a ledger",
           node_accounts},
    family{"setclickd_node_lease_seconds", a_gauge, "", kept::now,
           "Time until this node may send no more, unless PostgreSQL acknowledges a beat; 0: it sends nothing",
           seconds_of_member<&delivery::member_status::lease_left>},
    family{"setclickd_node_beat_duration_seconds", a_gauge, "", kept::now,
           "How long the last acknowledged beat took, to PostgreSQL and back",
           seconds_of_member<&delivery::member_status::beat_took>},
    family{"setclickd_node_taken_over_total", a_counter, "", kept::start,
           "Accounts that this node took: from one that ended, or that nobody had",
           count_of_member<&delivery::member_status::taken_over>},
    family{"setclickd_node_given_up_total", a_counter, "", kept::start,
           "Accounts that this node gave to others",
           count_of_member<&delivery::member_status::given_up>},
    family{"setclickd_node_taken_in_doubt_total", a_counter, "", kept::start,
           "Events that were on their way at another node when this one took its accounts: they became in doubt",
           count_of_member<&delivery::member_status::taken_in_doubt>},
    family{"setclickd_accounts_without_owner", a_gauge, "", kept::now,
           "Accounts of which events wait and that no node sends for",
           accounts_without_owner},
    family{"setclickd_unread_files", a_gauge, "", kept::now,
           "Files that are not read to their end, of nodes that are dead: nobody else can read them",
           unread_files},
    family{"setclickd_ledger_oldest_transaction_seconds", a_gauge, "", kept::now,
           "Age of the oldest transaction that keeps PostgreSQL from removing dead rows, as far as the role is shown it",
           oldest_transaction},
    family{"setclickd_intake_held_up", a_gauge, "", kept::now,
           "1 where files cannot be taken or filed away",
           [](sources const& s, family_writer& out) { out.add_flag(!s.daemon().intake_held_up.empty()); }},
    family{"setclickd_starts_total", a_counter, "", kept::ledger,
           "Starts of the daemon",
           [](sources const& s, family_writer& out) { out.add_count({}, s.status().starts); }},
    family{"setclickd_build_info", a_gauge, "version", kept::now,
           "1; which version runs",
           [](sources const& s, family_writer& out) { out.add({{"version", s.daemon().version}}, 1.0); }},
    family{"setclickd_http_requests_total", a_counter, "path, code", kept::start,
           "Requests that the web server has answered; other: what is no page",
           [](sources const& s, family_writer& out) {
               for (auto const& r : s.in.requests)
                   out.add_count({{"path", r.path}, {"code", std::to_string(r.status)}}, r.count);
           }},
    family{"process_start_time_seconds", a_gauge, "", kept::now,
           "When the process was started, in seconds since 1970",
           of_process<&process_figures::start_time_seconds>},
    family{"process_cpu_seconds_total", a_counter, "", kept::start,
           "Processor time that it has used",
           of_process<&process_figures::cpu_seconds>},
    family{"process_resident_memory_bytes", a_gauge, "", kept::now,
           "Memory that it occupies",
           of_process<&process_figures::resident_bytes>},
    family{"process_virtual_memory_bytes", a_gauge, "", kept::now,
           "Address space that it has",
           of_process<&process_figures::virtual_bytes>},
    family{"process_open_fds", a_gauge, "", kept::now,
           "Descriptors that are open",
           of_process<&process_figures::open_fds>},
    family{"process_max_fds", a_gauge, "", kept::now,
           "Descriptors that may be open",
           of_process<&process_figures::max_fds>},
    family{"process_threads", a_gauge, "", kept::now,
           "Threads that it has",
           of_process<&process_figures::threads>},
};
// clang-format on

std::string_view ending(kept k) {
    switch (k) {
        case kept::now:
            return ".";
        case kept::start:
            return ". Begins anew with each start.";
        case kept::ledger:
            return ". Kept in the ledger: goes on over restarts.";
    }
    return ".";
}

/// Not known while its server is away: a counter that falls to nothing would be taken for a new one.
bool is_of_the_ledger(family const& f) {
    return f.outlives == kept::ledger || f.name == "setclickd_queue_events" ||
           f.name == "setclickd_oldest_waiting_seconds";
}

std::string_view name_of(MetricType type) {
    switch (type) {
        case MetricType::Counter:
            return "counter";
        case MetricType::Histogram:
            return "histogram";
        default:
            return "gauge";
    }
}

}  // namespace

std::string exported(export_input const& in) {
    sources const s{in, series_of(in.status, in.own)};
    std::vector<MetricFamily> made;
    made.reserve(families.size());
    bool const is_silent = !in.status.ledger_fault.empty();
    for (auto const& f : families) {
        if (is_silent && is_of_the_ledger(f)) continue;
        MetricFamily out;
        out.name = f.name;
        out.help = std::string(f.help) + std::string(ending(f.outlives));
        out.type = f.type;
        family_writer writer(out);
        f.fill(s, writer);
        // One without a series would be a name without a meaning.
        if (!out.metric.empty()) made.push_back(std::move(out));
    }
    std::ostringstream text;
    prometheus::TextSerializer().Serialize(text, made);
    return std::move(text).str();
}

std::string reference() {
    std::string out = "| metric | type | labels | what it is |\n| --- | --- | --- | --- |\n";
    for (auto const& f : families) {
        out += "| `";
        out += f.name;
        out += "` | ";
        out += name_of(f.type);
        out += " | ";
        out += f.labels;
        out += f.labels.empty() ? "| " : " | ";
        out += f.help;
        out += ending(f.outlives);
        out += " |\n";
    }
    return out;
}

}  // namespace setclick::metrics
