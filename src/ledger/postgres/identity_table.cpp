#include "identity_table.hpp"

namespace setclick::ledger::postgres {
namespace {

constexpr std::int64_t keys_a_slice = 900;  // of a sweep

}  // namespace

identity_table::identity_table(session& db)
    : select_(db,
              "SELECT k.i, identity.event, identity.content FROM unnest($1::bytea[]) WITH "
              "ORDINALITY k(key, i) JOIN identity ON identity.key = k.key"),
      insert_(db,
              "INSERT INTO identity(key, event, content) SELECT * FROM unnest($1::bytea[], "
              "$2::bigint[], $3::bigint[])"),
      // Its owner may be pruning it just now.
      update_(db,
              "INSERT INTO identity(key, event, content) VALUES($1, $2, $3) ON CONFLICT (key) DO "
              "UPDATE SET event = excluded.event, content = excluded.content"),
      // 64 neighbours at a time: a command over many events takes few locks.
      hold_(db, "SELECT pg_advisory_xact_lock(7234795, hashint8($1 >> 6))"),
      page_(db, "SELECT key, event, content FROM identity WHERE key > $1 ORDER BY key LIMIT $2"),
      erase_(db,
             "DELETE FROM identity i USING unnest($1::bytea[], $2::bigint[]) k(key, event) WHERE "
             "i.key = k.key AND i.event = k.event") {}

std::vector<identity_holder> identity_table::find(std::vector<std::string_view> const& keys) {
    held_.clear();
    std::vector<bytes> list;
    list.reserve(keys.size());
    for (auto const& key : keys)
        list.push_back({key});
    std::vector<identity_holder> out(keys.size());
    auto found = select_.read(list);
    while (found.next()) {
        auto const i = static_cast<std::size_t>(found.integer(0)) - 1;
        out[i] = {found.number(1), found.number(2)};
        held_.insert(keys[i]);
    }
    return out;
}

void identity_table::store(std::vector<identity_entry> const& entries,
                           std::vector<std::string_view> const&) {
    std::vector<bytes> keys;
    std::vector<std::int64_t> events;
    std::vector<std::int64_t> contents;
    for (auto const& e : entries) {
        if (held_.contains(e.key)) {
            update_.run(bytes{e.key}, e.event, e.content);
            continue;
        }
        keys.push_back({e.key});
        events.push_back(static_cast<std::int64_t>(e.event));
        contents.push_back(static_cast<std::int64_t>(e.content));
    }
    held_.clear();
    if (!keys.empty()) insert_.run(keys, events, contents);
}

identity_holder identity_table::find_one(std::string_view key) {
    return find({key}).front();
}

std::string identity_table::sweep(std::string const& from,
                                  std::function<bool(identity_entry const&)> const& keep,
                                  std::uint64_t& dropped) {
    auto found = page_.read(bytes{from}, keys_a_slice);
    std::vector<bytes> gone;
    std::vector<std::int64_t> events;  // another may have got it since
    std::string last;
    while (found.next()) {
        identity_entry const e{found.text(0), found.number(1), found.number(2)};
        last = e.key;
        if (keep(e)) continue;
        gone.push_back({e.key});
        events.push_back(static_cast<std::int64_t>(e.event));
    }
    if (!gone.empty()) erase_.run(gone, events);
    dropped += gone.size();
    return found.count() < keys_a_slice ? std::string() : last;
}

}  // namespace setclick::ledger::postgres
