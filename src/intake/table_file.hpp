// A table (CSV, TSV) that is being read: its first pass, then the layout and the mapping that all of
// its rows are read by.
//
//     surveying  the whole file is looked at once, a step at a time; nothing of it is read yet
//     ready      layout and mapping are known: decided just now, or kept from before a restart
//     refused    as a whole, with one reason
//
// Keeps true: what was decided once holds for every row, also after a restart and for what is
// appended later. Never: an event; the ledger.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/csv/mapping.hpp"
#include "setclickd/csv/survey.hpp"
#include "setclickd/spool/window.hpp"

namespace setclick::intake {

/// Kept in the place of a layout for a file that was refused as a whole.
inline constexpr std::string_view refused_table = "refused";

class table_file {
public:
    /// Bytes that a step of the first pass looks at.
    static constexpr std::uint64_t step = std::uint64_t{1} << 20;

    /// A file that nobody has looked at. `rules` outlive this. `held` is let go of when the first
    /// pass is over.
    table_file(csv::mapping_rules const& rules, std::string name, std::size_t max_row,
               std::shared_ptr<void const> held = nullptr);

    /// Goes on with what was kept of it; an error where that cannot be read by any more: another
    /// configuration, or a file that somebody changed.
    static result<std::unique_ptr<table_file>> kept(csv::mapping_rules const& rules,
                                                    std::string const& name, std::size_t max_row,
                                                    std::string_view text, int fd,
                                                    spool::window& window);

    /// A step of the first pass; returns how many bytes it looked at.
    result<std::uint64_t> look(int fd, spool::window& window);
    /// Where the next step begins.
    std::uint64_t looked_until() const noexcept { return pass_ ? pass_->rows.offset() : 0; }
    /// The first pass is over, or not wanted.
    bool is_decided() const noexcept { return is_ready() || is_refused(); }
    /// As a whole, unread.
    void refuse(std::string why);

    bool is_ready() const noexcept { return columns_.has_value() || is_empty_; }
    std::string const& refusal() const noexcept { return refusal_; }
    bool is_refused() const noexcept { return !refusal_.empty(); }
    /// There is no header, and no row.
    bool is_empty() const noexcept { return is_empty_; }
    /// How long the file was when it was looked at.
    std::uint64_t surveyed() const noexcept { return layout_.surveyed; }

    csv::layout const& layout() const noexcept { return layout_; }
    std::vector<std::string> const& names() const noexcept { return names_; }
    csv::mapping& columns() noexcept { return *columns_; }
    /// Its rows are read by another profile than it was looked at with, under the same name.
    bool has_changed_profile() const { return columns_ && columns_->has_changed_profile(); }
    /// To be kept, for `kept`.
    std::string text() const;

private:
    /// The file is looked at.
    struct first_pass {
        first_pass(csv::mapping_rules const& rules, std::string const& name, std::size_t max_row,
                   std::shared_ptr<void const> held)
            : values(rules, name), rows(values, max_row), held_by_it(std::move(held)) {}
        csv::mapping_survey values;
        csv::survey rows;
        std::shared_ptr<void const> held_by_it;
    };

    result<void> read_header(int fd, spool::window& window);

    csv::mapping_rules const* rules_;
    std::string name_;
    std::size_t max_row_;
    std::unique_ptr<first_pass> pass_;
    csv::layout layout_;
    bool is_empty_ = false;
    std::vector<std::string> names_;
    std::optional<csv::mapping> columns_;
    std::string refusal_;
};

}  // namespace setclick::intake
