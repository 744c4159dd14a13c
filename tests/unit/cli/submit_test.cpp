#include "submit.hpp"

#include <unistd.h>

#include <boost/json/parse.hpp>

#include "cli_fixture.hpp"
#include "reference/held_text.hpp"

namespace setclick::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class cli_submit : public cli_test {
protected:
    int run(submit_options options) {
        options.config = config_path;
        return submit(options, io);
    }
    std::string good(int n) {
        std::string text;
        for (int i = 0; i < n; ++i)
            text += event_line("e" + std::to_string(i)) + "\n";
        return text;
    }
    std::string const bad_line =
        R"({"account_id":"60a52f6ac660b269d13c3f53","click_time":"soon","settings":{"email":"canary@example.com"}})";
};

TEST_F(cli_submit, good_file_is_dropped_whole_and_the_time_it_takes_is_said) {
    auto const text = good(120);
    EXPECT_EQ(run({.files = {write("crm.ndjson", text)}}), 0) << err.str();
    EXPECT_THAT(incoming(), ElementsAre("crm.ndjson"));
    EXPECT_EQ(content(dir.file("spool/incoming/crm.ndjson")), text);
    EXPECT_THAT(out.str(), HasSubstr("120 good events"));
    EXPECT_THAT(out.str(), HasSubstr("120 events at 60 a minute: about 2 min"));
    EXPECT_EQ(err.str(), dir.file("crm.ndjson") +
                             ": warning: all 120 clicks lie in one second: is it the time of the "
                             "export? (first: line 1)\n");
}

TEST_F(cli_submit, bad_line_is_named_with_all_its_findings_and_nothing_is_dropped) {
    EXPECT_EQ(run({.files = {write("crm.ndjson", good(2) + bad_line + "\n" + good(1))}}), 1);
    EXPECT_THAT(incoming(), IsEmpty());
    EXPECT_THAT(err.str(), HasSubstr("crm.ndjson:3: "));
    EXPECT_THAT(err.str(), HasSubstr("click_time"));
    EXPECT_THAT(err.str(), HasSubstr("url_parameters"));
    EXPECT_THAT(out.str(), HasSubstr("3 good events, 1 bad one; nothing dropped"));
}

TEST_F(cli_submit, partial_drops_the_file_and_says_so_with_exit_3) {
    auto const text = good(2) + bad_line + "\n";
    EXPECT_EQ(run({.files = {write("crm.ndjson", text)}, .partial = true}), 3);
    EXPECT_THAT(incoming(), ElementsAre("crm.ndjson"));
    EXPECT_EQ(content(dir.file("spool/incoming/crm.ndjson")), text);
}

TEST_F(cli_submit, partial_without_any_good_line_drops_nothing) {
    EXPECT_EQ(run({.files = {write("crm.ndjson", bad_line)}, .partial = true}), 1);
    EXPECT_THAT(incoming(), IsEmpty());
}

TEST_F(cli_submit, taken_name_gets_a_number_and_nothing_is_overwritten) {
    auto const path = write("crm.ndjson", good(1));
    for (int i = 0; i < 3; ++i)
        EXPECT_EQ(run({.files = {path}}), 0);
    EXPECT_THAT(incoming(), ElementsAre("crm.2.ndjson", "crm.3.ndjson", "crm.ndjson"));
}

TEST_F(cli_submit, part_file_of_another_submit_is_left_alone) {
    auto const path = write("crm.ndjson", good(1));
    EXPECT_EQ(run({.files = {path}}), 0);
    write("spool/incoming/.crm.ndjson.part", "other");
    EXPECT_EQ(run({.files = {path}}), 0);
    EXPECT_EQ(content(dir.file("spool/incoming/.crm.ndjson.part")), "other");
    EXPECT_THAT(incoming(), ElementsAre(".crm.ndjson.part", "crm.2.ndjson", "crm.ndjson"));
}

TEST_F(cli_submit, name_changes_how_the_file_is_called) {
    EXPECT_EQ(run({.files = {write("export.txt", good(1))}, .name = "crm.ndjson"}), 0) << err.str();
    EXPECT_THAT(incoming(), ElementsAre("crm.ndjson"));
}

TEST_F(cli_submit, name_that_the_daemon_would_not_take_is_a_usage_error) {
    auto const path = write("crm.ndjson", good(1));
    for (std::string const name :
         {"crm.xlsx", ".crm.ndjson", "crm.ndjson.part", "a/b.ndjson", "crm"})
        EXPECT_EQ(run({.files = {path}, .name = name}), 2) << name;
    EXPECT_EQ(run({.files = {path, path}, .name = "x.ndjson"}), 2);
    EXPECT_THAT(incoming(), IsEmpty());
}

TEST_F(cli_submit, what_cannot_be_taken_is_called_what_it_is) {
    auto const said = [this](submit_options options) {
        err.str("");
        run(std::move(options));
        return err.str();
    };
    auto const path = write("crm.ndjson", good(1));
    EXPECT_THAT(said({.files = {dir.file("")}}), HasSubstr(" is a directory"));
    EXPECT_THAT(said({.files = {write("export.xlsx", "PK")}}), HasSubstr("save it as CSV UTF-8"));
    EXPECT_THAT(said({.files = {write("export.xml", "<a/>")}}),
                HasSubstr("export its table as CSV UTF-8"));
    EXPECT_THAT(said({.files = {write("crm.ndjson.gz", "x")}}), HasSubstr("unpack it first"));
    EXPECT_THAT(said({.files = {path}, .name = "../x.ndjson"}), HasSubstr("has a slash"));
    EXPECT_THAT(said({.files = {path}, .name = std::string(300, 'a') + ".ndjson"}),
                HasSubstr("longer than 255"));
    EXPECT_THAT(said({.files = {path}, .name = "crm"}),
                HasSubstr("must end in .csv, .tsv, .ndjson"));
    EXPECT_THAT(incoming(), IsEmpty());
}

/// While it lives, standard input is a pipe that gives `text`.
class piped_input {
public:
    explicit piped_input(std::string const& text) : before_(::dup(0)) {
        int ends[2];
        EXPECT_EQ(::pipe(ends), 0);
        EXPECT_EQ(::write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
        ::close(ends[1]);
        ::dup2(ends[0], 0);
        ::close(ends[0]);
    }
    ~piped_input() {
        ::dup2(before_, 0);
        ::close(before_);
    }
    piped_input(piped_input const&) = delete;
    piped_input& operator=(piped_input const&) = delete;

private:
    int before_;
};

TEST_F(cli_submit, standard_input_is_read_to_its_end) {
    auto const text = good(3);
    piped_input const piped(text);
    EXPECT_EQ(run({.files = {"-"}, .name = "crm.ndjson"}), 0) << err.str();
    EXPECT_EQ(content(dir.file("spool/incoming/crm.ndjson")), text);
}

TEST_F(cli_submit, table_is_dropped_byte_for_byte_or_its_bad_rows_are_named) {
    std::string const above = "\xEF\xBB\xBFsep=;\r\n# orders of May\r\n";
    std::string const header = "event_id;click_time;utm_source\r\n";
    auto const row = [](int n) {
        return "e" + std::to_string(n) + ";2021-10-20T05:31:2" + std::to_string(n) +
               "Z;\"a;b\"\r\n";
    };
    auto const text = above + header + row(1) + "\r\n" + row(2);
    EXPECT_EQ(run({.files = {write("Orders.CSV", text)}}), 0) << err.str();
    EXPECT_EQ(content(dir.file("spool/incoming/Orders.CSV")), text);
    EXPECT_THAT(out.str(), HasSubstr("2 good events; dropped as"));

    auto const bad = text + "e3;yesterday;google\r\n";
    EXPECT_EQ(run({.files = {write("bad.csv", bad)}}), 1);
    EXPECT_THAT(err.str(), HasSubstr("bad.csv:7: column \"click_time\""));
    EXPECT_EQ(run({.files = {dir.file("bad.csv")}, .partial = true}), 3);
    EXPECT_EQ(content(dir.file("spool/incoming/bad.csv")), bad);

    // Looked at twice, although it comes through a pipe.
    piped_input const piped(text);
    EXPECT_EQ(run({.files = {"-"}, .name = "piped.csv"}), 0) << err.str();
    EXPECT_EQ(content(dir.file("spool/incoming/piped.csv")), text);
    EXPECT_THAT(incoming(), ElementsAre("Orders.CSV", "bad.csv", "piped.csv"));
}

TEST_F(cli_submit, table_that_is_refused_as_a_whole_is_not_dropped_even_in_part) {
    struct {
        char const* name;
        std::string text;
        char const* why;
    } const cases[]{
        {"a.csv", "what,ever\n1,2\n", "no profile fits"},
        {"b.csv", std::string("PK\x03\x04xl/workbook.xml", 19), ".xlsx"},
        {"c.csv", "event_id,click_time\ne1,2021-10-20T05:31:28Z\n", "gives no UTM parameter"},
    };
    for (auto const& c : cases) {
        err.str("");
        EXPECT_EQ(run({.files = {write(c.name, c.text)}, .partial = true}), 1) << c.name;
        EXPECT_THAT(err.str(), HasSubstr(c.why));
    }
    out.str("");
    EXPECT_EQ(run({.files = {dir.file("a.csv"), write("x.ndjson", good(1))}, .json = true}), 3);
    auto const parsed = boost::json::parse(out.str());
    EXPECT_THAT(std::string(parsed.at("files").at(0).at("refusal").as_string()),
                HasSubstr("no profile fits"));
    EXPECT_THAT(incoming(), ElementsAre("x.ndjson"));
}

TEST_F(cli_submit, profile_is_for_looking_since_a_dropped_file_has_none) {
    write(
        "c.toml",
        config() +
            "[[csv.profile]]\nname = \"ours\"\nown_names = true\ncolumns = { click_time = \"When\" "
            "}\nfixed = { utm_source = \"crm\" }\nmatch = [\"ours-*.csv\"]\n");
    auto const path = write("deals.csv", "When,event_id\n2021-10-20T05:31:28Z,e1\n");
    EXPECT_EQ(run({.files = {path}, .profile = "ours"}), 2);
    EXPECT_THAT(err.str(), HasSubstr("match = "));
    EXPECT_EQ(run({.files = {path}}), 1);
    EXPECT_EQ(run({.files = {path}, .profile = "ours", .check = true}), 0) << err.str();
    EXPECT_THAT(incoming(), IsEmpty());
    EXPECT_EQ(run({.files = {path}, .name = "ours-1.csv"}), 0) << err.str();
    EXPECT_THAT(incoming(), ElementsAre("ours-1.csv"));
}

TEST_F(cli_submit, check_and_show_request_drop_nothing) {
    auto const path = write("crm.ndjson", good(1));
    EXPECT_EQ(run({.files = {path}, .check = true}), 0);
    EXPECT_THAT(out.str(), HasSubstr("nothing dropped"));
    out.str("");
    EXPECT_EQ(run({.files = {path}, .show_request = true}), 0);
    EXPECT_THAT(out.str(), HasSubstr("POST https://app.sealmetrics.com/api/auth/v1.0/set-click\n"));
    EXPECT_THAT(out.str(), HasSubstr("Authorization: Bearer ***\n"));
    EXPECT_THAT(out.str(),
                HasSubstr("\naccount_id=60a52f6ac660b269d13c3f53&url_parameters=%7B%22utm_medium"));
    EXPECT_EQ(out.str().find("canary-token"), std::string::npos);
    EXPECT_FALSE(std::filesystem::exists(dir.file("spool/incoming")));
}

TEST_F(cli_submit, check_names_what_the_import_would_not_take_again) {
    auto const text = good(3) + event_line("e1") + "\n" + event_line("x") + "\n";
    auto other = event_line("e0");
    other.replace(other.find("canary"), 6, "another");
    auto const path = write("crm.ndjson", text + other + "\n");
    EXPECT_EQ(run({.files = {path}, .check = true}), 1);
    EXPECT_THAT(out.str(),
                HasSubstr("5 good events (1 of them known already, or there twice), 1 bad one"));
    EXPECT_THAT(err.str(), HasSubstr("crm.ndjson:6: event_id \"e0\" is used already, by line 1"));
    out.str("");
    EXPECT_EQ(run({.files = {path}, .check = true, .json = true}), 1);
    EXPECT_EQ(boost::json::parse(out.str()).at("files").at(0).at("repeated").to_number<int>(), 1);
    EXPECT_THAT(incoming(), IsEmpty());
}

TEST_F(cli_submit, sample_of_events_is_good_for_whoever_has_one_account) {
    auto const path = write("orders.ndjson", reference::content_of("docs/examples/orders.ndjson"));
    EXPECT_EQ(run({.files = {path}, .check = true}), 0) << err.str();
    EXPECT_THAT(out.str(), HasSubstr("5 good events"));
    EXPECT_EQ(err.str(), "");
}

TEST_F(cli_submit, one_good_and_one_bad_file_are_partly_done) {
    EXPECT_EQ(run({.files = {write("a.ndjson", good(1)), write("b.ndjson", bad_line)}}), 3);
    EXPECT_THAT(incoming(), ElementsAre("a.ndjson"));
}

TEST_F(cli_submit, missing_file_is_named_and_the_others_go_on) {
    EXPECT_EQ(run({.files = {dir.file("none.ndjson"), write("a.ndjson", good(1))}}), 3);
    EXPECT_THAT(err.str(), HasSubstr("none.ndjson"));
    EXPECT_THAT(incoming(), ElementsAre("a.ndjson"));
}

TEST_F(cli_submit, directory_instead_of_a_file_is_an_io_error_and_leaves_no_part_file) {
    std::filesystem::create_directory(dir.file("d.ndjson"));
    EXPECT_EQ(run({.files = {dir.file("d.ndjson")}}), 74);
    EXPECT_THAT(incoming(), IsEmpty());
}

TEST_F(cli_submit, empty_file_is_fine_and_drops_nothing) {
    EXPECT_EQ(run({.files = {write("a.ndjson", "")}}), 0);
    EXPECT_THAT(incoming(), IsEmpty());
    EXPECT_THAT(out.str(), HasSubstr("nothing to drop"));
}

TEST_F(cli_submit, array_of_objects_is_taken_as_it_is) {
    auto const text = "[\n" + event_line("a") + ",\n" + event_line("b") + "]\n";
    EXPECT_EQ(run({.files = {write("a.json", text)}}), 0) << err.str();
    EXPECT_EQ(content(dir.file("spool/incoming/a.json")), text);
    EXPECT_THAT(out.str(), HasSubstr("2 good events"));
}

TEST_F(cli_submit, file_larger_than_a_window_is_checked_to_its_last_line) {
    auto const text = good(5000) + bad_line;
    EXPECT_EQ(run({.files = {write("big.ndjson", text)}}), 1);
    EXPECT_THAT(err.str(), HasSubstr("big.ndjson:5001: "));
}

TEST_F(cli_submit, no_settings_value_and_no_email_is_printed) {
    run({.files = {write("crm.ndjson", good(1) + bad_line)}});
    EXPECT_EQ((out.str() + err.str()).find("canary"), std::string::npos);
}

TEST_F(cli_submit, json_lists_files_lines_and_the_time) {
    EXPECT_EQ(
        run({.files = {write("a.ndjson", good(2)), write("b.ndjson", bad_line)}, .json = true}), 3);
    auto const parsed = boost::json::parse(out.str());
    EXPECT_EQ(parsed.at("files").at(0).at("good").to_number<int>(), 2);
    EXPECT_EQ(parsed.at("files").at(0).at("dropped_as").as_string(), "a.ndjson");
    EXPECT_TRUE(parsed.at("files").at(1).at("dropped_as").is_null());
    EXPECT_EQ(parsed.at("files").at(1).at("bad_lines").at(0).at("line").to_number<int>(), 1);
    EXPECT_EQ(parsed.at("eta_seconds").to_number<int>(), 2);
}

TEST_F(cli_submit, unusable_configuration_is_exit_78) {
    write("c.toml", "[delivery]\nconnections = 0\n");
    EXPECT_EQ(run({.files = {write("a.ndjson", good(1))}}), 78);
    EXPECT_THAT(err.str(), HasSubstr("delivery.connections"));
}

TEST_F(cli_submit, dropped_file_is_readable_for_the_daemon) {
    run({.files = {write("a.ndjson", good(1))}});
    struct stat file {
    }, directory{};
    ASSERT_EQ(::stat(dir.file("spool/incoming/a.ndjson").c_str(), &file), 0);
    ASSERT_EQ(::stat(dir.file("spool/incoming").c_str(), &directory), 0);
    EXPECT_EQ(file.st_mode & 0777U, (directory.st_mode & S_ISGID) != 0 ? 0640U : 0644U);
}

TEST_F(cli_submit, wait_ends_after_its_time_with_75_and_the_file_stays_dropped) {
    EXPECT_EQ(run({.files = {write("crm.ndjson", good(2))}, .wait = true, .at_most = "1ms"}), 75)
        << err.str();
    EXPECT_THAT(incoming(), ElementsAre("crm.ndjson"));
    EXPECT_THAT(out.str(), HasSubstr("not final yet"));
}

TEST_F(cli_submit, wait_for_a_time_that_is_none_is_a_usage_error_and_drops_nothing) {
    EXPECT_EQ(run({.files = {write("crm.ndjson", good(2))}, .wait = true, .at_most = "soon"}), 2);
    EXPECT_THAT(incoming(), IsEmpty());
}

}  // namespace
}  // namespace setclick::cli
