#include "setclickd/spool/name.hpp"

#include <gtest/gtest.h>

namespace setclick::spool {
namespace {

TEST(name_kind, each_name_of_the_table_is_taken_left_silently_or_left) {
    struct row {
        std::string_view name;
        name_kind kind;
    };
    for (auto const& [name, kind] : std::initializer_list<row>{
             {"a.json", name_kind::take},
             {"a.ndjson", name_kind::take},
             {"a.jsonl", name_kind::take},
             {"A.JSON", name_kind::take},
             {"with space.ndjson", name_kind::take},
             {"line\nfeed.json", name_kind::take},
             {"\x1b[31mred.json", name_kind::take},
             {"\xff\xfe.json", name_kind::take},
             {".json", name_kind::leave_silently},
             {".a.json", name_kind::leave_silently},
             {"a.json.tmp", name_kind::leave_silently},
             {"a.json.part", name_kind::leave_silently},
             {"a.json.filepart", name_kind::leave_silently},
             {"a.json.TMP", name_kind::leave_silently},
             {"a.json~", name_kind::leave_silently},
             {"orders.ndjson.1a2b3c4d.partial", name_kind::leave_silently},  // rclone
             {"orders.ndjson.6eF3a2Bc", name_kind::leave_silently},          // aws
             {"orders.json.Xy12Ab", name_kind::leave_silently},              // mkstemp
             {"orders.ndjson_.gstmp", name_kind::leave_silently},            // gsutil
             {"orders.ndjson.crdownload", name_kind::leave_silently},        // Chrome
             {"orders.ndjson.download", name_kind::leave_silently},          // Safari
             {"orders.ndjson.!sync", name_kind::leave_silently},
             {"orders.ndjson.lftp-pget-status", name_kind::leave_silently},
             {"orders.ndjson.ocTransferId7.part", name_kind::leave_silently},  // Nextcloud
             {"~syncthing~orders.ndjson.tmp", name_kind::leave_silently},
             {"~$orders.json", name_kind::leave_silently},  // Office's lock
             {".~lock.orders.json#", name_kind::leave_silently},
             {"#orders.ndjson#", name_kind::leave_silently},  // Emacs
             {"._orders.ndjson", name_kind::leave_silently},  // macOS
             {"orders.ndjson:Zone.Identifier", name_kind::leave_silently},
             {"orders.ndjson.swp", name_kind::leave_silently},
             {"Thumbs.db", name_kind::leave_silently},
             {"desktop.ini", name_kind::leave_silently},
             {"4913", name_kind::leave_silently},                            // Vim's try
             {"orders.json.sb-3f2a1b4c-aBcDeF", name_kind::leave_silently},  // macOS
             {"orders.ndjson-3f2a1b4c-11d2-4a5b-9c8d-0123456789ab", name_kind::leave_silently},
             {"orders.json.tmp.12345", name_kind::leave_silently},
             {"orders.json.tmp-1a2b", name_kind::leave_silently},
             {"orders.json.part2", name_kind::leave_silently},
             {"~WRL0001.tmp", name_kind::leave_silently},  // Word
             {"orders.json.kate-swp", name_kind::leave_silently},
             {"orders.tmp.json", name_kind::take},
             {"orders.part2.json", name_kind::take},
             {"orders.json.6eF3a2Bc.json", name_kind::take},
             {"orders.ndjson.20261128", name_kind::leave},  // a date
             {"orders.ndjson.Backup", name_kind::leave},
             {"orders.tmpl", name_kind::leave},
             {"orders (1).json", name_kind::take},
             {"orders - Copy.json", name_kind::take},
             {"~orders.json", name_kind::take},
             {"#1.json", name_kind::take},
             {"6eF3a2Bc.json", name_kind::take},
             {"orders.json.txt", name_kind::leave},
             {"orders.ndjson.bak", name_kind::leave},
             {"orders.ndjson.old", name_kind::leave},
             {"orders.ndjson.rejected", name_kind::leave},
             {"orders.6eF3a2Bc", name_kind::leave},
             {"orders.ndjson.zip", name_kind::leave},
             {"a.csv", name_kind::take},
             {"A.TSV", name_kind::take},
             {"a.xlsx", name_kind::leave},
             {"a.csv.part", name_kind::leave_silently},
             {"a.csv.6eF3a2Bc", name_kind::leave_silently},
             {"json", name_kind::leave},
             {"a.json.gz", name_kind::leave},
             {"a.json ", name_kind::leave},
             {"-", name_kind::leave},
         })
        EXPECT_EQ(kind_of(name), kind) << name;
}

TEST(name_kind, a_txt_is_taken_where_somebody_s_tables_are_called_so) {
    auto const is_export = [](std::string_view name) { return name.starts_with("export"); };
    EXPECT_EQ(kind_of("export-1.txt", is_export), name_kind::take);
    EXPECT_EQ(kind_of("export-1.TXT", is_export), name_kind::take);
    EXPECT_EQ(kind_of("readme.txt", is_export), name_kind::leave);
    EXPECT_EQ(kind_of("export-1.dat", is_export), name_kind::leave);
    EXPECT_EQ(kind_of(".export-1.txt", is_export), name_kind::leave_silently);
    EXPECT_EQ(kind_of("export-1.txt.part", is_export), name_kind::leave_silently);
    EXPECT_EQ(kind_of("readme.json", is_export), name_kind::take);
    EXPECT_EQ(kind_of("export-1.txt", nullptr), name_kind::leave);
}

TEST(name_kind, names_of_one_kind_have_one_pattern) {
    EXPECT_EQ(pattern_of("orders-2021-10-20.CSV"), "*.csv");
    EXPECT_EQ(pattern_of("a.bak1"), pattern_of("b.bak27"));
    EXPECT_EQ(pattern_of("core.1234"), pattern_of("core.99"));
    EXPECT_EQ(pattern_of("export20211020"), "export#");
    EXPECT_NE(pattern_of("a.csv"), pattern_of("a.txt"));
    EXPECT_TRUE(is_packed("orders.ndjson.GZ") && is_packed("a.zip"));
    EXPECT_NE(cure_of_document("Deals.XLSX").find("save it as CSV UTF-8"), std::string_view::npos);
    EXPECT_NE(cure_of_document("a.pdf"), "");
    EXPECT_EQ(cure_of_document("a.csv"), "");
    EXPECT_FALSE(is_packed("gz") || is_packed("a.json"));
}

TEST(name, the_nth_of_a_taken_name_keeps_its_ending) {
    EXPECT_EQ(numbered("crm.ndjson", 1), "crm.ndjson");
    EXPECT_EQ(numbered("crm.ndjson", 2), "crm.2.ndjson");
    EXPECT_EQ(numbered("a.b.json", 12), "a.b.12.json");
    EXPECT_EQ(numbered("noending", 2), "noending.2");
    EXPECT_EQ(numbered(".json", 2), ".json.2");
}

TEST(name, a_suffix_comes_behind_the_ending) {
    EXPECT_EQ(with_suffix("crm.ndjson", ".result.json"), "crm.ndjson.result.json");
    EXPECT_EQ(with_infix("crm.ndjson", ".rejected-by-server"), "crm.rejected-by-server.ndjson");
}

TEST(name, one_of_255_bytes_is_shortened_in_its_stem_and_never_inside_a_character) {
    std::string const longest = std::string(248, 'x') + ".ndjson";
    ASSERT_EQ(longest.size(), max_name);
    for (auto const& made :
         {numbered(longest, 2), with_suffix(longest, ".result.json"), work_name(1, 2, longest)}) {
        EXPECT_LE(made.size(), max_name) << made;
        EXPECT_TRUE(made.ends_with(".ndjson") || made.ends_with(".result.json")) << made;
    }
    std::string umlauts;
    while (umlauts.size() + 2 <= 248)
        umlauts += "\xc3\xa4";
    auto const made = numbered(umlauts + ".json", 2);
    EXPECT_LE(made.size(), max_name);
    EXPECT_EQ(made.find("\xc3.2.json"), std::string::npos);
    EXPECT_TRUE(made.ends_with(".2.json"));
    // A stem that is no UTF-8 is cut all the same.
    EXPECT_EQ(numbered(std::string(250, '\x80') + ".json", 2).size(), max_name);
}

TEST(name, a_work_name_is_taken_apart_again) {
    auto const made = work_name(0x2a, 0x1ff, "a-b-c.json");
    EXPECT_EQ(made, "2a-1ff-a-b-c.json");
    auto const parts = parse_work_name(made);
    ASSERT_TRUE(parts);
    EXPECT_EQ(parts->run, 0x2aU);
    EXPECT_EQ(parts->sequence, 0x1ffU);
    EXPECT_EQ(parts->name, "a-b-c.json");
}

TEST(name, a_foreign_name_in_work_is_not_taken_apart) {
    for (std::string_view const name :
         {"a.json", "zz-1-a.json", "1-a.json", "1-2-", "-1-2-a", "1--a", ""})
        EXPECT_FALSE(parse_work_name(name)) << name;
}

TEST(name, a_name_of_a_row_is_told_from_others) {
    std::string const row[]{"crm.ndjson", "a.2.json", "noending", std::string(250, 'n') + ".json"};
    for (auto const& of : row)
        for (std::uint32_t const n : {1U, 2U, 9U, 10U, 12'345U})
            EXPECT_TRUE(is_numbered(numbered(of, n), of)) << n << " of " << of;
    for (auto const* other :
         {"crm.1.ndjson", "crm.02.ndjson", "crm.2.json", "crm.x.ndjson", "crm..ndjson",
          "xcrm.2.ndjson", "crm.2.2.ndjson", "crm.99999999999.ndjson", "ndjson", ""})
        EXPECT_FALSE(is_numbered(other, "crm.ndjson")) << other;
}

}  // namespace
}  // namespace setclick::spool
