// The sample configuration and the tables of keys for people, made from the key table so that they
// cannot lag behind. reference_test.cpp compares the files of config/ and man/ with them, or writes the files.
#pragma once

#include <string>

namespace setclick::settings {

/// A whole setclickd.toml: the few keys that everyone sets, and every other one commented out with
/// default and range.
std::string sample_toml();

/// The key tables of config/README.md, in Markdown.
std::string reference_markdown();

/// The same for setclickd.toml(5).
std::string reference_man();

}  // namespace setclick::settings
