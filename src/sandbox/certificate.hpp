// The sandbox's own certification authority and server certificate, in files that the next start
// uses again.
//
// Promises: EC P-256; the server's names are localhost, 127.0.0.1, ::1 and those asked for, all as
// subjectAltName; keys are readable by their owner alone; a certificate is made anew, by the same
// CA, when it lacks a name, does not fit the CA, or ends within 30 days.
#pragma once

#include <string>
#include <vector>

#include "setclickd/base/error.hpp"

namespace setclick::sandbox {

struct certificate_paths {
    std::string ca;  ///< what a client must trust; "" when the certificate was given and its CA is
                     ///< not known
    std::string certificate;
    std::string key;
};

/// In `dir`, which must exist: ca.pem, ca.key, server.pem, server.key.
result<certificate_paths> ensure_certificate(std::string const& dir,
                                             std::vector<std::string> const& names);

}  // namespace setclick::sandbox
