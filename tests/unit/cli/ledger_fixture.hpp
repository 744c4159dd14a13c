// For the commands that look at a ledger and operate on it.
#pragma once

#include <boost/json/parse.hpp>

#include "cli_fixture.hpp"
#include "support/ledger_test.hpp"

namespace setclick::cli {

using test::fake_daemon;

class cli_ledger_test : public cli_test {
protected:
    /// The JSON that was written, which has just one value.
    boost::json::value json_out() const { return boost::json::parse(out.str()); }
};

}  // namespace setclick::cli
