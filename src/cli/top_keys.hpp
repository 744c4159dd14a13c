// What a person types at `top`: bytes of a terminal → keys. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace setclick::cli {

enum class top_key : std::uint8_t { quit, help, down, up, page_down, page_up, first, last, other };

/// Reads on where the last call ended: an escape sequence may come in pieces. An escape key alone
/// cannot be told from the beginning of one, and is nothing.
class top_keys {
public:
    std::vector<top_key> read(std::string_view bytes);

private:
    std::string sequence_;  // from its ESC on, not yet whole
};

}  // namespace setclick::cli
