#include "known_events.hpp"

#include <gtest/gtest.h>

#include <string>

#include "cli_fixture.hpp"

namespace setclick::cli {
namespace {

using kind = known_events::kind;

class cli_known_events : public cli_test {
protected:
    settings::settings with(settings::dedupe_key key) const {
        settings::settings s;
        s.ledger.path = dir.file("none.db");
        s.dedupe.key = key;
        return s;
    }
    /// An accepted event; `content` is the first byte of its hash and the ninth.
    static event::outcome of(std::string_view id, unsigned content,
                             std::string_view account = account_id) {
        event::outcome e;
        e.accepted = true;
        e.value.account_id = account;
        e.value.event_id = id;
        e.content[0] = e.content[8] = static_cast<std::byte>(content);
        return e;
    }
};

TEST_F(cli_known_events, row_that_stands_twice_names_the_first_one) {
    known_events known(with(settings::dedupe_key::automatic));
    EXPECT_FALSE(known.sees_ledger());
    EXPECT_EQ(known.blindness(), "") << "no ledger yet: nothing was delivered before";
    known.begin_file();
    EXPECT_EQ(known.of(of("a", 1), 2).what, kind::is_new);
    EXPECT_EQ(known.of(of("b", 1), 3).what, kind::is_new) << "the id decides, not the content";
    auto const again = known.of(of("a", 1), 4);
    EXPECT_EQ(again.what, kind::duplicate);
    EXPECT_EQ(again.line, 2U);
    auto const other = known.of(of("b", 2), 5);
    EXPECT_EQ(other.what, kind::other_content);
    EXPECT_EQ(other.line, 3U);
    EXPECT_EQ(known.of(of("a", 1, "another-account"), 6).what, kind::is_new);
    EXPECT_EQ(known.of(of("", 7), 7).what, kind::is_new);
    EXPECT_EQ(known.of(of("", 7), 8).what, kind::duplicate) << "without an id the content decides";
    EXPECT_EQ(known.of(of("", 8), 9).what, kind::is_new);
    known.begin_file();
    EXPECT_EQ(known.of(of("a", 1), 2).what, kind::is_new) << "of another file";
}

TEST_F(cli_known_events, key_of_the_configuration_decides) {
    known_events by_content(with(settings::dedupe_key::content));
    EXPECT_EQ(by_content.of(of("a", 1), 2).what, kind::is_new);
    EXPECT_EQ(by_content.of(of("b", 1), 3).what, kind::duplicate);
    known_events by_id(with(settings::dedupe_key::event_id));
    EXPECT_EQ(by_id.of(of("", 1), 2).what, kind::is_new);
    EXPECT_EQ(by_id.of(of("", 1), 3).what, kind::is_new);
    known_events off(with(settings::dedupe_key::off));
    EXPECT_EQ(off.of(of("a", 1), 2).what, kind::is_new);
    EXPECT_EQ(off.of(of("a", 1), 3).what, kind::is_new);
}

TEST_F(cli_known_events, many_rows_are_kept_apart) {
    known_events known(with(settings::dedupe_key::automatic));
    known.begin_file();
    for (unsigned n = 0; n < 100'000; ++n)
        ASSERT_EQ(known.of(of("id-" + std::to_string(n), 1), n + 2).what, kind::is_new) << n;
    for (unsigned n = 0; n < 100'000; n += 997)
        ASSERT_EQ(known.of(of("id-" + std::to_string(n), 1), 1'000'000).line, n + 2);
    EXPECT_FALSE(known.forgot());
}

TEST_F(cli_known_events, ledger_that_cannot_be_read_is_no_ledger_that_knows_nothing) {
    auto s = with(settings::dedupe_key::automatic);
    s.ledger.path = write("broken.db", std::string(4096, 'x'));
    known_events const known(s);
    EXPECT_FALSE(known.sees_ledger());
    EXPECT_NE(known.blindness(), "");
}

}  // namespace
}  // namespace setclick::cli
