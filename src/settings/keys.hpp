// The one table of configuration keys: drives parsing, range checks, "did you mean", the sample
// configuration and the table in config/README.md.
//
// A new key is one row in keys.cpp and one member in settings.hpp; then the two texts are made anew
// (tests/unit/settings/reference_test.cpp).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "setclickd/settings/settings.hpp"

namespace setclick::settings {

/// A member that holds one of a few named values, in the order of its enumerators.
struct choice_ref {
    void* at;
    void (*set)(void* at, std::size_t index);
    std::size_t (*get)(void const* at);
};

/// Where a key's value goes; the type decides what may be written (std::uint64_t is a size in
/// bytes).
using target =
    std::variant<std::string*, bool*, std::uint32_t*, std::uint64_t*, double*, milliseconds*,
                 choice_ref, std::vector<std::string>*, std::optional<std::set<int>>*>;

/// Who is meant to set a key.
enum class standing {
    usual,          ///< stands in the sample and in the table of keys
    rare,           ///< accepted, and in neither text: its default fits everyone who was met so far
    no_effect_yet,  ///< stands in both; the daemon reports at its start that it does nothing yet
};

struct key {
    std::string_view table;  ///< "spool", "account", "account.login"
    std::string_view name;
    target (*where)(settings& all, account_settings& account);
    double low = 0;                         ///< least allowed (numbers; milliseconds; bytes)
    double high = 0;                        ///< greatest allowed
    std::vector<std::string_view> choices;  ///< the allowed texts; empty = any
    std::string_view text;                  ///< one sentence for the reference
    standing who = standing::usual;
};

struct table {
    std::string_view name;
    std::string_view text;
};

std::span<key const> keys();
std::span<table const> tables();

/// nullptr when there is no such key.
key const* find_key(std::string_view table, std::string_view name);

/// A value as it was written, in the file or in a variable.
struct raw_value {
    std::variant<std::string, std::int64_t, double, bool, std::vector<raw_value>> value;
};

/// Sets the target, or returns what is wrong and what would be right; then the target keeps its value.
std::optional<std::string> assign(key const& k, target const& to, raw_value const& value);
/// The same for the text of an environment variable: read as the target's type wants it.
std::optional<std::string> assign_text(key const& k, target const& to, std::string_view text);

/// "64 to 128", "\"1s\" to \"1d\"", "\"ms\" or \"s\""; empty when anything goes.
std::string allowed_text(key const& k);
/// What a value of this key looks like: "text", "whole number", "duration", …
std::string_view type_text(target const& to);
/// The value in TOML: `64`, `"2s"`, `["a"]`.
std::string value_text(key const& k, target const& of);

}  // namespace setclick::settings
