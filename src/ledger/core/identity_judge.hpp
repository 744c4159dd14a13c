// Which events of one import are new, which were here before, and which use an identity that is
// taken by other content. Pure: the store looks the keys up and says who may be succeeded.
//
// Use: `add` every event of the call in the order of its lines, look `keys()` up, then `judge`.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "identity_keys.hpp"
#include "setclickd/ledger/types.hpp"

namespace setclick::ledger {

class identity_judge {
public:
    /// Place of an event among all events of the call, from 0.
    using index = std::uint32_t;
    static constexpr index no_index = static_cast<index>(-1);

    enum class verdict : std::uint8_t { accepted, duplicate, refused };
    struct judgement {
        verdict is = verdict::accepted;
        std::uint64_t holder = 0;         ///< duplicate, refused: who has the identity …
        index holder_in_call = no_index;  ///< … or which event of this same call
    };
    /// An identity that gets a new holder.
    struct claim {
        index at = 0;
        std::string_view key;
        std::uint64_t content = 0;
    };
    /// An identity that goes from an earlier event to one of the call.
    struct succession {
        std::uint64_t from = 0;
        index by = 0;
    };

    /// `event_id`: the producer's, decoded.
    void add(index at, new_event const& event, std::string_view event_id);

    /// Ascending; equal ones repeat. Lasts as long as this object; ends adding.
    std::vector<std::string_view> const& keys();

    /// `holders`: one for each of `keys()`. `may_succeed(event)`: whether a later event may take
    /// the identity over from this one. `out`: a judgement for each event of the call.
    template <class MaySucceed>
    void judge(std::span<identity_holder const> holders, std::span<judgement> out,
               MaySucceed&& may_succeed) {
        for (std::size_t begin = 0; begin < candidates_.size();) {
            auto end = begin + 1;
            while (end < candidates_.size() && candidates_[end].key == candidates_[begin].key)
                ++end;
            auto const held = holders[begin];
            bool const succeeds = held.event != 0 && may_succeed(held.event);
            judge_group(std::span(candidates_).subspan(begin, end - begin), held, succeeds, out);
            begin = end;
        }
    }

    /// By key.
    std::vector<claim> const& claims() const noexcept { return claims_; }
    std::vector<succession> const& successions() const noexcept { return successions_; }

private:
    struct place {
        index at = 0;
        std::size_t begin = 0;
        std::size_t end = 0;
        std::uint64_t content = 0;
        bool by_content = false;
    };
    struct candidate {
        index at = 0;
        std::string_view key;
        std::uint64_t content = 0;
        bool by_content = false;  ///< the key is the content: it cannot differ
    };

    void judge_group(std::span<candidate const> group, identity_holder held, bool succeeds,
                     std::span<judgement> out);

    std::string key_text_;
    std::vector<place> places_;
    std::vector<candidate> candidates_;  ///< by key, then in the order of the lines
    std::vector<std::string_view> keys_;
    std::vector<claim> claims_;
    std::vector<succession> successions_;
};

}  // namespace setclick::ledger
