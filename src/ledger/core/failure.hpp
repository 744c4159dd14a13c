// What is thrown inside the ledger: it becomes a `result` at the module's border, never crosses it.
#pragma once

#include <exception>
#include <utility>

#include "setclickd/base/error.hpp"

namespace setclick::ledger {

class failure : public std::exception {
public:
    explicit failure(error e) : error_(std::move(e)) {}
    error const& what_failed() const noexcept { return error_; }
    char const* what() const noexcept override { return error_.message.c_str(); }

private:
    error error_;
};

}  // namespace setclick::ledger
