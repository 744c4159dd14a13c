#include "import_calls.hpp"

#include <algorithm>

#include "setclickd/base/clock.hpp"
#include "setclickd/base/time.hpp"

namespace setclick::intake {

struct import_calls::shared {
    std::function<void()> wake;
    std::function<void(std::vector<account_no>, std::uint64_t)> imported;
    bool blocked =
        false;  ///< the ledger's thread only: a call failed, those behind it must not run

    std::mutex mutex;
    std::vector<std::unique_ptr<import_call>> answered;

    void run(import_call& call, ledger::store& store);
    void tell(import_call const& call);
};

void import_calls::shared::run(import_call& call, ledger::store& store) {
    call.failed.reset();
    if (blocked) {
        call.failed = fail(errc::disk_full, {});
        return;
    }
    auto const now = wall_now();
    auto answer = store.import(call.new_files, call.chunks, now);
    if (!answer) {
        blocked = true;
        call.failed = answer.error();
        return;
    }
    call.answer = std::move(*answer);
    tell(call);
}

void import_calls::shared::tell(import_call const& call) {
    if (!imported) return;
    std::vector<account_no> accounts;
    std::uint64_t count = 0;
    for (auto const& r : call.answer.chunks) {
        count += r.accepted;
        for (auto const account : r.accounts)
            if (std::find(accounts.begin(), accounts.end(), account) == accounts.end())
                accounts.push_back(account);
    }
    if (!accounts.empty()) imported(std::move(accounts), count);
}

void import_call::clear() {
    new_files.clear();
    new_owners.clear();
    owners.clear();
    chunks.clear();
    answer = {};
    failed.reset();
}

import_calls::import_calls(ledger::writer& writer, std::function<void()> wake,
                           std::function<void(std::vector<account_no>, std::uint64_t)> imported)
    : writer_(&writer), shared_(std::make_shared<shared>()) {
    shared_->wake = std::move(wake);
    shared_->imported = std::move(imported);
}

import_calls::~import_calls() = default;

std::unique_ptr<import_call> import_calls::fresh() {
    if (spare_.empty()) return std::make_unique<import_call>();
    auto out = std::move(spare_.back());
    spare_.pop_back();
    return out;
}

void import_calls::recycle(std::unique_ptr<import_call> call) {
    call->clear();
    if (spare_.size() < most_in_flight) spare_.push_back(std::move(call));
}

void import_calls::post(std::unique_ptr<import_call> call) {
    if (is_parked())
        parked_.push_back(std::move(call));
    else
        launch(std::move(call));
}

void import_calls::launch(std::unique_ptr<import_call> call) {
    ++in_flight_;
    writer_->post(ledger::writer::priority::import,
                  [call = std::move(call), state = shared_](ledger::store& store) mutable {
                      state->run(*call, store);
                      {
                          std::lock_guard const lock(state->mutex);
                          state->answered.push_back(std::move(call));
                      }
                      state->wake();
                  });
}

import_calls::answers import_calls::collect() {
    std::vector<std::unique_ptr<import_call>> answered;
    {
        std::lock_guard const lock(shared_->mutex);
        answered.swap(shared_->answered);
    }
    answers out;
    for (auto& call : answered) {
        --in_flight_;
        if (!call->failed) {
            out.done.push_back(std::move(call));
            continue;
        }
        auto const& e = *call->failed;
        if (e.code != errc::disk_full)
            out.fatal = e;
        else if (!e.message.empty())
            out.full = e;
        parked_.push_back(std::move(call));
    }
    return out;
}

void import_calls::retry() {
    if (in_flight_ > 0 || parked_.empty()) return;
    writer_->post(ledger::writer::priority::import,
                  [state = shared_](ledger::store&) { state->blocked = false; });
    auto again = std::move(parked_);
    parked_.clear();
    for (auto& call : again)
        launch(std::move(call));
}

}  // namespace setclick::intake
