#include "call_counts.hpp"

#include "json_text.hpp"

namespace setclick::sandbox {
namespace {

class object_writer {
public:
    explicit object_writer(std::string& out) : out_(out) { out_ += '{'; }
    void add(std::string_view name, std::uint64_t value) {
        key(name);
        append_number(out_, value);
    }
    void key(std::string_view name) {
        if (!is_first_) out_ += ',';
        is_first_ = false;
        append_json_string(out_, name);
        out_ += ':';
    }
    void close() { out_ += '}'; }

private:
    std::string& out_;
    bool is_first_ = true;
};

}  // namespace

std::uint64_t call_counts::opened() {
    ++connections_;
    ++open_connections_;
    return ++last_connection_;
}

void call_counts::is_control(bool yes) {
    connections_ += yes ? std::uint64_t(-1) : 1;
    open_connections_ += yes ? std::uint64_t(-1) : 1;
}

void call_counts::count(outcome const& o) {
    ++requests_;
    ++by_status_[static_cast<std::size_t>(o.status)];
    ++by_fault_[static_cast<std::size_t>(o.fault)];
    if (o.booked) ++booked_;
}

std::string call_counts::to_json(std::uint64_t report_rows) const {
    std::string body;
    object_writer all(body);
    all.add("requests", requests_);
    all.add("booked", booked_);
    all.add("incomplete", incomplete_);
    all.add("connections", connections_);
    all.add("open_connections", open_connections_);
    all.add("report_rows", report_rows);
    all.key("by_status");
    object_writer statuses(body);
    for (std::size_t status = 0; status < by_status_.size(); ++status)
        if (by_status_[status] > 0) statuses.add(std::to_string(status), by_status_[status]);
    statuses.close();
    all.key("by_fault");
    object_writer faults(body);
    for (std::size_t kind = 1; kind < by_fault_.size(); ++kind)
        if (by_fault_[kind] > 0)
            faults.add(name_of(static_cast<fault_kind>(kind)), by_fault_[kind]);
    faults.close();
    all.close();
    return body;
}

}  // namespace setclick::sandbox
