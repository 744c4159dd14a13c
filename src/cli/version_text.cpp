#include "version_text.hpp"

#include <openssl/crypto.h>
#include <sqlite3.h>

#include <boost/version.hpp>

#include "setclickd/base/version.hpp"

namespace setclick::cli {

std::string version_text() {
    return "setclickd " + std::string(version()) + "\nBoost " +
           std::to_string(BOOST_VERSION / 100000) + "." +
           std::to_string(BOOST_VERSION / 100 % 1000) + "." + std::to_string(BOOST_VERSION % 100) +
           "\n" + OpenSSL_version(OPENSSL_VERSION) + "\nSQLite " + sqlite3_libversion();
}

}  // namespace setclick::cli
