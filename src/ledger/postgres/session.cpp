#include "session.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "setclickd/base/text.hpp"
#include "sqlstate.hpp"

namespace setclick::ledger::postgres {
namespace {

constexpr Oid bool_type = 16;
constexpr Oid bytea_type = 17;
constexpr Oid int8_type = 20;
constexpr Oid text_type = 25;
constexpr Oid bytea_list = 1001;
constexpr Oid int8_list = 1016;

void append_be(std::string& out, std::uint64_t value, int size) {
    for (int i = size - 1; i >= 0; --i)
        out += static_cast<char>(value >> (8 * i));
}

/// A list of one dimension in the binary format, up to its first element.
void append_list_head(std::string& out, Oid element, std::size_t count) {
    append_be(out, 1, 4);
    append_be(out, 0, 4);  // no nulls
    append_be(out, element, 4);
    append_be(out, count, 4);
    append_be(out, 1, 4);  // the first index
}

bool is_storable(std::string_view text) {
    return text.find('\0') == std::string_view::npos && is_utf8(text);
}

}  // namespace

std::string storable_text(std::string_view text) {
    std::string out;
    while (!text.empty()) {
        auto good = utf8_prefix(text);
        good = std::min(good, text.find('\0'));
        out += text.substr(0, good);
        text.remove_prefix(good);
        if (text.empty()) break;
        out += '?';
        text.remove_prefix(1);
    }
    return out;
}

void parameters::reserve(std::size_t count) {
    places_.reserve(count);
    types_.reserve(count);
    lengths_.reserve(count);
    formats_.reserve(count);
}

std::vector<char const*> parameters::values() const {
    std::vector<char const*> out;
    out.reserve(places_.size());
    for (auto const& p : places_) {
        if (p.is_null)
            out.push_back(nullptr);
        else
            out.push_back(p.outside != nullptr ? p.outside : arena_.data() + p.offset);
    }
    return out;
}

void parameters::put(Oid type, std::string_view own) {
    places_.push_back({arena_.size(), nullptr, false});
    arena_ += own;
    arena_ += '\0';
    types_.push_back(type);
    lengths_.push_back(static_cast<int>(own.size()));
    formats_.push_back(1);
}

void parameters::add_number(std::int64_t value) {
    std::string be;
    append_be(be, static_cast<std::uint64_t>(value), 8);
    put(int8_type, be);
}

void parameters::add(bool value) {
    put(bool_type, std::string_view(value ? "\1" : "\0", 1));
}

void parameters::add(std::string_view text) {
    put(text_type, is_storable(text) ? text : std::string_view(storable_text(text)));
}

void parameters::add(bytes value) {
    if (value.value.empty()) return put(bytea_type, {});
    places_.push_back({0, value.value.data(), false});
    types_.push_back(bytea_type);
    lengths_.push_back(static_cast<int>(value.value.size()));
    formats_.push_back(1);
}

void parameters::add(std::nullptr_t) {
    places_.push_back({0, nullptr, true});
    types_.push_back(bytea_type);
    lengths_.push_back(0);
    formats_.push_back(1);
}

void parameters::add(std::vector<std::int64_t> const& numbers) {
    std::string list;
    append_list_head(list, int8_type, numbers.size());
    for (auto const n : numbers) {
        append_be(list, 8, 4);
        append_be(list, static_cast<std::uint64_t>(n), 8);
    }
    put(int8_list, list);
}

void parameters::add(std::vector<bytes> const& values) {
    std::string list;
    append_list_head(list, bytea_type, values.size());
    for (auto const& b : values) {
        append_be(list, b.value.size(), 4);
        list += b.value;
    }
    put(bytea_list, list);
}

std::int64_t rows::changed() const noexcept {
    std::int64_t out = 0;
    for (char const* at = PQcmdTuples(result_.get()); *at >= '0' && *at <= '9'; ++at)
        out = out * 10 + (*at - '0');
    return out;
}

std::int64_t rows::integer(int column) const noexcept {
    auto const* at = PQgetvalue(result_.get(), at_, column);
    auto const size = PQgetlength(result_.get(), at_, column);
    if (size == 0) return 0;
    // The sign is that of the first byte.
    auto value = static_cast<std::uint64_t>(
        static_cast<std::int64_t>(size == 1 ? at[0] & 1 : static_cast<signed char>(at[0])));
    for (int i = 1; i < size; ++i)
        value = (value << 8) | static_cast<unsigned char>(at[i]);
    return static_cast<std::int64_t>(value);
}

std::string_view rows::text(int column) const noexcept {
    return {PQgetvalue(result_.get(), at_, column),
            static_cast<std::size_t>(PQgetlength(result_.get(), at_, column))};
}

std::vector<std::int64_t> rows::integers(int column) const {
    auto const list = text(column);
    // Dimensions, flags, type, then count and first index where there is a dimension.
    constexpr std::size_t head = 20;
    std::vector<std::int64_t> out;
    for (auto at = head; at + 12 <= list.size(); at += 12) {
        std::uint64_t value = 0;
        for (std::size_t i = 4; i < 12; ++i)
            value = (value << 8) | static_cast<unsigned char>(list[at + i]);
        out.push_back(static_cast<std::int64_t>(value));
    }
    return out;
}

session::session(connect_options to, milliseconds call_limit)
    : call_limit_(call_limit), rows_by_place_(to.rows_by_place), connector_(std::move(to)) {}

session::session(std::string conninfo, std::string name, milliseconds call_limit)
    : session(connect_options{std::move(conninfo), std::move(name)}, call_limit) {}

/// What a failed statement means. DETAIL, HINT and CONTEXT quote rows.
error session::error_of(PGresult const* result) {
    auto const* found = PQresultErrorField(result, PG_DIAG_SQLSTATE);
    std::string const state = found != nullptr ? found : "";
    auto const* primary = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
    auto const means = meaning_of(state);
    return fail(means.code, "PostgreSQL: " + printable(primary != nullptr ? primary : "no answer") +
                                (state.empty() ? "" : " (" + state + ")") +
                                (means.cure.empty() ? "" : "; " + std::string(means.cure)));
}

void session::note(void* self, PGresult const* notice) {
    auto const* severity = PQresultErrorField(notice, PG_DIAG_SEVERITY_NONLOCALIZED);
    if (severity != nullptr && std::string_view(severity) == "WARNING")
        static_cast<session*>(self)->warned_ = true;
}

void session::tell_undone() const noexcept {
    for (auto const* s : prepared_)
        if (s->watch_ != nullptr) s->watch_->undone();
}

void session::disconnect() noexcept {
    tell_undone();
    connection_.reset();
    pending_.clear();
    looked_.clear();
    in_transaction_ = false;
    drop_prepared();
}

void session::drop_prepared() noexcept {
    for (auto* s : prepared_)
        s->name_.clear();
    prepared_.clear();
}

void session::lost(std::string_view what) {
    std::string why = connection_ ? PQerrorMessage(connection_.get()) : "";
    why = one_line(why);
    disconnect();
    throw failure(fail(errc::unreachable, "PostgreSQL: " + std::string(what) +
                                              (why.empty() ? "" : ": " + printable(why))));
}

void session::connect() {
    if (connection_) return;
    connection_.reset(connector_.connect());
    PQsetNoticeReceiver(connection_.get(), &session::note, this);
    if (PQsetnonblocking(connection_.get(), 1) != 0 || PQenterPipelineMode(connection_.get()) != 1)
        lost("cannot begin");
    ++connections_;
}

void session::require_connection() {
    if (!connection_) lost("not connected");
}

void session::begin(char const* how) {
    connect();
    if (PQsendQueryParams(connection_.get(), how, 0, nullptr, nullptr, nullptr, nullptr, 1) != 1)
        lost("cannot send");
    pending_.push_back({});
    in_transaction_ = true;
    writes_ = 0;
}

void session::send(statement& s, parameters const& with) {
    require_connection();
    if (s.name_.empty()) {
        auto const name = "s" + std::to_string(next_name_++);
        if (PQsendPrepare(connection_.get(), name.c_str(), s.sql_.c_str(), with.count(),
                          with.types()) != 1)
            lost("cannot send");
        pending_.push_back({kind::prepare, &s});
        s.name_ = name;
        prepared_.push_back(&s);
    }
    if (PQsendQueryPrepared(connection_.get(), s.name_.c_str(), with.count(), with.values().data(),
                            with.lengths(), with.formats(), 1) != 1)
        lost("cannot send");
    pending_.push_back({kind::run, &s});
}

void session::queue(statement& s, parameters const& with, bool writes) {
    send(s, with);
    if (writes) ++writes_;
}

rows session::wait_for(statement& s, parameters const& with, bool writes) {
    if (!in_transaction_) connect();
    queue(s, with, writes);
    return sync();
}

void session::look_later(statement& s, parameters const& with) {
    if (!in_transaction_) connect();
    send(s, with);
    pending_.back().is = kind::look;
}

std::vector<rows> session::looked() {
    if (!pending_.empty()) sync();
    return std::exchange(looked_, {});
}

rows session::ask(char const* sql, parameters const& with) {
    if (!in_transaction_) connect();
    if (PQsendQueryParams(connection_.get(), sql, with.count(), with.types(), with.values().data(),
                          with.lengths(), with.formats(), 1) != 1)
        lost("cannot send");
    pending_.push_back({kind::run, nullptr});
    return sync();
}

void session::wait_for_socket(bool also_write, clock::time_point deadline) {
    auto const left = std::chrono::duration_cast<milliseconds>(deadline - clock::now()).count();
    pollfd fd{PQsocket(connection_.get()), static_cast<short>(POLLIN | (also_write ? POLLOUT : 0)),
              0};
    if (left <= 0) lost("no answer in time");
    int const ready = ::poll(&fd, 1, static_cast<int>(left));
    if (ready == 0) lost("no answer in time");
    if (ready < 0 && errno != EINTR) lost("cannot wait");
}

PGresult* session::next_result(clock::time_point deadline) {
    for (;;) {
        int const left = PQflush(connection_.get());
        if (left < 0) lost("the connection broke");
        if (left == 0 && PQisBusy(connection_.get()) == 0) return PQgetResult(connection_.get());
        wait_for_socket(left == 1, deadline);
        if (PQconsumeInput(connection_.get()) != 1) lost("the connection broke");
    }
}

rows session::sync() {
    require_connection();
    if (PQpipelineSync(connection_.get()) != 1) lost("cannot send");
    auto const deadline = clock::now() + call_limit_;
    std::optional<error> first;
    rows out;
    for (bool ended = false; !ended;) {
        std::unique_ptr<PGresult, void (*)(PGresult*)> result(next_result(deadline), &PQclear);
        if (!result) {
            if (PQstatus(connection_.get()) != CONNECTION_OK) lost("the connection broke");
            continue;  // the end of one statement's results
        }
        auto const status = PQresultStatus(result.get());
        if (status == PGRES_PIPELINE_SYNC) {
            ended = true;
            continue;
        }
        auto const of = pending_.empty() ? pending{} : pending_.front();
        if (!pending_.empty()) pending_.pop_front();
        if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
            if (of.is == kind::look) {
                looked_.emplace_back(result.release());
                continue;
            }
            out = rows(result.release());
            if (of.is == kind::run && of.of != nullptr && of.of->watch_ != nullptr) {
                of.of->watch_->came(out);
                out.rewind();
            }
            continue;
        }
        // What was to be prepared in a pipeline that failed is not there.
        if (of.is == kind::prepare) of.of->name_.clear();
        if (status == PGRES_PIPELINE_ABORTED) continue;
        if (PQstatus(connection_.get()) != CONNECTION_OK) lost("the connection broke");
        if (!first) first = error_of(result.get());
    }
    pending_.clear();
    if (first) {
        looked_.clear();
        tell_undone();
        throw failure(*first);
    }
    return out;
}

session::outcome session::commit() {
    require_connection();
    if (PQsendQueryParams(connection_.get(), "COMMIT", 0, nullptr, nullptr, nullptr, nullptr, 1) !=
        1)
        lost("cannot send");
    pending_.push_back({});
    warned_ = false;
    bool is_committed = false;
    try {
        is_committed = sync().tag() == "COMMIT";
    } catch (failure const&) {
        // An answer that refuses is certain: COMMIT ended the transaction with a rollback. Without one
        // nobody knows.
        if (!connection_) return outcome::unknown;
        rollback();
        throw;
    }
    in_transaction_ = false;
    if (!is_committed) {
        tell_undone();
        throw failure(fail(errc::busy, "PostgreSQL: the transaction was rolled back"));
    }
    return warned_ ? outcome::unknown : outcome::done;
}

void session::rollback() noexcept {
    if (!connection_ || !in_transaction_) return;
    if (writes_ > 0) tell_undone();
    try {
        if (PQsendQueryParams(connection_.get(), "ROLLBACK", 0, nullptr, nullptr, nullptr, nullptr,
                              1) != 1)
            lost("cannot send");
        pending_.push_back({});
        sync();
    } catch (failure const&) {
        disconnect();  // which rolls back, too
    }
    looked_.clear();
    in_transaction_ = false;
}

void session::run_script(char const* sql) {
    connect();
    if (PQexitPipelineMode(connection_.get()) != 1) lost("cannot leave the pipeline");
    std::unique_ptr<PGresult, void (*)(PGresult*)> const result(PQexec(connection_.get(), sql),
                                                                &PQclear);
    auto const status = PQresultStatus(result.get());
    if (PQenterPipelineMode(connection_.get()) != 1) lost("cannot begin");
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw failure(error_of(result.get()));
}

std::vector<std::string> session::listen(int other, clock::time_point until) {
    std::vector<std::string> out;
    auto const take = [&] {
        while (connection_) {
            std::unique_ptr<PGnotify, decltype(&PQfreemem)> const told(
                PQnotifies(connection_.get()), &PQfreemem);
            if (!told) return;
            if (told->be_pid != PQbackendPID(connection_.get())) out.emplace_back(told->extra);
        }
    };
    take();  // what came with the answers of before
    if (!out.empty()) return out;
    auto const left = std::chrono::ceil<milliseconds>(until - clock::now()).count();
    std::array<pollfd, 2> fds{pollfd{connection_ ? PQsocket(connection_.get()) : -1, POLLIN, 0},
                              pollfd{other, POLLIN, 0}};
    if (::poll(fds.data(), fds.size(), static_cast<int>(std::max<std::int64_t>(0, left))) <= 0)
        return out;
    if (fds[0].revents == 0) return out;
    if (PQconsumeInput(connection_.get()) != 1) lost("the connection broke");
    take();
    return out;
}

}  // namespace setclick::ledger::postgres
