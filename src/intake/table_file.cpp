#include "table_file.hpp"

#include <algorithm>
#include <utility>

namespace setclick::intake {

table_file::table_file(csv::mapping_rules const& rules, std::string name, std::size_t max_row,
                       std::shared_ptr<void const> held)
    : rules_(&rules),
      name_(std::move(name)),
      max_row_(max_row),
      pass_(std::make_unique<first_pass>(rules, name_, max_row, std::move(held))) {}

result<std::unique_ptr<table_file>> table_file::kept(csv::mapping_rules const& rules,
                                                     std::string const& name, std::size_t max_row,
                                                     std::string_view text, int fd,
                                                     spool::window& window) {
    auto out = std::make_unique<table_file>(rules, name, max_row);
    out->pass_.reset();
    if (text == refused_table) {
        out->refusal_ = "it was refused as a whole";
        return out;
    }
    auto const found = csv::layout_of(text);
    if (!found)
        return fail(errc::unreadable, "what was kept of its layout is not understood: " +
                                          std::string(text.substr(0, 100)));
    out->layout_ = *found;
    out->is_empty_ = found->columns == 0;
    if (out->is_empty_) return out;
    if (auto r = out->read_header(fd, window); !r)
        return fail(errc::unreadable, "it cannot be read on as it was begun: " + r.error().message);
    return out;
}

std::string table_file::text() const {
    return is_refused() ? std::string(refused_table) : csv::text_of(layout_);
}

void table_file::refuse(std::string why) {
    pass_.reset();
    refusal_ = std::move(why);
}

result<void> table_file::read_header(int fd, spool::window& window) {
    auto const seen = window.fill(fd, 0, name_, static_cast<std::size_t>(layout_.rows_offset));
    if (!seen) return seen.error();
    auto header = csv::header_of(layout_, seen->bytes, max_row_);
    names_ = std::move(header.names);
    std::vector<std::string_view> const names(names_.begin(), names_.end());
    auto made = csv::mapping::of(*rules_, names, header.parameters, layout_.values);
    if (!made) return made.error();
    columns_.emplace(std::move(*made));
    return {};
}

result<std::uint64_t> table_file::look(int fd, spool::window& window) {
    std::uint64_t looked = 0;
    while (looked < step && !pass_->rows.finished()) {
        auto const seen = window.fill(fd, pass_->rows.offset(), name_);
        if (!seen) return seen.error();
        auto const used = pass_->rows.consume(seen->bytes, seen->at_end);
        looked += std::max<std::uint64_t>(used, 1);
    }
    if (!pass_->rows.finished()) return looked;
    layout_ = pass_->rows.found();
    refusal_ = pass_->rows.refusal();
    is_empty_ = refusal_.empty() && pass_->rows.is_empty();
    pass_.reset();
    if (is_refused() || is_empty_) return looked;
    if (auto r = read_header(fd, window); !r) {
        if (r.error().code != errc::invalid_data) return r.error();
        refusal_ = r.error().message;
    }
    return looked;
}

}  // namespace setclick::intake
