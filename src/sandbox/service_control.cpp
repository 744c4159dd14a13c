// The sandbox's own endpoints: counts, and the fault set while it runs.
#include "fault_names.hpp"
#include "json_text.hpp"
#include "service.hpp"

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

answer service::control_answer(request const& r) {
    auto const path = r.path();
    if (path == "/_sandbox/stats" && r.method == "GET") return stats_answer();
    if (path == "/_sandbox/faults" && r.method == "GET")
        return json_answer(faults_to_json(settings_.faults));
    if (path == "/_sandbox/faults" && r.method == "POST") {
        auto faults = faults_from_json(r.body);
        if (!faults) return error_answer(400, faults.error().message);
        take_faults(std::move(*faults));
        return json_answer(faults_to_json(settings_.faults));
    }
    return error_answer(404, "Not Found");
}

answer service::stats_answer() {
    // Who reads the counts will compare them with the files.
    if (auto const flushed = files_.flush(); !flushed)
        return error_answer(500, flushed.error().message);
    std::string body;
    object_writer all(body);
    all.add("requests", requests_);
    all.add("booked", booked_);
    all.add("incomplete", incomplete_);
    all.add("connections", connections_);
    all.add("open_connections", open_connections_);
    all.add("report_rows", report_.rows());
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
    return json_answer(std::move(body));
}

}  // namespace setclick::sandbox
