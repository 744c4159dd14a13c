// One call of splitter::consume, shared by the two formats.
#pragma once

#include "setclickd/event/splitter.hpp"

namespace setclick::event {

struct splitter::feeding {
    std::string_view window;
    bool at_end = false;
    void* sink = nullptr;
    call to = nullptr;
    std::size_t used = 0;

    std::string_view rest() const noexcept { return window.substr(used); }
};

}  // namespace setclick::event
