// What the web page is made from, as page.json: status, history, files and what is held (status_model/page_json.hpp), with
// the answer to "is it delivering?" (status_model/outlook.hpp). Pure.
#pragma once

#include <string>

#include "setclickd/status_model/page_json.hpp"

namespace setclick::web {

std::string page_data(status_model::page_report const& page);

}  // namespace setclick::web
