#include <utility>

#include "setclickd/ledger/operations.hpp"
#include "setclickd/ledger/store.hpp"

namespace setclick::ledger {

result<operation_slice> operate_all(store& ledger, operation const& what, wall_time now) {
    operation_slice all;
    event_no after{};
    do {
        auto part = ledger.operate(what, after, now);
        if (!part) return part;
        all.counts += part->counts;
        all.reopened.insert(all.reopened.end(), part->reopened.begin(), part->reopened.end());
        all.complete_files.insert(all.complete_files.end(), part->complete_files.begin(),
                                  part->complete_files.end());
        all.depths = std::move(part->depths);
        all.elsewhere = std::move(part->elsewhere);
        all.done = part->done;
        all.next = after = part->next;
    } while (!all.done);
    return all;
}

}  // namespace setclick::ledger
