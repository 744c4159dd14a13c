#include <algorithm>
#include <optional>

#include "cell.hpp"
#include "decided.hpp"
#include "plan.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/csv/mapping.hpp"

namespace setclick::csv {

class mapping_survey::impl {
public:
    impl(mapping_rules const& rules, std::string_view file_name, std::string_view wanted)
        : rules_(rules), file_name_(file_name), wanted_(wanted) {}

    std::size_t known_names(std::span<std::string_view const> cells) const {
        return static_cast<std::size_t>(std::ranges::count_if(
            cells, [&](auto const cell) { return rules_.known->knows_column(cell); }));
    }

    void header(std::span<std::string_view const> names, std::span<parameter const> parameters) {
        auto choice = choose_profile(*rules_.known, file_name_, names, wanted_);
        refusal_ = std::move(choice.refusal);
        why_ = std::move(choice.why);
        if (choice.chosen == nullptr) return;
        auto made = plan_of(*choice.chosen, rules_, names, parameters);
        if (!made) {
            refusal_ = made.error().message;
            return;
        }
        plan_ = std::move(*made);
        for (auto const* s : plan_->all())
            if (s->kind == value_kind::amount && !s->is_fixed()) amounts_.push_back(s->column);
    }

    void row(std::span<std::string_view const> cells, std::uint64_t line) {
        if (!plan_) return;
        auto const cell = [&](std::size_t column) {
            return column < cells.size() ? cleaned(cells[column], false, buffer_).text
                                         : std::string_view{};
        };
        look_.time(cell(plan_->click_time->column), line);
        for (auto const column : amounts_)
            look_.amount(cell(column), line);
    }

    std::string result() const {
        if (!plan_) return {};
        auto out = look_.result(plan_->from->dates, plan_->from->decimal);
        out.profile = plan_->from->name;
        out.profile_sum = sum_of(*plan_->from);
        return text_of(out);
    }

    /// What is so of every time of the file is reported once, for the file.
    std::string refusal() const {
        if (!refusal_.empty() || !plan_) return refusal_;
        auto const& p = *plan_->from;
        auto const column = column_text(plan_->click_time->name);
        if (look_.times() == 0) return {};
        bool const has_home = !plan_->file_zone.empty() || !p.time_zone.empty() ||
                              std::ranges::any_of(rules_.accounts, [](auto const& a) {
                                  return !a.time_zone.empty();
                              });
        if (look_.without_zone() == look_.times() && !has_home)
            return "the times in " + column + " have no time zone (the first in line " +
                   std::to_string(look_.first_without_zone()) +
                   "), and neither the file nor the profile " + p.name +
                   " nor the account names one: set time_zone = \"Europe/Madrid\" (or where they "
                   "were written) in the "
                   "profile or in [[account]]";
        auto const decided = look_.result(p.dates, p.decimal);
        if (look_.open_dates() == look_.times() && decided.dates == date_order::open)
            return "the dates in " + column +
                   " can all be read with the day or with the month first (" + look_.first_open() +
                   "): set date_order = \"dmy\" or \"mdy\" in the profile";
        return {};
    }

    std::uint32_t skip_rows() const {
        auto const* p = profile_by_name(*rules_.known, file_name_, wanted_);
        return p == nullptr ? 0 : p->skip_rows;
    }
    std::string const& why() const noexcept { return why_; }

private:
    mapping_rules rules_;
    std::string file_name_;
    std::string wanted_;
    std::string refusal_;
    std::string why_;
    std::optional<plan> plan_;
    std::vector<std::size_t> amounts_;
    column_look look_;
    std::string buffer_;
};

mapping_survey::mapping_survey(mapping_rules const& rules, std::string_view file_name,
                               std::string_view wanted_profile)
    : impl_(std::make_unique<impl>(rules, file_name, wanted_profile)) {}
mapping_survey::~mapping_survey() = default;

std::size_t mapping_survey::known_names(std::span<std::string_view const> cells) const {
    return impl_->known_names(cells);
}
void mapping_survey::header(std::span<std::string_view const> names,
                            std::span<parameter const> parameters) {
    impl_->header(names, parameters);
}
void mapping_survey::row(std::span<std::string_view const> cells, std::uint64_t line) {
    impl_->row(cells, line);
}
std::string mapping_survey::result() const {
    return impl_->result();
}
std::string mapping_survey::refusal() const {
    return impl_->refusal();
}
std::uint32_t mapping_survey::skip_rows() const {
    return impl_->skip_rows();
}
std::string const& mapping_survey::why() const noexcept {
    return impl_->why();
}

}  // namespace setclick::csv
