// A row of a table → the JSON text of an event, as the event reader takes it; or what is wrong in which
// column.
//
// A file's first pass (`mapping_survey`) chooses the profile and decides what only the whole column shows:
// whether its dates have the day or the month first, whether its decimals stand behind a point or a comma.
// `mapping` then works by that, row by row, and again after a restart from the text that was kept.
//
// Promises: nothing is guessed (what has two readings is refused with both); no finding quotes a value of
// settings or lead, nor an address; the JSON is well formed whatever stands in the cells. Pure but for
// tzdata (zone.hpp).
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/csv/layout.hpp"
#include "setclickd/csv/profiles.hpp"
#include "setclickd/csv/values_survey.hpp"
#include "setclickd/event/reader.hpp"

namespace setclick::csv {

struct account_zone {
    std::string id;
    std::string time_zone;  ///< empty: none is configured
};

/// What files are mapped by.
struct mapping_rules {
    std::shared_ptr<profiles const> known = std::make_shared<profiles const>();  ///< never null
    std::vector<account_zone> accounts;  ///< configured ones, then those of others
    std::size_t others = 0;              ///< of them, as in event::rules
};

/// A row as an event. Used again and again: no allocation once its buffers have their size.
struct mapped_row {
    std::string json;
    std::vector<event::finding>
        findings;                       ///< path: `column "Close Date"`; none: `json` is complete
    std::vector<event::finding> notes;  ///< worth a remark, not a refusal

    bool is_accepted() const noexcept { return findings.empty(); }
};

/// What becomes of a column, for people.
struct column_use {
    std::string column;  ///< as the header has it; empty: the profile gives the value
    std::string target;  ///< "settings.email"; empty: left out
    std::string value;   ///< that the profile gives, as JSON
    std::string remark;  ///< "the time of the conversion, not that of the click"; may be empty
};

class mapping {
public:
    /// `names`: the header, without the columns that are ours. `decided`: the survey's result. An error
    /// refuses the file, or what is left of it, once.
    static result<mapping> of(mapping_rules const& rules, std::span<std::string_view const> names,
                              std::span<parameter const> parameters, std::string_view decided);
    ~mapping();
    mapping(mapping&&) noexcept;
    mapping& operator=(mapping&&) noexcept;

    /// As many cells as the header has names. One thread at a time.
    void event_of(std::span<std::string_view const> cells, mapped_row& out);

    /// Findings as one text, the members of an event named by their columns.
    std::string explain(std::vector<event::finding> const& findings) const;

    profile const& used() const noexcept;
    /// It says something else than it did when the file was looked at.
    bool has_changed_profile() const;
    /// In the header's order, then what the profile gives.
    std::vector<column_use> uses() const;
    /// What somebody should know before the file is sent; what click_time is comes first.
    std::vector<std::string> warnings() const;
    /// "day first, decided by line 5", "decimal commas", "times of Europe/Madrid (the file's line)".
    std::vector<std::string> decisions() const;

private:
    class impl;
    explicit mapping(std::unique_ptr<impl> made);
    std::unique_ptr<impl> impl_;
};

/// A file's first pass. One for each file.
class mapping_survey final : public values_survey {
public:
    /// `wanted_profile`: empty where nobody asked for one.
    mapping_survey(mapping_rules const& rules, std::string_view file_name,
                   std::string_view wanted_profile = {});
    ~mapping_survey() override;
    mapping_survey(mapping_survey const&) = delete;
    mapping_survey& operator=(mapping_survey const&) = delete;

    std::size_t known_names(std::span<std::string_view const> cells) const override;
    void header(std::span<std::string_view const> names,
                std::span<parameter const> parameters) override;
    void row(std::span<std::string_view const> cells, std::uint64_t line) override;
    std::string result() const override;
    std::string refusal() const override;

    std::uint32_t skip_rows() const override;
    /// Why this profile, for people; empty where there is none.
    std::string const& why() const noexcept;

private:
    class impl;
    std::unique_ptr<impl> impl_;
};

}  // namespace setclick::csv
