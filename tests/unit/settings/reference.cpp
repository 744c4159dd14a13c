#include "reference.hpp"

#include <cctype>
#include <vector>

#include "reference/roff.hpp"
#include "settings/keys.hpp"
#include "settings/profile_keys.hpp"

namespace setclick::settings {
namespace {

/// What the sample sets: the smallest useful configuration. Everything else is commented out with
/// its default.
struct sample_value {
    std::string_view table, name, value;
};
constexpr sample_value set_in_sample[] = {
    {"account", "id", "\"60a52f6ac660b269d13c3f53\""},
    {"account", "token_file", "\"/etc/setclickd/token\""},
};

/// What stands beside a key that has no default of its own.
constexpr sample_value examples[] = {
    {"account.login", "email", "\"api@example.com\""},
    {"account.login", "password_file", "\"credential:seal-password\""},
    {"endpoint", "ca_file", "\"\""},
    {"endpoint", "crl_file", "\"\""},
};

template <std::size_t N>
std::string_view found(sample_value const (&list)[N], key const& k) {
    for (auto const& v : list)
        if (v.table == k.table && v.name == k.name) return v.value;
    return {};
}

std::string default_of(key const& k) {
    static settings const defaults;
    auto all = defaults;
    account_settings account;
    return value_text(k, k.where(all, account));
}

/// "Allowed: 1 to 4096.", empty where anything goes.
std::string allowed_sentence(key const& k) {
    auto const allowed = allowed_text(k);
    return allowed.empty() ? std::string() : " Allowed: " + allowed + ".";
}

std::string effect_sentence(key const& k) {
    return k.who == standing::no_effect_yet ? " (No effect yet.)" : "";
}

/// The keys of a table that the two texts show; a table without any is in neither.
std::vector<key const*> shown_keys(table const& of) {
    std::vector<key const*> shown;
    for (auto const& k : keys())
        if (k.table == of.name && k.who != standing::rare) shown.push_back(&k);
    return shown;
}

/// "[spool]", as it stands in a file.
std::string heading_of(table const& t) {
    if (t.name == "account") return "[[account]]";
    if (t.name == "account.login") return "login = { … } in [[account]]";
    return "[" + std::string(t.name) + "]";
}

/// Empty where a key has no default.
std::string shown_default(key const& k) {
    auto value = default_of(k);
    return value == "\"\"" || value == "[]" ? std::string() : value;
}

std::string man_key(key const& k) {
    settings all;
    account_settings account;
    auto const allowed = allowed_text(k);
    auto const value = shown_default(k);
    namespace roff = reference::roff;
    auto const type = std::string(type_text(k.where(all, account)));
    auto form = type == "choice" ? allowed : type + (allowed.empty() ? "" : ", " + allowed);
    form[0] = static_cast<char>(std::toupper(form[0]));
    return ".TP\n" + roff::bold(k.name) + (value.empty() ? "" : " = " + roff::literal(value)) +
           "\n" + roff::prose(std::string(k.text) + effect_sentence(k) + "\n" + form + ".");
}

constexpr std::string_view profiles_text =
    "How the columns of a CSV become the fields of an event, beside the built-in profiles "
    "(`setclickd profiles`); one block "
    "for each kind of file. See docs/csv.md.";

std::string profile_row(profile_key const& k) {
    auto const cell = [](std::string_view text) { return std::string(text); };
    return "| `" + cell(k.name) + "` | " +
           (k.otherwise.empty() ? std::string("none") : "`" + cell(k.otherwise) + "`") + " | " +
           cell(k.type) + " | " + cell(k.text) + " |\n";
}

std::string man_profile_key(profile_key const& k) {
    namespace roff = reference::roff;
    auto form = std::string(k.type);
    form[0] = static_cast<char>(std::toupper(form[0]));
    return ".TP\n" + roff::bold(k.name) +
           (k.otherwise.empty() || k.otherwise == "[]" ? "" : " = " + roff::literal(k.otherwise)) +
           "\n" + roff::prose(std::string(k.text) + "\n" + form + ".");
}

/// Comment lines of at most 100 columns.
std::string wrapped(std::string_view text) {
    constexpr std::size_t columns = 98;
    std::string out;
    while (text.size() > columns) {
        auto const cut = text.rfind(' ', columns);
        out += "# " + std::string(text.substr(0, cut)) + "\n";
        text.remove_prefix(cut + 1);
    }
    return out + "# " + std::string(text) + "\n";
}

std::string sample_key(key const& k) {
    auto out = wrapped(std::string(k.text) + allowed_sentence(k) + effect_sentence(k));
    if (auto const value = found(set_in_sample, k); !value.empty())
        return out + std::string(k.name) + " = " + std::string(value) + "\n";
    return out + "#" + std::string(k.name) + " = " + default_of(k) + "\n";
}

std::string sample_login() {
    std::string out =
        wrapped("Instead of token_file: log in with an e-mail address and the password in a file.");
    out += "#login = { ";
    bool is_first = true;
    for (auto const& k : keys()) {
        if (k.table != "account.login") continue;
        out +=
            (is_first ? "" : ", ") + std::string(k.name) + " = " + std::string(found(examples, k));
        is_first = false;
    }
    return out + " }\n";
}

std::string cell(std::string_view text) {
    std::string out;
    for (char const c : text)
        out += c == '|' ? std::string("\\|") : std::string(1, c);
    return out;
}

std::string row(key const& k) {
    settings all;
    account_settings account;
    auto const type = std::string(type_text(k.where(all, account)));
    auto const allowed = allowed_text(k);
    auto const value = shown_default(k);
    return "| `" + std::string(k.name) + "` | " +
           (value.empty() ? std::string("none") : "`" + cell(value) + "`") + " | " + type +
           (allowed.empty() ? "" : ", " + cell(allowed)) + " | " + cell(k.text) +
           effect_sentence(k) + " |\n";
}

}  // namespace

std::string sample_toml() {
    std::string out =
        "# setclickd: the configuration. Each key with its default; a line without \"#\" in front "
        "is set.\n"
        "# Check it with: setclickd check\n"
        "# A container may set any key as a variable: SETCLICKD_ENDPOINT__BASE_URL=https://...\n";
    for (auto const& t : tables()) {
        auto const shown = shown_keys(t);
        if (t.name == "account.login" || shown.empty()) continue;
        bool const is_account = t.name == "account";
        out += "\n" + wrapped(t.text) + (is_account ? "[[" : "[") + std::string(t.name) +
               (is_account ? "]]" : "]") + "\n";
        for (auto const* k : shown)
            out += "\n" + sample_key(*k);
        if (is_account) out += "\n" + sample_login();
    }
    return out + "\n" + wrapped(profiles_text) +
           "#[[csv.profile]]\n#name = \"our-google\"\n#like = \"google-ads\"\n"
           "#fixed = { utm_source = \"google\", utm_medium = \"cpc\" }\n";
}

std::string reference_markdown() {
    std::string out;
    for (auto const& t : tables()) {
        auto const shown = shown_keys(t);
        if (shown.empty()) continue;
        out += "\n### `" + heading_of(t) + "`\n\n" + std::string(t.text) +
               "\n\n| key | default | value | meaning |\n|---|---|---|---|\n";
        for (auto const* k : shown)
            out += row(*k);
    }
    out += "\n### `[[csv.profile]]`\n\n" + std::string(profiles_text) +
           "\n\n| key | default | value | meaning |\n|---|---|---|---|\n";
    for (auto const& k : profile_keys())
        out += profile_row(k);
    return out;
}

std::string reference_man() {
    namespace roff = reference::roff;
    std::string out;
    for (auto const& t : tables()) {
        auto const shown = shown_keys(t);
        if (shown.empty()) continue;
        out += ".SS " + roff::literal(heading_of(t)) + "\n" + roff::prose(t.text);
        for (auto const* k : shown)
            out += man_key(*k);
    }
    out += ".SS " + roff::literal("[[csv.profile]]") + "\n" + roff::prose(profiles_text);
    for (auto const& k : profile_keys())
        out += man_profile_key(k);
    return out;
}

}  // namespace setclick::settings
