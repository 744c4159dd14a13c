// `command_box` over PostgreSQL.
#pragma once

#include "session.hpp"
#include "setclickd/ledger/command_box.hpp"

namespace setclick::ledger::postgres {

class postgres_command_box final : public command_box {
public:
    /// Throws `failure`.
    explicit postgres_command_box(place const& where);

    result<cluster_look> look() override;
    result<std::vector<std::int64_t>> give(std::span<new_command const> commands) override;
    result<std::vector<given_command>> follow(std::span<std::int64_t const> ids) override;
    result<std::vector<int>> without_endpoint_pause() override;
    result<std::vector<open_file>> open_files(int node, std::uint32_t most) override;

private:
    /// What fails becomes an error, and the next call connects anew.
    template <class Body>
    auto call(Body&& body) -> result<decltype(body())>;

    std::string node_;
    session db_;
    statement nodes_;
    statement owners_;
    statement give_;
    statement wake_;
    statement follow_;
    statement without_pause_;
    statement files_;
};

}  // namespace setclick::ledger::postgres
