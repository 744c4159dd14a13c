// Why events are held, for a person, and which commands help. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/status_model/page.hpp"

namespace setclick::status_model {

held_class class_of(std::string_view reason) noexcept;
std::string_view text_of(held_report const& held) noexcept;

struct helpful_command {
    std::string command;  ///< ready for a shell
    std::string does;
};
/// None where the account's id cannot be typed.
std::vector<helpful_command> commands_for(held_report const& held);

/// As one word of a shell, whatever is in it; nothing for what cannot be typed as it is: control
/// characters, what reorders text, and a word that would be taken for an option.
std::optional<std::string> shell_word(std::string_view text);

}  // namespace setclick::status_model
