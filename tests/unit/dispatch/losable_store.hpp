// A ledger whose disk can be lost under it: from then on whatever would write fails as an fsync does
// that failed, and nothing is known of what is on the disk.
#pragma once

#include <atomic>
#include <memory>
#include <utility>

#include "forwarding_store.hpp"

namespace setclick::ledger {

class losable_store final : public forwarding_store {
public:
    static constexpr char const* why = "the ledger's disk is lost";

    losable_store(std::unique_ptr<store> real, std::atomic<bool> const& is_lost)
        : forwarding_store(std::move(real)), is_lost_(is_lost) {}

    result<import_answer> import(std::span<claimed_file const> files,
                                 std::span<import_chunk const> chunks, wall_time now) override {
        if (is_lost_) return lost();
        return forwarding_store::import(files, chunks, now);
    }
    result<cycle_result> cycle(cycle_request const& request) override {
        if (is_lost_) return lost();
        return forwarding_store::cycle(request);
    }
    result<void> files_done(std::span<done_file const> files, wall_time now) override {
        if (is_lost_) return lost();
        return forwarding_store::files_done(files, now);
    }
    result<operation_slice> operate(operation const& what, event_no after, wall_time now) override {
        if (is_lost_) return lost();
        return forwarding_store::operate(what, after, now);
    }
    result<prune_slice> prune(retention const& keep, wall_time now, milliseconds elapsed) override {
        if (is_lost_) return lost();
        return forwarding_store::prune(keep, now, elapsed);
    }
    result<void> files_removed(std::span<file_no const> files) override {
        if (is_lost_) return lost();
        return forwarding_store::files_removed(files);
    }
    result<void> given_back(file_no no) override {
        if (is_lost_) return lost();
        return forwarding_store::given_back(no);
    }
    result<file_info> read_on(file_no no) override {
        if (is_lost_) return lost();
        return forwarding_store::read_on(no);
    }
    result<void> keep_verdict(account_no account, std::string_view verdict) override {
        if (is_lost_) return lost();
        return forwarding_store::keep_verdict(account, verdict);
    }

private:
    static error lost() { return fail(errc::io, why); }

    std::atomic<bool> const& is_lost_;
};

}  // namespace setclick::ledger
