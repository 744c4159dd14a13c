// The three files of the web page, which lie beside this header and in the program itself (cmake/setclick_embed.cmake).
#pragma once

#include <string_view>

namespace setclick::web {

std::string_view index_html() noexcept;
std::string_view page_css() noexcept;
std::string_view page_js() noexcept;

}  // namespace setclick::web
