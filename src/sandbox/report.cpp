#include "report.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <limits>
#include <utility>

#include "faults.hpp"
#include "json_text.hpp"
#include "setclickd/base/ascii.hpp"

namespace setclick::sandbox {
namespace {

std::chrono::sys_days day_of(wall_time t) {
    return std::chrono::floor<std::chrono::days>(t);
}

void append_member(std::string& out, std::string_view name, std::string const* text) {
    out += ',';
    append_json_string(out, name);
    out += ':';
    if (text == nullptr)
        out += "null";
    else
        append_json_string(out, *text);
}

struct website_source {
    char const *campaign, *source, *medium, *country;
};

constexpr std::array<website_source, 4> website_sources{{
    {"seo-yahoo", "seo", "organic", "es"},
    {"newsletter", "newsletter", "email", "fr"},
    {"brand", "google", "cpc", "es"},
    {"spring", "facebook", "social", nullptr},
}};

}  // namespace

report::report(report_switches switches, wall_time now)
    : switches_(std::move(switches)), random_(switches_.seed) {
    texts_.emplace_back();  // number 0 is null
    dice numbers(switches_.seed);
    auto const days = static_cast<std::uint64_t>(std::max(1, switches_.website_days));
    std::vector<std::chrono::sys_days> dates;
    dates.reserve(static_cast<std::size_t>(std::max(0, switches_.website_rows)));
    for (int i = 0; i < switches_.website_rows; ++i)
        dates.push_back(day_of(now) - std::chrono::days{static_cast<int>(numbers.next() % days)});
    std::sort(dates.begin(), dates.end());
    for (auto const day : dates)
        add_website_row(day == day_of(now) ? now : wall_time{day}, day);
}

report::text_no report::intern(std::optional<std::string> const& text) {
    if (!text) return 0;
    auto const [it, is_new] = text_numbers_.try_emplace(*text, static_cast<text_no>(texts_.size()));
    if (is_new) texts_.push_back(*text);
    return it->second;
}

report::row report::make_row(conversion const& c, wall_time created) {
    row r{};
    r.visible_ms = to_ms(created);
    r.created_s = static_cast<std::uint32_t>(to_ms(created) / 1000);
    r.day = static_cast<std::int32_t>(c.day.time_since_epoch().count());
    r.matchtype = intern(c.utm_matchtype);
    r.campaign = intern(c.utm_campaign);
    r.source = intern(c.utm_source);
    r.medium = intern(c.utm_medium);
    r.term = intern(c.utm_term);
    r.country = intern(c.country);
    r.country_name = intern(c.country_name);
    r.label = intern(c.label);
    return r;
}

int report::book(conversion const& c, wall_time now) {
    auto const number = accepted_++;
    if (number < switches_.swallow) return 0;
    if (switches_.swallow_every > 0 && (number + 1) % switches_.swallow_every == 0) return 0;
    auto r = make_row(c, now);
    r.visible_ms += switches_.delay.count();
    r.account = intern(c.account);
    auto const copies = number < switches_.swallow + switches_.doubled ? 2 : 1;
    rows_.insert(rows_.end(), static_cast<std::size_t>(copies), r);
    return copies;
}

void report::add_website_row(wall_time created, std::chrono::sys_days day) {
    dice numbers(random_);
    auto const& from = website_sources[numbers.next() % website_sources.size()];
    conversion c;
    c.day = day;
    c.utm_campaign = from.campaign;
    c.utm_source = from.source;
    c.utm_medium = from.medium;
    if (from.country != nullptr) c.country = from.country;
    if (c.country) c.country_name = country_name_of(*c.country);
    if (!switches_.website_labels.empty())
        c.label = switches_.website_labels[numbers.next() % switches_.website_labels.size()];
    random_ = numbers.next();
    auto r = make_row(c, created);
    r.is_website = true;
    rows_.push_back(r);
}

void report::change_between_pages(wall_time now) {
    if (switches_.rows_between_pages) add_website_row(now, day_of(now));
    if (!switches_.vanish_between_pages) return;
    // Only one of the website's own: what was booked stays.
    auto const newest = std::find_if(rows_.rbegin(), rows_.rend(), [&](row const& r) {
        return r.is_website && r.visible_ms <= to_ms(now);
    });
    if (newest != rows_.rend()) newest->visible_ms = std::numeric_limits<std::int64_t>::max();
}

bool report::matches(row const& r, report_query const& query, text_no account,
                     wall_time now) const {
    if (r.visible_ms > to_ms(now)) return false;
    if (r.account != 0 && r.account != account) return false;
    if (!query.days.holds(std::chrono::sys_days{std::chrono::days{r.day}})) return false;
    return query.country.empty() ||
           (r.country != 0 && equals_ignoring_case(texts_[r.country], query.country));
}

void report::append_row(std::string& out, std::size_t index) const {
    auto const& r = rows_[index];
    auto const text = [&](text_no no) { return no == 0 ? nullptr : &texts_[no]; };
    // As an ObjectId: second of creation, the process, a counter.
    char id[32];
    std::snprintf(id, sizeof id, "%08x%010llx%06x", r.created_s,
                  static_cast<unsigned long long>(dice(switches_.seed).next() & 0xFFFFFFFFFFULL),
                  static_cast<unsigned>(index & 0xFFFFFFU));
    out += R"({"_id":")";
    out += id;
    out += '"';
    auto const date = day_text(std::chrono::sys_days{std::chrono::days{r.day}});
    append_member(out, "date", &date);
    append_member(out, "utm_matchtype", text(r.matchtype));
    append_member(out, "utm_campaign", text(r.campaign));
    append_member(out, "utm_source", text(r.source));
    append_member(out, "utm_medium", text(r.medium));
    append_member(out, "utm_term", text(r.term));
    append_member(out, "country", text(r.country));
    append_member(out, "country_name", text(r.country_name));
    append_member(out, "label", text(r.label));
    out += '}';
}

std::string report::page(report_query const& query, wall_time now) {
    if (query.skip > 0) change_between_pages(now);
    auto const known = text_numbers_.find(query.account);
    auto const account = known == text_numbers_.end() ? ~text_no{0} : known->second;
    auto const limit = switches_.page_cap > 0 ? switches_.page_cap : query.limit;
    std::string out = R"({"status":"ok","data":[)";
    std::int64_t seen = 0;
    std::int64_t taken = 0;
    for (auto i = rows_.size(); i > 0 && taken < limit; --i) {
        if (!matches(rows_[i - 1], query, account, now)) continue;
        if (seen++ < query.skip) continue;
        if (taken++ > 0) out += ',';
        append_row(out, i - 1);
    }
    out += ']';
    if (switches_.pagination) {
        out += R"(,"pagination":{"skip":)";
        append_number(out, query.skip + limit);
        out += R"(,"limit":)";
        append_number(out, limit);
        out += '}';
    }
    out += '}';
    return out;
}

}  // namespace setclick::sandbox
