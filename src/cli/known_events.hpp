// What is known of an event that is about to be dropped: by the ledger, or from a row before it in the
// same file. Decides as the import does (dedupe.key).
//
// Keeps true: memory is bounded; what is beyond `most` is not remembered, and `forgot` tells.
// Never: changes the ledger.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/ids.hpp"
#include "setclickd/event/reader.hpp"
#include "setclickd/ledger/reader.hpp"
#include "setclickd/settings/settings.hpp"

namespace setclick::cli {

class known_events {
public:
    static constexpr std::size_t most = 8'000'000;  ///< events of a file

    explicit known_events(settings::settings const& s);

    /// Why the ledger cannot be asked; empty: it can, or there is none yet.
    std::string const& blindness() const noexcept { return blindness_; }
    bool sees_ledger() const noexcept { return from_ != nullptr; }

    /// Forgets the rows of the file before.
    void begin_file();
    bool forgot() const noexcept { return forgot_; }

    enum class kind : std::uint8_t { is_new, duplicate, other_content };
    struct answer {
        kind what = kind::is_new;
        std::uint64_t line = 0;  ///< of the same file; 0: the ledger knows it
    };
    /// Of an accepted event; it is remembered where it is new.
    answer of(event::outcome const& e, std::uint64_t line);
    /// Why an event of `other_content` is refused: "event_id "x" is used already, by line 3 with other content".
    static std::string refusal_of(event::outcome const& e, answer const& known);

private:
    struct entry {
        std::uint64_t identity = 0;  ///< 0: free
        std::uint32_t content = 0;
        std::uint32_t line = 0;
    };

    answer in_ledger(event::outcome const& e, bool by_content);
    answer in_file(event::outcome const& e, bool by_content, std::uint64_t line);
    entry& place_of(std::uint64_t identity);
    void grow();

    settings::dedupe_key key_;
    std::unique_ptr<ledger::reader> from_;
    std::string blindness_;
    std::map<std::string, account_no, std::less<>> numbers_;
    std::vector<entry> seen_;  ///< open addressing, a power of two
    std::size_t count_ = 0;
    bool forgot_ = false;
};

}  // namespace setclick::cli
