// What becomes of a file between the ledger's commit and its answer.
#include "import_loop.hpp"

#include <boost/asio/io_context.hpp>

#include "call_builder.hpp"
#include "chunk_reader.hpp"
#include "intake_fixture.hpp"
#include "setclickd/async/loop_group.hpp"
#include "setclickd/base/clock.hpp"

namespace setclick::intake {
namespace {

namespace asio = boost::asio;

class import_loop_test : public intake_test {
protected:
    /// The ledger has done all that it was asked for; nobody has heard of it.
    void ledger_is_done() {
        std::promise<void> done;
        writer->post(ledger::writer::priority::import, [&](ledger::store&) { done.set_value(); });
        done.get_future().get();
    }
    ledger::claimed_file claimed(std::string const& name, std::string const& text) {
        write(name, text);
        ledger::claimed_file out;
        out.name = name;
        out.work_name = "1-1-" + name;
        std::filesystem::rename(file("incoming", name), file("work", out.work_name));
        out.size = text.size();
        return out;
    }
};

// A fast endpoint and a thread that the disk holds up: the word of the delivery is there first.
TEST_F(import_loop_test, a_file_whose_events_are_final_before_its_import_is_answered_stays_one) {
    start({.once = false, .scan_every = 60s});
    in->stop();
    asio::io_context io{1};
    loop_context const context{io, [](error const& e) { ADD_FAILURE() << e.message; }, [] {}};
    async::loop_group group(
        io, [](std::string_view, std::string const& what) { ADD_FAILURE() << what; });
    file_table files;
    intake_log log;
    import_loop loop(context, *writer, {ledger_path(), 5000ms, {}, nullptr, [] {}}, files, log);
    chunk_reader reader(options.rules, options.accounts, options.key, 4096, nullptr);
    call_builder builder(*spool, files, reader);
    group.start("import", loop.run());

    files.add_claimed(claimed("plain.ndjson", events_text(1, 2)));
    files.add_claimed(claimed("refused.ndjson", events_text(3, 2) + "bad\n"));
    auto call = loop.fresh();
    builder.build(*call, false, steady_now());
    ASSERT_EQ(call->new_files.size(), 2U);
    loop.give(std::move(call));
    for (int i = 0; i < 10 && !loop.has_room(); ++i)
        io.poll_one();
    ASSERT_TRUE(loop.is_under_way());
    ledger_is_done();
    EXPECT_EQ(deliver(4096, {},
                      [&](std::vector<ledger::file_info> done) {
                          EXPECT_EQ(done.size(), 2U);
                          for (auto& info : done)
                              loop.complete(std::move(info));
                      }),
              4U);
    EXPECT_EQ(files.count(stage::complete), 0U) << "it has no number yet";
    EXPECT_EQ(files.count(stage::read), 2U);

    for (auto const until = steady_now() + 20s; loop.is_under_way() && steady_now() < until;)
        io.run_one_for(100ms);
    EXPECT_EQ(files.count(stage::complete), 1U) << "the one of which nothing is left to be done";
    ASSERT_EQ(files.count(stage::publishing), 1U);
    EXPECT_TRUE(files.first(stage::publishing)->last_word) << "and it is known to be complete";
    EXPECT_EQ(files.count_on_their_way_in(), 1U);
    group.cancel();
    io.run();
}

}  // namespace
}  // namespace setclick::intake
