#include "chunk_reader.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>

#include "intake_fixture.hpp"
#include "result_text.hpp"

namespace setclick::intake {
namespace {

class chunk_test : public ::testing::Test {
protected:
    chunk_reader reader{event::rules{{"acc-1", "acc-2"}},
                        {account_no{11}, account_no{12}},
                        settings::dedupe_key::automatic,
                        std::size_t{4096}};
    test::temp_dir dir;

    reading_file file_of(std::string const& name, std::string const& text) {
        std::ofstream(dir.file(name), std::ios::binary) << text;
        reading_file f;
        f.no = file_no{5};
        f.name = name;
        f.format = *event::format_of(name);
        f.fd = unique_fd(::open(dir.file(name).c_str(), O_RDONLY | O_CLOEXEC));
        f.state.position = reading_state::start();
        return f;
    }
    struct seen {
        std::vector<std::uint64_t> events;
        std::vector<std::uint64_t> refused;
        std::map<std::uint64_t, std::string> texts;  // by number: record or reason, with its place
        std::size_t chunks = 0;
    };
    /// Reads to the end; with `restart` each chunk begins with the position as the ledger has it.
    seen read_all(reading_file f, chunk_limits limits, bool restart) {
        seen out;
        while (!f.at_end) {
            ledger::import_chunk c;
            auto const r = reader.read(f, limits, wall_time{}, c);
            if (!r) {
                ADD_FAILURE() << r.error().message;
                return out;
            }
            for (auto const& e : c.events) {
                out.events.push_back(e.line);
                out.texts[e.line] = std::string(c.text(e.record)) + "@" + std::to_string(e.offset) +
                                    "+" + std::to_string(e.length);
            }
            for (auto const& l : c.refused) {
                out.refused.push_back(l.line);
                out.texts[l.line] = std::string(c.text(l.reason)) + "@" + std::to_string(l.offset) +
                                    "+" + std::to_string(l.length);
            }
            if (restart) f.state = reading_state::from(c.next_offset, c.next_line, c.reader_state);
            if (++out.chunks > 100'000) {
                ADD_FAILURE() << "no end";
                return out;
            }
        }
        return out;
    }
};

TEST_F(chunk_test, all_sizes_of_chunks_and_a_restart_after_each_read_the_same) {
    std::string lines = "\xEF\xBB\xBF";
    std::string array = "[\n";
    for (int i = 0; i < 40; ++i) {
        lines += i % 7 == 3 ? "{bad " + std::to_string(i) + "\n"
                            : event_json(i) + (i % 3 == 0 ? "\r\n" : "\n");
        if (i % 5 == 0) lines += "\n#! line 3: a reason\n";
        if (i == 20) lines += std::string(5000, 'x') + "\n";
        array += (i > 0 ? "," : "") + (i % 7 == 3 ? std::string("{}") : event_json(i)) +
                 (i % 4 == 0 ? "\n" : " ");
    }
    lines += event_json(99);
    for (auto const& [name, text] :
         {std::pair{"a.ndjson", lines}, std::pair{"a.json", array + "]"}}) {
        auto const whole = read_all(file_of(name, text), {}, false);
        EXPECT_EQ(whole.chunks, 1U);
        EXPECT_GT(whole.events.size(), 30U) << name;
        EXPECT_GT(whole.refused.size(), 4U) << name;
        for (std::size_t events : {1, 2, 3, 7, 39}) {
            EXPECT_EQ(read_all(file_of(name, text), {events, 1 << 20}, false).texts, whole.texts)
                << name << events;
            EXPECT_EQ(read_all(file_of(name, text), {events, 1 << 20}, true).texts, whole.texts)
                << name << events;
        }
        for (std::size_t bytes : {1, 100, 333, 4096})
            EXPECT_EQ(read_all(file_of(name, text), {4096, bytes}, true).texts, whole.texts)
                << name << bytes;
    }
}

TEST_F(chunk_test, a_crash_line_is_refused_unread_and_its_neighbours_are_read) {
    auto const line = event_json(1) + "\n";
    for (std::size_t events : {1, 1024}) {
        auto f = file_of("a.ndjson", line + line + line);
        f.crash_lines = {{"", line.size(), false}};
        auto const all = read_all(std::move(f), {events, 1 << 20}, false);
        EXPECT_EQ(all.events, (std::vector<std::uint64_t>{1, 3}));
        EXPECT_EQ(all.refused, (std::vector<std::uint64_t>{2}));
        EXPECT_TRUE(all.texts.at(2).starts_with("crash: ")) << all.texts.at(2);
        auto const place =
            "@" + std::to_string(line.size()) + "+" + std::to_string(line.size() - 1);
        EXPECT_TRUE(all.texts.at(2).ends_with(place)) << all.texts.at(2);
    }
}

TEST_F(chunk_test, where_the_next_line_cannot_be_looked_for_the_rest_is_refused_as_one) {
    std::string text = "[\n";
    for (int i = 0; i < 9; ++i)
        text += event_json(i) + ",\n";
    for (std::size_t events : {1, 3, 4, 1024}) {
        auto f = file_of("a.json", text);
        // As noted behind the fourth element, or at the beginning.
        auto const behind = 2 + 4 * (event_json(1).size() + 2) - 2;
        f.crash_lines = {{"", behind, true}};
        auto const all = read_all(std::move(f), {events, 1 << 20}, false);
        EXPECT_EQ(all.events.size(), 4U) << events;
        ASSERT_EQ(all.refused.size(), 1U) << events;
        auto const& said = all.texts.at(all.refused[0]);
        EXPECT_NE(said.find("crash: "), std::string::npos) << said;
        auto const at = std::stoull(said.substr(said.rfind('@') + 1));
        EXPECT_GE(at, behind);
        EXPECT_EQ(at + std::stoull(said.substr(said.rfind('+') + 1)), text.size()) << said;
    }
    auto f = file_of("b.json", text);
    f.crash_lines = {{"", 0, true}};
    auto const all = read_all(std::move(f), {}, false);
    EXPECT_TRUE(all.events.empty());
    EXPECT_EQ(all.refused.size(), 1U);
}

TEST_F(chunk_test, the_note_says_nothing_once_a_chunk_is_read) {
    reading_note note;
    chunk_reader noted{event::rules{{"acc-1"}},
                       {account_no{11}},
                       settings::dedupe_key::automatic,
                       std::size_t{4096},
                       &note};
    auto f = file_of("a.ndjson", event_json(1) + "\n" + event_json(2) + "\n");
    f.work_name = "1-1-a.ndjson";
    ledger::import_chunk c;
    ASSERT_TRUE(noted.read(f, {}, wall_time{}, c));
    EXPECT_EQ(note.now(), reading_note::what::nothing);
    EXPECT_EQ(note.file(), "1-1-a.ndjson");
    EXPECT_EQ(note.offset(), 2 * event_json(1).size() + 1);
}

TEST_F(chunk_test, numbers_rise_strictly_and_are_lines_where_they_can_be) {
    auto const pretty = read_all(
        file_of("p.json", "[\n" + event_json(1) + ",\n" + event_json(2) + "\n]\n"), {}, false);
    EXPECT_EQ(pretty.events, (std::vector<std::uint64_t>{2, 3}));
    auto const one_line = read_all(
        file_of("o.json", "[" + event_json(1) + "," + event_json(2) + "," + event_json(3) + "]"),
        {}, false);
    EXPECT_EQ(one_line.events, (std::vector<std::uint64_t>{1, 2, 3}));
}

TEST_F(chunk_test, an_event_carries_account_identity_and_event_id) {
    ledger::import_chunk c;
    auto f = file_of("a.ndjson", event_json(7, "acc-2") + "\n");
    ASSERT_TRUE(reader.read(f, {}, wall_time{}, c));
    ASSERT_EQ(c.events.size(), 1U);
    EXPECT_EQ(c.events[0].account, account_no{12});
    EXPECT_EQ(c.text(c.events[0].event_id), "e-7");
    EXPECT_EQ(c.events[0].identity, ledger::identity_kind::event_id);
    EXPECT_TRUE(c.at_end);
    EXPECT_EQ(c.file, file_no{5});
    EXPECT_EQ(c.next_offset, event_json(7, "acc-2").size() + 1);
}

TEST_F(chunk_test, a_file_longer_than_the_window_takes_no_more_memory) {
    std::string text;
    while (text.size() < (std::size_t{5} << 20))
        text += events_text(static_cast<int>(text.size() / 100), 50);
    auto const all = read_all(file_of("big.ndjson", text), {}, true);
    EXPECT_GE(all.chunks, 5U);
    EXPECT_EQ(all.events.size(),
              static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')));
    EXPECT_TRUE(all.refused.empty());
}

TEST_F(chunk_test, a_line_longer_than_any_window_is_one_refused_line) {
    auto const all =
        read_all(file_of("a.ndjson",
                         event_json(1) + "\n" + std::string(3'000'000, 'x') + "\n" + event_json(2)),
                 {}, true);
    EXPECT_EQ(all.events, (std::vector<std::uint64_t>{1, 3}));
    EXPECT_EQ(all.refused, (std::vector<std::uint64_t>{2}));
    EXPECT_TRUE(all.texts.at(2).ends_with("+3000000")) << all.texts.at(2);
}

TEST(result_text, odd_names_stay_json) {
    ledger::file_info f;
    f.no = file_no{3};
    f.claimed.name = "a\"b\n\xff.json";
    f.accepted = f.delivered = 1;
    f.finished_at = from_ms(1'634'707'888'123);
    EXPECT_TRUE(is_one_delivered(f));
    EXPECT_EQ(results_name(f.finished_at), "results-20211020.ndjson");
    auto const line = result_line(f, "d.json");
    EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
    EXPECT_NE(line.find(R"("file":"a\"b\\n\\xff.json")"), std::string::npos) << line;
    EXPECT_NE(line.find(result_mark(f.no)), std::string::npos);
    f.refused = 5;
    EXPECT_FALSE(is_one_delivered(f));
    result_notes notes;
    notes.reasons = {{"x", 3}};
    auto const text = result_text(f, notes);
    EXPECT_NE(text.find("\"x\":3,\n  \"other\":2"), std::string::npos) << text;
    EXPECT_NE(text.find("\"done\":null"), std::string::npos) << text;
}

TEST_F(chunk_test, a_file_that_lost_bytes_is_not_at_its_end) {
    auto const text = events_text(0, 3);
    struct look {
        std::uint64_t size;
        std::uint64_t offset;
        bool good;
    };
    for (auto const& l : {look{text.size(), 0, true}, look{text.size() - 1, 0, true},
                          look{text.size() + 1, 0, false}, look{0, text.size(), true},
                          look{0, text.size() + 1, false}}) {
        auto f = file_of("a.ndjson", text);
        f.size = l.size;
        f.state = reading_state::from(l.offset, 1, {});
        ledger::import_chunk c;
        auto const read = reader.read(f, {}, wall_time{}, c);
        EXPECT_EQ(read.has_value(), l.good) << l.size << " " << l.offset;
        EXPECT_EQ(f.at_end, l.good);
        if (read) continue;
        EXPECT_EQ(read.error().code, errc::unreadable);
        EXPECT_EQ(f.state.position.at.offset, l.offset);
        EXPECT_TRUE(c.events.empty());
    }
}

}  // namespace
}  // namespace setclick::intake
