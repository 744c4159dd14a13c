// What a pool reports to its source, in a form that can travel to another thread.
#pragma once

#include <string>
#include <string_view>
#include <variant>

#include "setclickd/net/pool.hpp"

namespace setclick::net {

/// An exchange_end that owns its texts. The usual answer, without header fields of interest and without a body, allocates nothing.
class owned_end {
public:
    explicit owned_end(exchange_end const& end) : end_(end), detail_(end.detail) {
        if (!end.answer) return;
        auto const& a = *end.answer;
        for (auto const field : fields) {
            auto const text = a.*field;
            sizes_[index_++] = text.size();
            texts_ += text;
        }
    }

    /// Views into this object.
    exchange_end get() const {
        auto out = end_;
        out.detail = detail_;
        if (!out.answer) return out;
        std::size_t at = 0;
        std::size_t i = 0;
        for (auto const field : fields) {
            (*out.answer).*field = std::string_view(texts_).substr(at, sizes_[i]);
            at += sizes_[i++];
        }
        return out;
    }

private:
    static constexpr std::string_view api::answer_view::*fields[] = {
        &api::answer_view::content_type, &api::answer_view::location,
        &api::answer_view::retry_after,  &api::answer_view::limit,
        &api::answer_view::remaining,    &api::answer_view::reset,
        &api::answer_view::rate_limit,   &api::answer_view::rate_policy,
        &api::answer_view::wall,         &api::answer_view::body};

    exchange_end end_;
    std::string detail_;
    std::string texts_;
    std::size_t sizes_[std::size(fields)]{};
    std::size_t index_ = 0;
};

struct stray_bytes {
    std::uint64_t connection = 0;
};
struct connection_opened {
    bool resumed = false;
};

using pool_event = std::variant<owned_end, stray_bytes, connection_opened, open_failure>;

/// Calls what the pool itself would have called.
inline void dispatch(pool_event const& event, work_source& to) {
    struct caller {
        work_source& to;
        void operator()(owned_end const& end) const { to.ended(end.get()); }
        void operator()(stray_bytes const& stray) const { to.stray(stray.connection); }
        void operator()(connection_opened how) const { to.opened(how.resumed); }
        void operator()(open_failure const& failure) const { to.open_failed(failure); }
    };
    std::visit(caller{to}, event);
}

}  // namespace setclick::net
