#include "write_order_recorder.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <random>

#include "setclickd/fault/fault.hpp"

namespace setclick::intake {
namespace {

namespace fs = std::filesystem;
using kind = file_operation::kind;

constexpr char const* no_folder = "-";
constexpr char const* own_content = "(file)";

std::string folder_of(std::string const& name) {
    auto const slash = name.find('/');
    return slash == std::string::npos ? std::string{} : name.substr(0, slash);
}

std::string text_of(fs::path const& file) {
    std::ifstream f(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(f), {}};
}

}  // namespace

void spool_state::apply(file_operation const& op) {
    switch (op.what) {
        case kind::create:
            names[op.name] = op.inode;
            break;
        case kind::unlink:
            names.erase(op.name);
            break;
        case kind::rename:
            if (auto const it = names.find(op.from); it != names.end() && it->second == op.inode)
                names.erase(it);
            names[op.name] = op.inode;
            break;
        case kind::write:
            contents[op.inode] = op.content;
            break;
    }
}

std::string spool_state::signature() const {
    std::string out;
    for (auto const& [name, inode] : names) {
        auto const content = contents.find(inode);
        out += name + '\0' + std::to_string(inode) + '\0' +
               (content == contents.end() ? "" : content->second) + '\0';
    }
    return out;
}

write_order_recorder::write_order_recorder(std::string base, std::string copies)
    : base_(std::move(base)), copies_(std::move(copies)) {}

void write_order_recorder::begin() {
    start_ = last_ = look();
}

spool_state write_order_recorder::look() const {
    spool_state out;
    auto const take = [&](fs::path const& file, std::string const& name) {
        struct stat seen {};
        if (::stat(file.c_str(), &seen) != 0 || !S_ISREG(seen.st_mode)) return;
        out.names[name] = seen.st_ino;
        out.contents[seen.st_ino] = text_of(file);
    };
    for (auto const* name : {".setclickd", ".setclickd.tmp"})
        take(base_ + "/spool/" + name, name);
    for (auto const* folder : {"incoming", "work", "done", "rejected"})
        for (auto const& e : fs::directory_iterator(base_ + "/spool/" + folder))
            take(e.path(), std::string(folder) + "/" + e.path().filename().string());
    return out;
}

std::vector<file_operation> write_order_recorder::changes_to(spool_state const& now) const {
    std::vector<file_operation> out;
    std::map<inode_no, std::string> gone;
    for (auto const& [name, inode] : last_.names)
        if (auto const it = now.names.find(name); it == now.names.end() || it->second != inode)
            gone[inode] = name;
    for (auto const& [name, inode] : now.names) {
        auto const before = last_.names.find(name);
        bool const is_new = before == last_.names.end() || before->second != inode;
        if (is_new) {
            file_operation op;
            op.name = name;
            op.inode = inode;
            op.wants = {folder_of(name)};
            if (auto const from = gone.find(inode); from != gone.end()) {
                op.what = kind::rename;
                op.from = from->second;
                op.wants.insert(folder_of(op.from));
                gone.erase(from);
            }
            out.push_back(op);
        }
        auto const known = last_.contents.find(inode);
        auto const& content = now.contents.at(inode);
        if (known == last_.contents.end() ? !content.empty() : known->second != content)
            out.push_back({kind::write, name, {}, inode, content, {own_content}});
    }
    // What a rename replaced is gone with it.
    for (auto const& [inode, name] : gone)
        if (!now.names.contains(name))
            out.push_back({kind::unlink, name, {}, inode, {}, {folder_of(name)}});
    return out;
}

void write_order_recorder::copy_ledger() {
    auto const to = copy(++ledger_);
    fs::create_directories(to);
    for (auto const* file : {"ledger.db", "ledger.db-wal"})
        fs::copy_file(base_ + "/" + file, to + "/" + file);
}

void write_order_recorder::hear(std::size_t index, bool behind) {
    if (!behind) return mutex_.lock();
    std::unique_lock const lock(mutex_, std::adopt_lock);
    recorded_step step;
    step.name = fault_points[index];
    auto now = look();
    step.operations = changes_to(now);
    for (auto const& op : step.operations) {
        if (op.what == kind::write) written_ = op.inode;
        if (op.what == kind::rename) published_in_ = folder_of(op.name);
    }
    last_ = std::move(now);
    step.synced_folder = no_folder;
    static std::map<std::string, std::string> const folders{
        {"spool.identity.sync_dir", ""},           {"spool.claim.sync_work", "work"},
        {"spool.claim.sync_incoming", "incoming"}, {"spool.done.sync_done", "done"},
        {"spool.done.sync_work", "work"},          {"spool.results.sync_dir", "done"},
        {"spool.publish.sync_dir", published_in_}};
    if (step.name == "spool.publish.sync_dir")
        step.synced_folder = published_in_;
    else if (auto const it = folders.find(step.name); it != folders.end())
        step.synced_folder = it->second;
    else if (step.name.ends_with(".sync"))
        step.synced_file = written_;  // the intake's thread syncs what it has just written
    if (step.name.starts_with("ledger.")) copy_ledger();
    step.ledger = ledger_;
    steps_.push_back(std::move(step));
}

std::vector<crash_state> crash_states(write_order_recorder const& recorded, unsigned random,
                                      std::string const& left_out, std::uint64_t& tried) {
    std::vector<crash_state> out;
    std::set<std::string> seen;
    std::vector<file_operation> all;
    std::mt19937 dice(7);
    for (auto const& step : recorded.steps()) {
        all.insert(all.end(), step.operations.begin(), step.operations.end());
        if (step.name != left_out)
            for (auto& op : all) {
                if (op.what == kind::write) {
                    if (step.synced_file == op.inode) op.wants.clear();
                } else {
                    op.wants.erase(step.synced_folder);
                }
            }
        std::vector<std::size_t> open;
        for (std::size_t i = 0; i < all.size(); ++i)
            if (!all[i].wants.empty()) open.push_back(i);
        auto const visit = [&](std::function<bool(std::size_t)> const& keeps) {
            ++tried;
            crash_state state{step.name, step.ledger, recorded.start()};
            for (std::size_t i = 0; i < all.size(); ++i)
                if (auto const at = std::find(open.begin(), open.end(), i);
                    at == open.end() || keeps(static_cast<std::size_t>(at - open.begin())))
                    state.spool.apply(all[i]);
            if (seen.insert(std::to_string(state.ledger) + state.spool.signature()).second)
                out.push_back(std::move(state));
        };
        visit([](std::size_t) { return true; });
        if (open.empty()) continue;
        visit([](std::size_t) { return false; });
        for (std::size_t one = 0; one < open.size(); ++one) {
            visit([&](std::size_t i) { return i != one; });
            visit([&](std::size_t i) { return i == one; });
        }
        for (unsigned n = 0; n < random; ++n) {
            std::vector<bool> kept(open.size());
            for (std::size_t i = 0; i < kept.size(); ++i)
                kept[i] = (dice() & 1U) != 0;
            visit([&](std::size_t i) { return kept[i]; });
        }
    }
    return out;
}

}  // namespace setclick::intake
