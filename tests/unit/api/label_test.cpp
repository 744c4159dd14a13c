#include "setclickd/api/label.hpp"

#include <gtest/gtest.h>

namespace setclick::api {
namespace {

TEST(label, is_found_along_the_dialects_path) {
    event::view v;
    v.lead = R"({"label":"caf\u00e9","deep":{"er":"x"},"n":12,"b":true})";
    v.settings = R"({"conversion_type":"sale"})";
    v.url_parameters = R"({"utm_source":"s"})";
    struct {
        char const *path, *want;
    } const table[] = {
        {"lead.label", "café"},
        {"lead.deep.er", "x"},
        {"lead.n", "12"},
        {"settings.conversion_type", "sale"},
        {"url_parameters.utm_source", "s"},
        {"lead.b", ""},
        {"lead.deep", ""},
        {"lead.label.x", ""},
        {"lead.none", ""},
        {"lead", ""},
        {"", ""},
        {"referrer.x", ""},
        {"lead..label", ""},
    };
    for (auto const& row : table)
        EXPECT_EQ(label_of(row.path, v), row.want) << row.path;
    EXPECT_EQ(label_of("lead.label", {}), "");
}

}  // namespace
}  // namespace setclick::api
