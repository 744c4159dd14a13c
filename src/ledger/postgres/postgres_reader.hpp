// `reader` over PostgreSQL: each call is one read transaction, of one moment, around one of the parts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "../core/event_rows.hpp"
#include "../core/file_lines.hpp"
#include "cluster_table.hpp"
#include "identity_table.hpp"
#include "reader_table.hpp"
#include "reason_look.hpp"
#include "session.hpp"
#include "setclickd/ledger/reader.hpp"

namespace setclick::ledger::postgres {

class postgres_reader final : public reader {
public:
    /// Throws `failure`.
    explicit postgres_reader(place const& where);

    result<std::vector<account_info>> accounts() override;
    result<ledger_totals> totals() override;
    result<std::vector<history_slot>> history() override;
    result<std::vector<file_info>> files_named(std::string_view name, std::uint32_t limit) override;
    result<file_info> file(file_no no) override;
    result<std::vector<file_info>> newest_files(std::uint32_t most) override;
    result<std::vector<file_info>> newest_done(std::uint32_t most) override;
    result<page> list(event_filter const& filter, event_no after, std::uint32_t limit) override;
    result<event_details> show(event_no no) override;
    result<receipt_page> receipts(account_no account, wall_time imported_since, event_no after,
                                  std::uint32_t limit) override;
    result<std::string> endpoint_note() override;
    result<std::vector<std::pair<account_no, std::string>>> verdicts() override;
    result<event_no> find_event_id(account_no account, std::string_view event_id) override;
    result<known_identity> find_identity(account_no account, std::string_view event_id,
                                         content_key const& content) override;
    result<std::vector<refused_row>> refused_lines(file_no file, std::uint64_t after_line,
                                                   std::uint32_t limit) override;
    result<std::vector<rejected_row>> rejected_events(file_no file, event_no after,
                                                      std::uint32_t limit) override;
    result<std::vector<duplicate_row>> duplicates(file_no file, std::uint64_t after_line,
                                                  std::uint32_t limit) override;
    result<bool> count_refused(file_no file, std::uint64_t& after, std::uint32_t limit,
                               reason_counts& to) override;
    result<bool> count_rejected(file_no file, event_no& after, std::uint32_t limit,
                                reason_counts& to) override;
    result<std::uint32_t> look_at_rejected(file_no file, std::uint32_t limit,
                                           reason_counts& to) override;
    result<held_look> held(account_no account, std::uint32_t limit) override;
    result<cluster_view> cluster() override;

private:
    /// One read transaction around `body`; its failures become errors.
    template <class Body>
    auto read(Body&& body) -> result<decltype(body())>;

    void verify_schema();
    std::vector<file_info> select_files(std::string_view where_and_order, auto const&... values);
    std::vector<account_info> select_accounts();
    wall_time oldest_pending(account_row const& a);

    std::string node_;  ///< whose part of what is each node's own is shown
    session db_;
    bool is_verified_ = false;
    reader_table rows_;
    event_rows events_;
    file_lines lines_;
    reason_look reasons_;
    identity_table identities_;
    statement imported_;
    cluster_table cluster_;
};

}  // namespace setclick::ledger::postgres
