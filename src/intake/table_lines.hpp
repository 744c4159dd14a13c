// Rows of a table as they go back to their producer: in the file's own dialect and encoding, with two
// columns in front that name the line and the reason.
//
//     ### TEMPLATE ###,,                          what stood above the header, as it was
//     setclickd_line,setclickd_error,event_id,…   the header
//     7,"column ""email"": …",crm-8841,…          the row's own bytes
//     9,…,"whole row"                             one whose quotes are broken, as one cell: these come last
//
// Only what is ours is escaped, the cell that holds a whole row too. Columns of ours that a row has already are left out.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "setclickd/base/error.hpp"
#include "setclickd/csv/layout.hpp"
#include "setclickd/spool/window.hpp"

namespace setclick::intake {

class table_lines {
public:
    /// Nothing where `layout` is none. `fd` is -1 where the file is gone: the rows' own bytes are
    /// missing then.
    static result<std::optional<table_lines>> of(std::string_view layout, int fd,
                                                 std::string const& name, std::size_t max_row,
                                                 spool::window& window);

    csv::layout const& layout() const noexcept { return layout_; }
    std::vector<std::string> const& names() const noexcept { return names_; }
    /// What the file from rejected/ begins with.
    std::string const& head() const noexcept { return head_; }

    /// `bytes`: of the row in the file. False, and nothing is appended: its quotes are broken.
    bool append_row(std::string& out, std::uint64_t number, std::string_view reason,
                    std::string_view bytes) const;
    void append_broken(std::string& out, std::uint64_t number, std::string_view reason,
                       std::string_view bytes) const;
    /// Without its bytes.
    void append_reason(std::string& out, std::uint64_t number, std::string_view reason) const;

    /// A broken row that no window holds: what stands before, between and behind its bytes. `head`: the
    /// first of them; what a spreadsheet would take for a formula gets an apostrophe in front, since
    /// the cell is ours.
    void begin_broken(std::string& out, std::uint64_t number, std::string_view reason,
                      std::string_view head) const;
    void append_part(std::string& out, std::string_view bytes) const;
    void end_broken(std::string& out) const;

private:
    table_lines(csv::layout layout, std::size_t max_row)
        : layout_(std::move(layout)), max_row_(max_row) {}
    void make_head(std::string_view head);
    void append_front(std::string& out, std::uint64_t number, std::string_view reason) const;
    /// Where a row's own bytes begin; nothing where it is no single row.
    std::optional<std::size_t> own_at(std::string_view bytes) const;
    void append_encoded(std::string& out, std::string_view utf8) const;

    csv::layout layout_;
    std::size_t max_row_;
    std::vector<std::string> names_;
    std::string head_;
};

}  // namespace setclick::intake
