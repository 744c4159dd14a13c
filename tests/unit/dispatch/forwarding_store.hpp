// A ledger that hands every call to another one: for a test that changes or counts a few of them.
#pragma once

#include <memory>
#include <utility>

#include "setclickd/ledger/store.hpp"

namespace setclick::ledger {

class forwarding_store : public store {
public:
    explicit forwarding_store(std::unique_ptr<store> real) : real_(std::move(real)) {}

    result<recovery> recover(wall_time now, last_end const& end) override {
        return real_->recover(now, end);
    }
    result<account_no> account(std::string_view id) override { return real_->account(id); }
    result<import_answer> import(std::span<claimed_file const> files,
                                 std::span<import_chunk const> chunks, wall_time now) override {
        return real_->import(files, chunks, now);
    }
    result<cycle_result> cycle(cycle_request const& request) override {
        return real_->cycle(request);
    }
    result<void> files_done(std::span<done_file const> files, wall_time now) override {
        return real_->files_done(files, now);
    }
    result<file_info> file(file_no no) override { return real_->file(no); }
    result<std::vector<file_info>> files(std::span<file_no const> numbers) override {
        return real_->files(numbers);
    }
    result<std::vector<file_info>> unfinished_files() override { return real_->unfinished_files(); }
    result<std::vector<account_info>> accounts() override { return real_->accounts(); }
    result<operation_slice> operate(operation const& what, event_no after, wall_time now) override {
        return real_->operate(what, after, now);
    }
    result<prune_slice> prune(retention const& keep, wall_time now, milliseconds elapsed) override {
        return real_->prune(keep, now, elapsed);
    }
    result<void> files_removed(std::span<file_no const> files) override {
        return real_->files_removed(files);
    }
    result<void> given_back(file_no no) override { return real_->given_back(no); }
    result<file_info> read_on(file_no no) override { return real_->read_on(no); }
    result<void> keep_verdict(account_no account, std::string_view verdict) override {
        return real_->keep_verdict(account, verdict);
    }
    result<std::optional<std::uint64_t>> free_bytes() override { return real_->free_bytes(); }
    result<node_news> poll(wall_time now) override { return real_->poll(now); }
    result<taken_accounts> take_over(std::span<account_no const> accounts, wall_time now) override {
        return real_->take_over(accounts, now);
    }
    result<void> give_up(std::span<account_no const> accounts) override {
        return real_->give_up(accounts);
    }
    result<ledger_health> look_after() override { return real_->look_after(); }
    std::string id() const override { return real_->id(); }
    std::uint64_t run() const override { return real_->run(); }

private:
    std::unique_ptr<store> real_;
};

}  // namespace setclick::ledger
