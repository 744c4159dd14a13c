// What the ledger costs: CPU time of an event from import over claim to settle, by shape of the
// work.
//
//     ledger_bench [DIRECTORY] [ROW...]      DIRECTORY for the ledgers (default: the current one);
//     ledger_bench postgres:CONNINFO ROW     a database of its own; the server's CPU is not counted
//     ledger_bench postgres@NODE:CONNINFO ROW     several at once, each with accounts of its own
//     rows by name, default all; ROW=EVENTS with so many instead
//
// Prints a table: µs of CPU (user + system, this process) an event for import and for the cycle
// that settles and claims, commits, size of the ledger. Not a test.
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include "setclickd/ledger/store.hpp"

namespace {

using namespace setclick;
using namespace setclick::ledger;

enum class ids { none, content, content_random, event_rising, event_random };

struct row {
    char const* name;
    ids identity = ids::content;
    std::uint32_t events = 300'000;
    std::uint32_t accounts = 1;
    std::uint32_t chunk_lines = 4096;
    std::uint32_t chunks_a_call = 1;
    std::uint32_t cycle = 256;
    std::uint32_t deferred_percent = 0;
    std::uint32_t present = 0;  ///< identities in the ledger before
    bool backlog = true;        ///< import everything, then deliver; else in turns
    bool is_varied = false;     ///< records are no single letter
    bool tells_rate = false;    ///< to stderr, every 2,000 cycles
};

constexpr row rows[] = {
    {"no-identity", ids::none},
    {"content", ids::content},
    {"content-interleaved", ids::content, 300'000, 1, 4096, 1, 256, 0, 0, false},
    {"content-shuffled", ids::content_random},
    {"event-id-rising", ids::event_rising},
    {"event-id-random", ids::event_random},
    {"deferred-20", ids::content, 300'000, 1, 4096, 1, 256, 20},
    {"accounts-500", ids::content, 300'000, 500},
    {"one-event-files", ids::content, 50'000, 1, 1, 256},
    {"cycle-64", ids::content, 300'000, 1, 4096, 1, 64},
    {"content-5m", ids::content, 300'000, 1, 4096, 1, 256, 0, 5'000'000},
    {"event-id-rising-5m", ids::event_rising, 300'000, 1, 4096, 1, 256, 0, 5'000'000},
    {"varied", ids::event_random, 300'000, 1, 4096, 1, 256, 0, 0, true, true},
    {"many-cycles", ids::none, 600'000, 1, 4096, 1, 16, 0, 0, true, false, true},
    {"varied-100", ids::event_random, 100'000, 1, 4096, 1, 100, 0, 0, true, true},
    {"event-id-random-5m", ids::event_random, 300'000, 1, 4096, 1, 256, 0, 5'000'000},
};

double cpu_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    auto const s = [](timeval const& t) { return double(t.tv_sec) + double(t.tv_usec) * 1e-6; };
    return s(usage.ru_utime) + s(usage.ru_stime);
}

template <class T>
T need(result<T> r) {
    if (!r) {
        std::fprintf(stderr, "%s\n", r.error().message.c_str());
        std::exit(1);
    }
    return std::move(*r);
}

class bench {
public:
    bench(row const& r, std::string const& directory) : row_(r) {
        path_ = directory + "/bench-" + r.name + ".db";
        remove();
        options o;
        o.where = path_;
        std::string node;
        if (directory.starts_with("postgres:") || directory.starts_with("postgres@")) {
            auto const end = directory.find(':');
            node = directory.substr(std::min<std::size_t>(end, 9),
                                    end - std::min<std::size_t>(end, 9));
            o.where.postgres = directory.substr(end + 1);
            o.where.node = node.empty() ? "bench" : node;
        }
        store_ = need(store::open(o));
        need(store_->recover(now_));
        for (std::uint32_t i = 0; i < r.accounts; ++i)
            accounts_.push_back(
                need(store_->account("60a52f6ac660b269d13c" + std::to_string(1000 + i) + node)));
        record_.assign(350, 'x');
        for (std::size_t at : {2U, 20U, 90U, 130U, 170U, 210U, 340U})
            record_[at] = '\n';
    }
    ~bench() {
        store_.reset();
        remove();
    }

    void run() {
        if (row_.present > 0) {
            import(row_.present, true);
            imported_ = 0;
        }
        auto const wall = std::chrono::steady_clock::now();
        if (row_.backlog) {
            measure(import_cpu_, [&] { import(row_.events, false); });
            measure(cycle_cpu_, [&] { deliver(row_.events); });
        } else {
            for (std::uint32_t done = 0; done < row_.events; done += row_.chunk_lines) {
                auto const part = std::min(row_.chunk_lines, row_.events - done);
                measure(import_cpu_, [&] { import(part, false); });
                measure(cycle_cpu_, [&] { deliver(done + part); });
            }
        }
        auto const seconds =
            std::chrono::duration<double>(std::chrono::steady_clock::now() - wall).count();
        auto const per = [&](double cpu) { return cpu * 1e6 / row_.events; };
        struct stat found {};
        ::stat(path_.c_str(), &found);
        std::printf("| %-20s | %6.2f | %6.2f | %6.2f | %7.2f | %6llu | %8.1f | %6.0f |\n",
                    row_.name, per(import_cpu_), per(cycle_cpu_), per(import_cpu_ + cycle_cpu_),
                    seconds * 1e6 / row_.events, static_cast<unsigned long long>(cycles_),
                    static_cast<double>(cycles_) / cycle_seconds_, double(found.st_size) / 1e6);
        std::fflush(stdout);
    }

private:
    template <class Body>
    static void measure(double& sum, Body&& body) {
        auto const begin = cpu_seconds();
        body();
        sum += cpu_seconds() - begin;
    }

    void remove() {
        for (auto const* suffix : {"", "-wal", "-shm", ".lock", ".reserve"})
            std::filesystem::remove(path_ + suffix);
    }

    new_event event(import_chunk& chunk, std::uint64_t line) {
        new_event e;
        auto const n = serial_++;
        e.account = accounts_.size() == 1 ? accounts_[0] : accounts_[random_() % accounts_.size()];
        e.line = line;
        e.record = {static_cast<std::uint32_t>(chunk.arena.size()),
                    static_cast<std::uint32_t>(record_.size())};
        chunk.arena += record_;
        // Where it is compressed, what is written depends on what stands in it: two fifths differ.
        if (row_.is_varied)
            for (std::size_t at = chunk.arena.size() - record_.size(); at + 5 < chunk.arena.size();
                 at += 5) {
                chunk.arena[at] = "0123456789abcdef"[random_() % 16];
                chunk.arena[at + 2] = "0123456789abcdef"[random_() % 16];
            }
        auto const time =
            row_.identity == ids::content_random ? random_() % 100'000'000'000 : n * 7;
        for (int i = 0; i < 6; ++i)
            e.content[static_cast<std::size_t>(i)] =
                static_cast<std::byte>((1'700'000'000'000 + time) >> (40 - 8 * i));
        auto const hash = random_();
        for (std::size_t i = 0; i < 8; ++i)
            e.content[8 + i] = static_cast<std::byte>(hash >> (8 * i));
        char id[40];
        switch (row_.identity) {
            case ids::none:
                return e;
            case ids::content:
            case ids::content_random:
                e.identity = identity_kind::content;
                return e;
            case ids::event_rising:
                std::snprintf(id, sizeof id, "crm-%09llu", static_cast<unsigned long long>(n));
                break;
            case ids::event_random:
                std::snprintf(id, sizeof id, "%016llx-%016llx",
                              static_cast<unsigned long long>(random_()),
                              static_cast<unsigned long long>(random_()));
                break;
        }
        e.identity = identity_kind::event_id;
        e.event_id = {static_cast<std::uint32_t>(chunk.arena.size()),
                      static_cast<std::uint32_t>(std::string_view(id).size())};
        chunk.arena += id;
        return e;
    }

    void import(std::uint32_t count, bool bare) {
        // Filling only counts identities: short records, never delivered, in large chunks.
        auto const lines = bare ? 65'536U : row_.chunk_lines;
        auto const record = record_;
        if (bare) record_ = "x";
        bool const small_files = !bare && row_.chunks_a_call > 1;
        file_no file{};
        std::uint64_t line = 1;
        std::vector<claimed_file> claimed;
        std::vector<import_chunk> chunks;
        for (std::uint32_t done = 0; done < count;) {
            auto const a_call = small_files ? row_.chunks_a_call : 1;
            if (small_files || file == file_no{}) {
                claimed.assign(a_call, {});
                for (auto& f : claimed) {
                    f.name = "export-" + std::to_string(++files_) + ".json";
                    f.work_name = std::to_string(files_) + "-" + f.name;
                }
                chunks.resize(a_call);
                file = {};
            } else {
                claimed.clear();
            }
            for (std::size_t n = 0; n < chunks.size(); ++n) {
                auto& chunk = chunks[n];
                chunk = {};
                chunk.file = file;
                chunk.new_file = n;
                if (small_files) line = 1;
                for (std::uint32_t i = 0; i < lines && done < count; ++i, ++done)
                    chunk.events.push_back(event(chunk, line++));
                chunk.next_line = line;
                chunk.next_offset = line * 400;
                chunk.at_end = small_files || done == count;
            }
            auto const answer = need(store_->import(claimed, chunks, now_));
            if (!small_files && !answer.files.empty()) file = answer.files[0];
            now_ += 10ms;
        }
        imported_ += count;
        if (bare) record_ = record;
    }

    /// Answers come in any order within a window of 64 to 512 events in flight.
    void deliver(std::uint32_t until) {
        auto const began = std::chrono::steady_clock::now();
        // Those that only fill the ledger stay behind: what was imported last is claimed last, but
        // costs the same.
        std::vector<event_no> flying;
        while (delivered_ < until) {
            cycle_request r;
            r.now = now_ += 10ms;
            while (r.delivered.size() + r.settlements.size() < row_.cycle && !flying.empty()) {
                auto const window = std::min<std::size_t>(flying.size(), 64 + random_() % 449);
                auto const at = random_() % window;
                auto const no = flying[at];
                flying.erase(flying.begin() + static_cast<std::ptrdiff_t>(at));
                if (random_() % 100 < row_.deferred_percent && !was_deferred(no)) {
                    settlement s;
                    s.no = no;
                    s.state = event_state::deferred;
                    s.at = s.due = r.now;
                    s.due += milliseconds(random_() % 4000);
                    s.status = 503;
                    s.reason = "http-503";
                    r.settlements.push_back(std::move(s));
                } else {
                    r.delivered.push_back(no);
                }
            }
            if (flying.size() < 512) {
                auto const each = std::max<std::uint32_t>(1, row_.cycle / row_.accounts);
                for (std::uint32_t i = 0; i < std::min(row_.accounts, row_.cycle); ++i)
                    r.wishes.push_back({accounts_[next_account_++ % accounts_.size()], each, {}});
            }
            auto const done = need(store_->cycle(r));
            ++cycles_;
            if (row_.tells_rate && cycles_ % 2000 == 0) tell_rate();
            delivered_ += static_cast<std::uint32_t>(r.delivered.size());
            for (auto const& batch : done.batches)
                for (auto const& e : batch.events)
                    flying.push_back(e.no);
            std::vector<done_file> finished;
            for (auto const& file : done.complete_files)
                finished.emplace_back(file.no, "export.json");
            if (!finished.empty()) {
                auto const ok = store_->files_done(finished, now_);
                if (!ok) std::exit(1);
            }
        }
        cycle_seconds_ +=
            std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    }

    void tell_rate() {
        auto const now = std::chrono::steady_clock::now();
        if (told_at_ != std::chrono::steady_clock::time_point{})
            std::fprintf(stderr, "%llu cycles: %.1f a second\n",
                         static_cast<unsigned long long>(cycles_),
                         2000 / std::chrono::duration<double>(now - told_at_).count());
        told_at_ = now;
    }

    bool was_deferred(event_no no) {
        if (no.value % 5 != 0) return true;  // the same fifth of the events, once each
        auto& bits = deferred_once_;
        auto const at = no.sequence();
        if (bits.size() <= at) bits.resize(at + 1);
        if (bits[at]) return true;
        bits[at] = true;
        return false;
    }

    row row_;
    std::string path_;
    std::unique_ptr<store> store_;
    std::vector<account_no> accounts_;
    std::string record_;
    std::mt19937_64 random_{7};
    wall_time now_ = from_ms(1'790'000'000'000);
    std::uint64_t serial_ = 0;
    std::uint64_t files_ = 0;
    std::uint64_t cycles_ = 0;
    std::uint32_t imported_ = 0;
    std::uint32_t delivered_ = 0;
    std::uint32_t next_account_ = 0;
    std::vector<bool> deferred_once_;
    double import_cpu_ = 0;
    double cycle_cpu_ = 0;
    double cycle_seconds_ = 0;
    std::chrono::steady_clock::time_point told_at_{};
};

}  // namespace

int main(int argc, char** argv) {
    std::string const directory = argc > 1 ? argv[1] : ".";
    std::printf(
        "| row                  | import |  cycle |    sum | wall µs | cycles | cycles/s | ledger "
        "MB "
        "|\n");
    std::printf(
        "| -------------------- | -----: | -----: | -----: | ------: | -----: | -------: | -----: "
        "|\n");
    for (auto r : rows) {
        bool wanted = argc <= 2;
        for (int i = 2; i < argc; ++i) {
            std::string_view const named = argv[i];
            auto const name = named.substr(0, named.find('='));
            if (name != r.name) continue;
            wanted = true;
            if (name != named)
                r.events = static_cast<std::uint32_t>(std::atol(argv[i] + name.size() + 1));
        }
        if (!wanted) continue;
        bench b(r, directory);
        b.run();
    }
}
