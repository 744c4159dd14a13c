// How one field of a fault set is read from text and shown as JSON. Only fault_names.cpp needs it.
#pragma once

#include <boost/json/value.hpp>

#include <charconv>
#include <concepts>
#include <string>
#include <string_view>

#include "faults.hpp"

namespace setclick::sandbox::fault_access {

namespace json = boost::json;

/// What was expected instead; empty when the text was good.
using problem = std::string;

struct access {
    problem (*set)(fault_set&, std::string_view);
    json::value (*get)(fault_set const&);
};

template <class T>
bool parse_whole(std::string_view text, T& value) {
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    return ec == std::errc{} && end == text.data() + text.size();
}

inline std::string ms_text(milliseconds d) {
    return std::to_string(d.count()) + "ms";
}

template <auto member>
json::value get_member(fault_set const& f) {
    using member_type = std::remove_cvref_t<decltype(f.*member)>;
    if constexpr (std::same_as<member_type, milliseconds>)
        return json::value(ms_text(f.*member));
    else
        return json::value(f.*member);
}

template <auto member>
constexpr access share{[](fault_set& f, std::string_view text) -> problem {
                           double value = 0;
                           if (!parse_whole(text, value) || !(value >= 0 && value <= 1))
                               return "a share from 0 to 1";
                           f.*member = value;
                           return {};
                       },
                       get_member<member>};

template <auto member, int low, int high>
constexpr access number{[](fault_set& f, std::string_view text) -> problem {
                            auto value = f.*member;
                            if (!parse_whole(text, value) || !(value >= low && value <= high))
                                return "a number from " + std::to_string(low) + " to " +
                                       std::to_string(high);
                            f.*member = value;
                            return {};
                        },
                        get_member<member>};

template <auto member>
constexpr access duration{[](fault_set& f, std::string_view text) -> problem {
                              auto const value = parse_duration(text);
                              if (!value) return "a duration such as \"250ms\" or \"2s\"";
                              f.*member = *value;
                              return {};
                          },
                          get_member<member>};

template <auto member>
constexpr access flag{[](fault_set& f, std::string_view text) -> problem {
                          if (text != "true" && text != "false") return "true or false";
                          f.*member = text == "true";
                          return {};
                      },
                      get_member<member>};

extern access const seed;
extern access const throttle_body;
extern access const retry_after;
extern access const retry_after_raw;
extern access const rate_reset;
extern access const body;
extern access const header;
extern access const status_for;
extern access const late_answer;
extern access const faults_on;

}  // namespace setclick::sandbox::fault_access
