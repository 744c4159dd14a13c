#include "model_source.hpp"

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

#include "setclickd/base/clock.hpp"
#include "setclickd/status_model/collect.hpp"
#include "setclickd/status_model/collect_page.hpp"

namespace setclick::web {
namespace asio = boost::asio;

namespace {

template <class Model>
using collector = result<Model> (*)(settings::settings const&, status_model::live_status const&,
                                    wall_time);

/// On the disk's thread: a library's exception is an answer like any other.
template <class Model>
result<Model> collected(collector<Model> collect, settings::settings const& s,
                        status_model::live_status const& live) {
    try {
        return collect(s, live, wall_now());
    } catch (std::exception const& e) {
        return fail(errc::io, std::string("the status cannot be gathered: ") + e.what());
    }
}

}  // namespace

struct model_source::state : std::enable_shared_from_this<state> {
    state(std::shared_ptr<asio::io_context> c, std::shared_ptr<asio::io_context> d,
          service_wiring const& w)
        : context(std::move(c)),
          disk(std::move(d)),
          with(w),
          live_limit(*context),
          report(*context, status_model::collect),
          page(*context, status_model::collect_page) {}

    std::shared_ptr<asio::io_context> context;
    std::shared_ptr<asio::io_context> disk;
    service_wiring with;
    std::shared_ptr<settings::settings const> settings;

    live_view live;
    steady_time live_at{};
    bool is_asked = false;  // the main thread has a question of ours
    std::vector<std::function<void(live_view)>> wait_for_live;
    asio::steady_timer live_limit;

    /// A model that is gathered on the disk's thread, and who waits for it.
    template <class Model>
    struct gathered {
        gathered(asio::io_context& c, collector<Model> with) : collect(with), limit(c) {}

        collector<Model> collect;
        view<Model> last;
        steady_time at{};
        bool is_under_way = false;  // the disk's thread is at it
        std::vector<std::function<void(view<Model>)>> wait_for_it;
        asio::steady_timer limit;
    };
    gathered<status_model::status_report> report;
    gathered<status_model::page_report> page;
    /// The last one that the ledger answered for.
    std::shared_ptr<result<status_model::page_report> const> counted_page;

    /// While the ledger's server is away a page shows what was counted before, and says when.
    void keep_counts(view<status_model::page_report>& what) {
        if (!*what.model) return;
        if ((*what.model)->status.ledger_fault.empty())
            counted_page = what.model;
        else if (counted_page)
            what.model = std::make_shared<result<status_model::page_report> const>(
                status_model::with_last_counts(**what.model, **counted_page));
    }
    static void keep_counts(view<status_model::status_report>&) {}

    static bool is_fresh(steady_time at) { return steady_now() - at < kept_for; }

    void want_live(std::function<void(live_view)> done) {
        if (live && is_fresh(live_at)) return done(live);
        wait_for_live.push_back(std::move(done));
        if (wait_for_live.size() > 1) return;
        live_limit.expires_after(patience_with_daemon);
        live_limit.async_wait([weak = weak_from_this()](boost::system::error_code ec) {
            if (auto const self = weak.lock(); self && !ec) self->no_live();
        });
        if (!std::exchange(is_asked, true)) ask();
    }

    /// The answer comes on another thread, or never: it holds nothing of ours but the way back.
    void ask() {
        with.ask(
            [weak = weak_from_this(), to = std::weak_ptr(context)](boost::json::object answer) {
                auto const back = to.lock();
                if (!back) return;
                asio::post(*back, [weak, answer = std::move(answer)] {
                    auto const self = weak.lock();
                    if (!self) return;
                    self->is_asked = false;
                    self->got_live(std::make_shared<status_model::live_status const>(
                        status_model::live_status_from(answer)));
                });
            });
    }

    void no_live() {
        status_model::live_status none;
        none.daemon.is_running = true;
        none.daemon.why_not =
            "its main loop has not answered for " + duration_text(patience_with_daemon);
        got_live(std::make_shared<status_model::live_status const>(std::move(none)));
    }

    void got_live(live_view what) {
        live = std::move(what);
        live_at = steady_now();
        live_limit.cancel();
        for (auto& done : std::exchange(wait_for_live, {}))
            done(live);
    }

    /// &state::report or &state::page.
    template <class Model>
    using member = gathered<Model> state::*;

    template <class Model>
    void want(member<Model> which, std::function<void(view<Model>)> done) {
        auto& it = this->*which;
        if (it.last.model && is_fresh(it.at)) return done(it.last);
        it.wait_for_it.push_back(std::move(done));
        if (it.wait_for_it.size() > 1) return;
        want_live([weak = weak_from_this(), which](live_view const& now) {
            if (auto const self = weak.lock()) self->gather(which, now);
        });
    }

    template <class Model>
    void gather(member<Model> which, live_view const& of) {
        auto& it = this->*which;
        it.limit.expires_after(patience_with_disk);
        it.limit.async_wait([weak = weak_from_this(), which](boost::system::error_code ec) {
            if (auto const self = weak.lock(); self && !ec) self->give_up(which);
        });
        if (std::exchange(it.is_under_way, true)) return;
        asio::post(*disk, [weak = weak_from_this(), back = context, s = settings, of, which,
                           collect = it.collect] {
            auto made = std::make_shared<result<Model> const>(collected(collect, *s, *of));
            asio::post(*back,
                       [weak, of, which, made = std::move(made), most = s->metrics.accounts] {
                           auto const self = weak.lock();
                           if (!self) return;
                           (*self.*which).is_under_way = false;
                           self->got(which, {of, made, most});
                       });
        });
    }

    template <class Model>
    void give_up(member<Model> which) {
        auto none = std::make_shared<result<Model> const>(
            fail(errc::busy, "the disk of the ledger or of the spool does not answer"));
        got(which, view<Model>{live, std::move(none), 0});
    }

    template <class Model>
    void got(member<Model> which, view<Model> what) {
        auto& it = this->*which;
        keep_counts(what);
        it.last = std::move(what);
        it.at = steady_now();
        it.limit.cancel();
        for (auto& done : std::exchange(it.wait_for_it, {}))
            done(it.last);
    }
};

model_source::model_source(std::shared_ptr<asio::io_context> context, service_wiring const& with)
    : disk_(std::make_shared<asio::io_context>(1)),
      disk_thread_("web-disk", [disk = disk_, begins = with.thread_begins] {
          if (begins) begins();
          auto const stays = asio::make_work_guard(*disk);
          disk->run();
      }) {
    state_ = std::make_shared<state>(std::move(context), disk_, with);
}

model_source::~model_source() {
    stop(milliseconds{0});
}

void model_source::use(std::shared_ptr<settings::settings const> s) {
    state_->settings = std::move(s);
}

void model_source::want_live(std::function<void(live_view)> done) {
    state_->want_live(std::move(done));
}

void model_source::want_report(std::function<void(report_view)> done) {
    state_->want(&state::report, std::move(done));
}

void model_source::want_page(std::function<void(page_view)> done) {
    state_->want(&state::page, std::move(done));
}

void model_source::stop(milliseconds patience) {
    disk_->stop();
    disk_thread_.leave(patience);
}

}  // namespace setclick::web
