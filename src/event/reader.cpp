#include "setclickd/event/reader.hpp"

#include <boost/json/basic_parser_impl.hpp>

#include <algorithm>

#include "click_time.hpp"
#include "event_builder.hpp"
#include "field_kinds.hpp"
#include "setclickd/base/text.hpp"
#include "setclickd/event/invisible.hpp"
#include "syntax.hpp"
#include "time_forms.hpp"

namespace setclick::event {
namespace {

constexpr std::size_t longest_event_id = 256;
/// A new value makes all identities new; see content_hash.hpp.
constexpr std::uint64_t content_version = 1;

boost::json::parse_options options_of(rules const& r) {
    boost::json::parse_options out;
    out.max_depth = r.max_depth;
    return out;
}

content_key key_of(std::int64_t click_time, hash128 hash) {
    content_key key{};
    for (std::size_t i = 0; i < 6; ++i)
        key[i] = static_cast<std::byte>(static_cast<std::uint64_t>(click_time) >> (40 - 8 * i));
    for (std::size_t i = 0; i < 8; ++i)
        key[6 + i] = static_cast<std::byte>(hash.high >> (56 - 8 * i));
    for (std::size_t i = 0; i < 2; ++i)
        key[14 + i] = static_cast<std::byte>(hash.low >> (56 - 8 * i));
    return key;
}

}  // namespace

class reader::impl {
public:
    explicit impl(rules r)
        : rules_(std::move(r)),
          findings_(outcome_.findings),
          warnings_(outcome_.warnings),
          parser_(options_of(rules_), rules_.max_depth, findings_, warnings_) {
        for (std::size_t i = 0; i < rules_.accounts.size(); ++i)
            by_id_.push_back(i);
        std::sort(by_id_.begin(), by_id_.end(),
                  [&](auto a, auto b) { return rules_.accounts[a] < rules_.accounts[b]; });
    }

    outcome const& read(std::string_view text, wall_time now) {
        findings_.clear();
        warnings_.clear();
        outcome_.accepted = false;
        outcome_.value = {};
        outcome_.content = {};
        outcome_.account = outcome::no_account;
        bool const whole_text = parse(text);
        if (whole_text && built().root() != json_kind::object) {
            findings_.clear();
            auto const inside = text.find_first_not_of(" \t[");
            bool const is_array_of_events = built().root() == json_kind::array &&
                                            inside != std::string_view::npos && text[inside] == '{';
            findings_.add("", "must be an object, is " + std::string(name_of(built().root())) +
                                  (is_array_of_events
                                       ? ": each of its events belongs on a line of its own, or "
                                         "the array alone into a file"
                                       : ""));
        } else {
            check_account(whole_text);
            if (whole_text) check_fields(now);
        }
        outcome_.accepted = findings_.empty();
        findings_.close();
        if (outcome_.accepted) outcome_.content = content();
        return outcome_;
    }

    rules const& active_rules() const noexcept { return rules_; }

private:
    event_builder const& built() const noexcept { return parser_.handler(); }
    member_value const& at(field f) const noexcept { return built().at(f); }
    /// Present and of the right kind; a wrong kind has been reported by the builder.
    bool has(field f, json_kind kind) const noexcept { return at(f).kind == kind; }
    void find(field f, std::string message) {
        findings_.add(std::string(name_of(f)), std::move(message));
    }
    void warn(field f, std::string message) {
        warnings_.add(std::string(name_of(f)), std::move(message));
    }

    /// False when the text is not one JSON value; what was found before the fault stays.
    bool parse(std::string_view text) {
        parser_.reset();
        parser_.handler().begin(text);
        boost::system::error_code ec;
        auto const at = parser_.write_some(false, text.data(), text.size(), ec);
        if (!ec && at == text.size()) return true;
        if (!ec) ec = boost::json::error::extra_data;
        findings_.add("", syntax_problem(text, at, ec, rules_.max_depth));
        return false;
    }

    void check_fields(wall_time now) {
        check_parameters();
        check_click_time(now);
        if (at(field::settings).kind == json_kind::none) find(field::settings, "is missing");
        outcome_.value.settings = at(field::settings).text;
        check_event_id();
        check_urls();
        check_lead();
    }

    void check_account(bool whole_text);
    void check_parameters();
    void check_click_time(wall_time now);
    void check_event_id();
    void check_urls();
    void check_lead();
    void check_clash(member_name const& name);
    std::size_t account_named(std::string_view id) const noexcept;
    hash128 content_hash_of_event() const;
    content_key content() const {
        return key_of(outcome_.value.click_time, content_hash_of_event());
    }

    rules rules_;
    std::vector<std::size_t> by_id_;  ///< indices into rules_.accounts, in the ids' order
    outcome outcome_;
    finding_list findings_;
    finding_list warnings_;
    boost::json::basic_parser<event_builder> parser_;
};

std::size_t reader::impl::account_named(std::string_view id) const noexcept {
    auto const found = std::lower_bound(
        by_id_.begin(), by_id_.end(), id,
        [&](auto i, std::string_view wanted) { return rules_.accounts[i] < wanted; });
    if (found == by_id_.end() || rules_.accounts[*found] != id) return outcome::no_account;
    return *found;
}

void reader::impl::check_account(bool whole_text) {
    auto const& given = at(field::account_id);
    auto const configured = rules_.accounts.size() - rules_.others;
    if (given.kind == json_kind::string) {
        outcome_.account = account_named(given.decoded);
        if (outcome_.account != outcome::no_account) {
            outcome_.value.account_id = rules_.accounts[outcome_.account];
            return;
        }
        std::vector<std::string_view> const known(rules_.accounts.begin(), rules_.accounts.end());
        auto message = shown_value(given.decoded, 60) + " is not a configured account";
        if (given.decoded.empty()) message = "is empty";
        if (auto const near = nearest(given.decoded, known); !near.empty())
            message += "; did you mean \"" + std::string(near) + "\"?";
        find(field::account_id, std::move(message));
    } else if (given.kind == json_kind::none && configured == 1) {
        outcome_.account = 0;
        outcome_.value.account_id = rules_.accounts.front();
    } else if (given.kind == json_kind::none && whole_text) {
        find(
            field::account_id,
            configured == 0
                ? "is missing, and no account is configured"
                : "is missing; it may be left out only where one account is configured, here are " +
                      std::to_string(configured));
    }
}

void reader::impl::check_parameters() {
    auto const& given = at(field::url_parameters);
    outcome_.value.url_parameters = given.text;
    if (given.kind == json_kind::none)
        find(field::url_parameters, "is missing");
    else if (given.kind == json_kind::object && !built().has_utm())
        find(field::url_parameters, "needs at least one utm_ parameter, such as utm_source");
    else if (given.kind == json_kind::object && !built().has_utm_value())
        warn(field::url_parameters, "all utm_ parameters are empty");
}

void reader::impl::check_click_time(wall_time now) {
    auto const& given = at(field::click_time);
    std::optional<std::int64_t> ms;
    if (given.kind == json_kind::none) {
        find(field::click_time, "is missing");
    } else if (given.kind == json_kind::string) {
        ms = click_time_of(given.decoded);
        if (!ms) ms = click_time_in(ms_of_text(given.decoded));
        if (!ms) find(field::click_time, click_time_problem(given.decoded));
    } else if (given.kind == json_kind::number) {
        auto const value = decimal_of(given.text, parser_.handler().scratch());
        ms = click_time_of(value);
        if (!ms) ms = click_time_in(ms_of_text(given.text));
        if (!ms) find(field::click_time, click_time_problem(value, given.text));
    } else if (given.kind == json_kind::object) {
        ms = click_time_in(ms_of_object(given.text));
        if (!ms) find(field::click_time, wrong_kind(field::click_time, json_kind::object));
    }
    if (!ms) return;
    outcome_.value.click_time = *ms;
    constexpr milliseconds day = std::chrono::hours{24};
    if (from_ms(*ms) > now + day)
        warn(field::click_time, wall_text(from_ms(*ms)) + " lies more than a day in the future");
}

void reader::impl::check_event_id() {
    auto const& given = at(field::event_id);
    if (given.kind != json_kind::string) return;
    // Control characters are kept: whoever writes them means them.
    auto const is_end = [](char c) { return c == ' ' || static_cast<unsigned char>(c) >= 0x80; };
    auto id = given.decoded;
    if (!id.empty() && (is_end(id.front()) || is_end(id.back()))) id = without_invisible_ends(id);
    outcome_.value.event_id = id;
    if (id.empty())
        find(field::event_id, "is empty; leave it out instead");
    else if (id.size() > longest_event_id)
        find(field::event_id, "is " + grouped(id.size()) + " bytes long, at most " +
                                  std::to_string(longest_event_id) + " are allowed");
    // One id copied from a page and one typed are the same to who looks at them.
    if (id.size() != given.decoded.size())
        warn(field::event_id,
             "has white space or characters that nobody sees around it; they were "
             "taken off");
    if (auto const c = first_invisible(id); c != 0)
        warn(field::event_id, "has a character inside that nobody sees (" + code_text(c) + ")");
}

void reader::impl::check_urls() {
    outcome_.value.referrer = at(field::referrer).text;
    outcome_.value.current_url = at(field::current_url).text;
    if (has(field::referrer, json_kind::string) && at(field::current_url).kind == json_kind::none)
        warn(field::current_url, "is missing beside referrer; the vendor may want both");
}

void reader::impl::check_lead() {
    auto const& flag = at(field::microconversion);
    outcome_.value.microconversion = flag.truth;
    outcome_.value.lead = at(field::lead).text;
    static constexpr member_name own_flag{0, "microconversion"};
    if (flag.kind == json_kind::boolean) {
        for (auto const& name : built().names_in_lead())
            if (name.text == own_flag.text)
                find(field::lead,
                     "has its own microconversion beside the event's; keep one of them");
    }
    if (rules_.lead == lead_mode::lead) return;
    for (auto const& name : built().names_in_lead())
        check_clash(name);
    if (flag.truth) check_clash(own_flag);
}

void reader::impl::check_clash(member_name const& name) {
    for (auto const& other : built().names_in_settings())
        if (other.text == name.text)
            find(field::settings,
                 "has the member " + shown_name(name.text, 0) +
                     " that comes from lead too, and both go into settings (dialect.lead)");
}

hash128 reader::impl::content_hash_of_event() const {
    auto const& value = outcome_.value;
    auto const account = content_hash::of_text(value.account_id);
    auto const& parameters = at(field::url_parameters).hash;
    auto const& settings = at(field::settings).hash;
    auto const& referrer = at(field::referrer).hash;
    auto const& current_url = at(field::current_url).hash;
    auto const& lead = at(field::lead).hash;
    std::uint64_t const parts[] = {content_version,
                                   account.low,
                                   account.high,
                                   parameters.low,
                                   parameters.high,
                                   settings.low,
                                   settings.high,
                                   referrer.low,
                                   referrer.high,
                                   current_url.low,
                                   current_url.high,
                                   lead.low,
                                   lead.high,
                                   value.microconversion ? 1U : 0U,
                                   static_cast<std::uint64_t>(value.click_time)};
    return content_hash::of(content_hash::seed::event, parts, sizeof parts);
}

reader::reader(rules r) : impl_(std::make_unique<impl>(std::move(r))) {}
reader::~reader() = default;
reader::reader(reader&&) noexcept = default;
reader& reader::operator=(reader&&) noexcept = default;

outcome const& reader::read(std::string_view text, wall_time now) {
    return impl_->read(text, now);
}
rules const& reader::active_rules() const noexcept {
    return impl_->active_rules();
}

std::string findings_text(std::vector<finding> const& findings, std::size_t limit) {
    std::string out;
    for (std::size_t i = 0; i < findings.size(); ++i) {
        auto const& f = findings[i];
        auto const piece =
            (out.empty() ? "" : "; ") + (f.path.empty() ? f.message : f.path + ": " + f.message);
        if (out.size() + piece.size() > limit && !out.empty())
            return out + "; and " + std::to_string(findings.size() - i) + " more";
        out += piece;
    }
    return out;
}

}  // namespace setclick::event
