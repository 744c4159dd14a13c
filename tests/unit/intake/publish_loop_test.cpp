// Refused lines are read while another program locks the ledger: the loop waits, and nothing ends.
#include <boost/asio/io_context.hpp>

#include "intake_fixture.hpp"
#include "publish_loop.hpp"
#include "setclickd/async/loop_group.hpp"

namespace setclick::intake {
namespace {

/// A reader of the ledger that answers with an error as often as it is asked to.
class refusing_reader final : public ledger::reader {
public:
    explicit refusing_reader(std::string const& path) : real_(std::move(*open(path))) {}

    std::vector<errc> refusals;
    int asked = 0;

    result<std::vector<ledger::refused_row>> refused_lines(file_no file, std::uint64_t after,
                                                           std::uint32_t limit) override {
        ++asked;
        if (refusals.empty()) return real_->refused_lines(file, after, limit);
        auto const code = refusals.back();
        refusals.pop_back();
        return fail(code, "the ledger is locked by pid 1");
    }

    result<std::vector<ledger::account_info>> accounts() override { return real_->accounts(); }
    result<ledger::ledger_totals> totals() override { return real_->totals(); }
    result<std::vector<ledger::file_info>> files_named(std::string_view name,
                                                       std::uint32_t limit) override {
        return real_->files_named(name, limit);
    }
    result<ledger::file_info> file(file_no no) override { return real_->file(no); }
    result<std::vector<ledger::history_slot>> history() override { return real_->history(); }
    result<std::vector<ledger::file_info>> newest_files(std::uint32_t most) override {
        return real_->newest_files(most);
    }
    result<std::vector<ledger::file_info>> newest_done(std::uint32_t most) override {
        return real_->newest_done(most);
    }
    result<page> list(ledger::event_filter const& filter, event_no after,
                      std::uint32_t limit) override {
        return real_->list(filter, after, limit);
    }
    result<ledger::event_details> show(event_no no) override { return real_->show(no); }
    result<receipt_page> receipts(account_no account, wall_time since, event_no after,
                                  std::uint32_t limit) override {
        return real_->receipts(account, since, after, limit);
    }
    result<std::string> endpoint_note() override { return real_->endpoint_note(); }
    result<std::vector<std::pair<account_no, std::string>>> verdicts() override {
        return real_->verdicts();
    }
    result<event_no> find_event_id(account_no account, std::string_view event_id) override {
        return real_->find_event_id(account, event_id);
    }
    result<ledger::known_identity> find_identity(account_no account, std::string_view event_id,
                                                 ledger::content_key const& content) override {
        return real_->find_identity(account, event_id, content);
    }
    result<std::vector<ledger::rejected_row>> rejected_events(file_no file, event_no after,
                                                              std::uint32_t limit) override {
        return real_->rejected_events(file, after, limit);
    }
    result<std::vector<ledger::duplicate_row>> duplicates(file_no file, std::uint64_t after,
                                                          std::uint32_t limit) override {
        return real_->duplicates(file, after, limit);
    }
    result<bool> count_refused(file_no file, std::uint64_t& after, std::uint32_t limit,
                               ledger::reason_counts& to) override {
        return real_->count_refused(file, after, limit, to);
    }
    result<bool> count_rejected(file_no file, event_no& after, std::uint32_t limit,
                                ledger::reason_counts& to) override {
        return real_->count_rejected(file, after, limit, to);
    }
    result<std::uint32_t> look_at_rejected(file_no file, std::uint32_t limit,
                                           ledger::reason_counts& to) override {
        return real_->look_at_rejected(file, limit, to);
    }
    result<ledger::held_look> held(account_no account, std::uint32_t limit) override {
        return real_->held(account, limit);
    }

private:
    std::unique_ptr<ledger::reader> real_;
};

class publish_loop_test : public intake_test {
protected:
    /// A file with a refused line that the ledger knows, and whose refused lines nobody has published.
    void import_one() {
        start();
        in->stop();
        std::promise<file_no> done;
        writer->post(ledger::writer::priority::import, [&](ledger::store& store) {
            ledger::claimed_file claimed;
            claimed.name = "a.ndjson";
            claimed.work_name = "1-a.ndjson";
            auto const file = store.import({&claimed, 1}, {}, wall());
            ledger::import_chunk chunk;
            chunk.file = file->files.front();
            chunk.arena = "not an event";
            ledger::refused_line line;
            line.line = 1;
            line.length = 3;
            line.reason = {0, 12};
            chunk.refused.push_back(line);
            chunk.next_line = 2;
            chunk.next_offset = 4;
            chunk.at_end = true;
            EXPECT_TRUE(store.import({}, {&chunk, 1}, wall()));
            done.set_value(chunk.file);
        });
        no = done.get_future().get();
        std::ofstream(file("work", "1-a.ndjson")) << "bad\n";
    }
    /// Until nothing more is to be done, or something has ended it.
    void publish(refusing_reader& reader) {
        boost::asio::io_context io{1};
        loop_context const context{io, [&](error const& e) { ended_by = e.message; }, [] {}};
        spool::window window(4096);
        file_table files;
        publish_loop loop(context, {&*spool, &reader, &window, 4096}, milliseconds{1}, files);
        files.when_entered(stage::publishing, [&] { loop.wake(); });
        reading_file reading;
        reading.no = no;
        reading.name = "a.ndjson";
        reading.work_name = "1-a.ndjson";
        auto& entry = files.add(stage::read, std::move(reading));
        files.set_stage(entry, stage::publishing);
        async::loop_group group(
            io, [&](std::string_view, std::string const& what) { ended_by = what; });
        group.start("publish", loop.run());
        while (files.count(stage::marking) == 0 && ended_by.empty() && io.run_one_for(5s) > 0) {
        }
        published = files.count(stage::marking) == 1;
        group.cancel();
        io.run();
    }

    file_no no{};
    std::string ended_by;
    bool published = false;
};

TEST_F(publish_loop_test, a_ledger_that_another_program_locks_is_waited_for) {
    import_one();
    refusing_reader reader(ledger_path());
    reader.refusals = {errc::busy, errc::busy, errc::disk_full, errc::busy};
    publish(reader);
    EXPECT_EQ(ended_by, "");
    EXPECT_TRUE(published);
    EXPECT_GE(reader.asked, 5);
    EXPECT_EQ(names("rejected"), std::vector<std::string>{"a.ndjson"});
    std::ifstream published_file(file("rejected", "a.ndjson"));
    std::string const text{std::istreambuf_iterator<char>(published_file), {}};
    EXPECT_EQ(text, "#! line 1: not an event\nbad\n");
}

TEST_F(publish_loop_test, a_ledger_that_is_damaged_ends_the_daemon_and_nothing_is_published) {
    import_one();
    refusing_reader reader(ledger_path());
    reader.refusals = {errc::io};
    publish(reader);
    EXPECT_EQ(ended_by, "the ledger is locked by pid 1");
    EXPECT_FALSE(published);
    EXPECT_EQ(names("rejected"), std::vector<std::string>{});
}

}  // namespace
}  // namespace setclick::intake
