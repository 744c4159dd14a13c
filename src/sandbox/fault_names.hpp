// The fault set by names: the flags of the command line and the members of `POST /_sandbox/faults`
// are one table.
//
// Promise: what `faults_to_json` writes, `faults_from_json` reads back to the same set.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "faults.hpp"

namespace setclick::sandbox {

enum class value_kind {
    one,   ///< one value
    flag,  ///< present or not
    many,  ///< may be repeated; in JSON an array
    pair,  ///< two values; in JSON an array of two
};

struct fault_field {
    std::string_view name;  ///< with '_', as in JSON; the flag has '-'
    value_kind kind;
    std::string_view value;  ///< what stands for the value in --help
    std::string_view help;
};

std::span<fault_field const> fault_fields() noexcept;

/// Sets one by its name ('-' and '_' are the same) from its text; a `many` adds. The error names
/// the range.
result<void> set_fault(fault_set& faults, std::string_view name, std::string_view text);
/// What no single field can see: shares that add up to more than 1.
result<void> check_faults(fault_set const& faults);

/// An object of names; what it does not name is off. An unknown name is an error that gives the
/// nearest one.
result<fault_set> faults_from_json(std::string_view text);
std::string faults_to_json(fault_set const& faults);

}  // namespace setclick::sandbox
