#include <array>

#include "json_walk.hpp"
#include "setclickd/api/report.hpp"
#include "setclickd/base/text.hpp"

namespace setclick::api {
namespace {

namespace json = boost::json;

using text_member = std::string report_row::*;
constexpr std::array<std::pair<std::string_view, text_member>, 10> text_fields{{
    {"_id", &report_row::id},
    {"date", &report_row::date},
    {"utm_source", &report_row::utm_source},
    {"utm_medium", &report_row::utm_medium},
    {"utm_campaign", &report_row::utm_campaign},
    {"utm_term", &report_row::utm_term},
    {"utm_matchtype", &report_row::utm_matchtype},
    {"label", &report_row::label},
    {"country", &report_row::country},
    {"country_name", &report_row::country_name},
}};

text_member field_named(std::string_view name) noexcept {
    for (auto const& [known, field] : text_fields)
        if (known == name) return field;
    return nullptr;
}

error bad(std::string message) {
    return fail(errc::invalid_data, "the report's answer: " + std::move(message));
}

error bad_row(std::size_t index, std::string_view what) {
    return bad("row " + std::to_string(index + 1) + " of the page " + std::string(what));
}

/// "20250331" → "2025-03-31"; all else as it is.
void straighten_date(std::string& date) {
    if (date.size() != 8 || date.find_first_not_of("0123456789") != std::string::npos) return;
    date.insert(6, 1, '-');
    date.insert(4, 1, '-');
}

result<report_row> parse_row(json::value const& value, std::size_t index) {
    auto const* const object = value.if_object();
    if (object == nullptr) return bad_row(index, "is not an object");
    report_row row;
    for (auto const& m : *object) {
        std::string_view const name{m.key().data(), m.key().size()};
        auto const field = field_named(name);
        if (field == nullptr) {
            row.others.emplace_back(name, compact_text(m.value()));
        } else if (m.value().is_string()) {
            row.*field = view_of(m.value().get_string());
        } else if (!m.value().is_null()) {
            return bad_row(index,
                           "has a field " + std::string(name) + " that is neither text nor null");
        }
    }
    if (row.id.empty()) return bad_row(index, "has no _id");
    straighten_date(row.date);
    return row;
}

std::optional<std::uint64_t> count_at(json::value const* object, std::string_view name) {
    auto const* const value = member(object, name);
    if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return {};
    return static_cast<std::uint64_t>(value->get_int64());
}

}  // namespace

result<report_page> parse_page(std::string_view body) {
    auto const tree = parse_json(body);
    if (!tree) return bad("it is not JSON; does endpoint.report_path lead to the API?");
    if (!tree->is_object()) return bad("it is not a JSON object");
    if (auto const* const status = member(&*tree, "status");
        status != nullptr && status->is_string() && view_of(status->get_string()) == "error") {
        auto const* const message = member(&*tree, "message");
        return fail(errc::refused, "the report was refused: " +
                                       (message != nullptr && message->is_string()
                                            ? printable(view_of(message->get_string()), 200)
                                            : std::string("without a message")));
    }
    auto const* const data = member(&*tree, "data");
    if (data == nullptr) return bad("it has no data");
    auto const* const rows = data->if_array();
    if (rows == nullptr) return bad("its data is not an array");
    report_page page;
    page.rows.reserve(rows->size());
    for (std::size_t i = 0; i < rows->size(); ++i) {
        auto row = parse_row((*rows)[i], i);
        if (!row) return row.error();
        page.rows.push_back(std::move(*row));
    }
    auto const* const pagination = member(&*tree, "pagination");
    page.next_skip = count_at(pagination, "skip");
    page.limit = count_at(pagination, "limit");
    return page;
}

}  // namespace setclick::api
