#include "setclickd/base/version.hpp"

namespace setclick {

std::string_view version() noexcept {
    return SETCLICKD_VERSION;
}

}  // namespace setclick
