// What a page shows, as JSON: the names that the page's script and other scripts rely on.
//
// Names of files and reasons are data: control characters and what reorders text come out escaped,
// everything else as it is; who shows them escapes for his own medium.
#pragma once

#include <boost/json/object.hpp>

#include "setclickd/status_model/page.hpp"

namespace setclick::status_model {

boost::json::object page_json(page_report const& page);
boost::json::object to_json(file_report const& file);

}  // namespace setclick::status_model
