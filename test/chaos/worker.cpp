#include "chaos/worker.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <map>
#include <memory>
#include <stdexcept>

#include "base/waiting.hpp"
#include "chaos/judge.hpp"
#include "chronicle/chronicle.hpp"
#include "chronicle/etcd_backend.hpp"
#include "chronicle/etcd_bus.hpp"
#include "sim/chance.hpp"

namespace chronicle::chaos {
namespace {

using namespace std::chrono_literals;

/// Claims in a file, each in one system call.
class journal {
 public:
  explicit journal(std::string const& path)
      : file_(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)) {
    if (file_ < 0) throw std::runtime_error("cannot open " + path);
  }
  ~journal() { ::close(file_); }
  journal(journal const&) = delete;
  journal& operator=(journal const&) = delete;

  void add(claim const& c) {
    auto const line = to_line(c) + '\n';
    if (::write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size()))
      throw std::runtime_error("cannot write the journal");
  }

 private:
  int file_;
};

/// Short leases and patience, so that minutes hold many takeovers. Nothing else differs from the defaults.
store_options hurried_options() {
  store_options o;
  o.lease.duration = 5s;
  o.lease.renew_age = 3s;
  o.lease.early_renew_age = 1s;
  o.lease.renew_jitter = 200ms;
  o.lease.max_wall_clock_skew = 0ms;  // one machine
  o.saving.quiet_period = 100ms;
  o.saving.max_delay = 1s;
  o.saving.jitter = 10ms;
  o.retry.attempt_timeout = 700ms;  // etcd gives up after 7 s: much arrives when we have given up
  o.retry.start_deadline = 4s;
  o.retry.save_deadline = 3s;
  o.retry.release_deadline = 8s;
  o.retry.upkeep_base = 200ms;
  o.retry.upkeep_cap = 1s;
  o.breaker.open_for = 300ms;
  o.breaker.longest_open = 1s;
  o.breaker.critical_interval = 50ms;
  o.retry_budget.ratio = 2;
  o.retry_budget.minimum_per_second = 100;
  o.defaults = {{"Edits", 0}};
  return o;
}

class worker {
 public:
  explicit worker(worker_options const& options)
      : options_(options),
        journal_(options.journal),
        time_(make_real_time_source()),
        signals_(context_, SIGTERM) {}

  int run();

 private:
  /// One session, and what was last known of it.
  struct stay {
    std::string key;
    profile opened;
    std::string session;
    std::uint64_t edits = 0;
    bool edited = false;
  };

  store_options make_options();
  asio::awaitable<void> play(std::shared_ptr<sim::chance> draws);
  asio::awaitable<void> visit(std::shared_ptr<stay> here, std::shared_ptr<sim::chance> draws);
  asio::awaitable<void> rest(milliseconds how_long);
  void edit(stay& here);
  void note(stay const& here, std::uint64_t edits_asked, save_receipt const& receipt);
  void note_release(stay const& here, error_code ec);
  void tell(claim::kind what, std::string const& key, std::string const& session, std::uint64_t index = 0,
            std::uint64_t edits = 0);
  void close();

  worker_options options_;
  journal journal_;
  std::shared_ptr<time_source> time_;
  asio::io_context context_;
  asio::signal_set signals_;
  std::unique_ptr<store> store_;
  std::map<std::string, std::string> session_on_;  // the newest of ours, by key
  bool closing_ = false;
};

void worker::tell(claim::kind what, std::string const& key, std::string const& session, std::uint64_t index,
                  std::uint64_t edits) {
  claim c;
  c.what = what;
  c.key = "PlayerData/" + key;
  c.session = session;
  c.commit_index = index;
  c.edits = edits;
  journal_.add(c);
}

store_options worker::make_options() {
  etcd_options where;
  where.endpoints = options_.endpoints;
  where.name_space = name_space;
  where.connect_timeout = 300ms;
  where.request_timeout = 700ms;
  store_options o = hurried_options();
  o.backend = make_etcd_backend(context_.get_executor(), where);
  etcd_bus_options hearing;
  hearing.heartbeat = 2s;
  hearing.silence_limit = 5s;
  o.bus = make_etcd_bus(context_.get_executor(), where, hearing);
  o.server_name = options_.name;
  o.random = make_seeded_random_source(options_.seed);
  o.log = [this](log_level, std::string_view line) {
    constexpr std::string_view orphan = "orphan_lease_possible", before = "session=";
    if (line.find(orphan) == line.npos) return;
    tell(claim::kind::left_behind, "?", std::string(line.substr(line.find(before) + before.size(), 36)));
  };
  o.hooks.on_save_failed = [this](std::string_view key, save_failure const& failure) {
    // Also releases that nobody waits for, when the last handle went.
    if (!failure.will_retry) tell(claim::kind::left_behind, std::string(key), session_on_[std::string(key)]);
  };
  return o;
}

asio::awaitable<void> worker::rest(milliseconds how_long) {
  auto sleeping = sleep_until(*time_, time_->now() + how_long);
  co_await std::move(sleeping);
}

asio::awaitable<void> worker::play(std::shared_ptr<sim::chance> draws) {
  while (!closing_) {
    auto const here = std::make_shared<stay>();
    here->key = "p" + std::to_string(draws->below(options_.keys));
    auto starting = store_->async_start_session(here->key, asio::as_tuple(asio::deferred));
    auto [ec, opened] = co_await std::move(starting);
    if (ec) {
      auto waiting = rest(draws->between(10ms, 200ms));
      co_await std::move(waiting);
      continue;
    }
    here->opened = std::move(opened);
    here->session = here->opened.metadata().session_id;
    session_on_[here->key] = here->session;
    auto visiting = visit(here, draws);
    co_await std::move(visiting);
  }
}

asio::awaitable<void> worker::visit(std::shared_ptr<stay> here, std::shared_ptr<sim::chance> draws) {
  auto& opened = here->opened;
  for (auto rounds = 1 + draws->below(6); rounds > 0 && !closing_; --rounds) {
    if (opened.state() != session_state::active && opened.state() != session_state::lapsed) break;
    edit(*here);
    auto waiting = rest(draws->between(0ms, 30ms));
    co_await std::move(waiting);
    if (draws->happens(0.3)) continue;
    auto const edits = here->edits;
    auto saving = opened.async_save(asio::as_tuple(asio::deferred));
    auto const [ec, receipt] = co_await std::move(saving);
    note(*here, edits, receipt);
  }
  // Some stay for longer than a lease lasts.
  for (auto left = draws->happens(0.02) ? draws->below(80) : 0; left > 0 && !closing_; --left) {
    auto waiting = rest(100ms);
    co_await std::move(waiting);
  }
  if (draws->happens(0.05)) co_return;  // the last handle: released by itself
  auto const edits = here->edits;
  auto releasing = opened.async_release(asio::as_tuple(asio::deferred));
  auto const [ec, receipt] = co_await std::move(releasing);
  note(*here, edits, receipt);
  note_release(*here, ec);
}

void worker::edit(stay& here) {
  auto& edits = here.opened.edit()["Edits"];
  here.edits = edits.to_number<std::uint64_t>() + 1;
  here.edited = true;
  edits = here.edits;
}

void worker::note(stay const& here, std::uint64_t edits_asked, save_receipt const& receipt) {
  if (!here.edited) return;
  bool const sent = receipt.commit_index > here.opened.metadata().commit_index;  // beyond what is confirmed
  switch (receipt.outcome) {
    case save_outcome::saved:
      return tell(claim::kind::saved, here.key, here.session, receipt.commit_index, edits_asked);
    case save_outcome::lost_but_saved:
      return tell(claim::kind::lost_but_saved, here.key, here.session, receipt.commit_index, edits_asked);
    case save_outcome::lost:
    case save_outcome::rejected:
      if (sent) tell(claim::kind::never, here.key, here.session, receipt.commit_index);
      return;
    case save_outcome::indeterminate: return;
  }
}

void worker::note_release(stay const& here, error_code ec) {
  auto const state = here.opened.state();
  if (!ec) {
    tell(claim::kind::released, here.key, here.session);
  } else if (state == session_state::lost) {
    tell(claim::kind::lost, here.key, here.session);
  } else {
    tell(claim::kind::left_behind, here.key, here.session);
  }
}

void worker::close() {
  closing_ = true;
  store_->async_close(asio::bind_executor(context_, [this](error_code, close_report report) {
    for (auto const& one : report.profiles)
      if (one.ec && one.ec != errc::session_lost)
        tell(claim::kind::left_behind, one.key, session_on_[one.key]);
    store_.reset();  // what is left ends by itself
  }));
}

int worker::run() {
  store_ = std::make_unique<store>(context_.get_executor(), "PlayerData", make_options());
  signals_.async_wait([this](error_code ec, int) {
    if (!ec) close();
  });
  for (std::size_t i = 0; i < options_.players; ++i) {
    auto const draws = std::make_shared<sim::chance>(options_.seed, 100 + i);
    asio::co_spawn(store_->get_executor(), play(draws), [](std::exception_ptr thrown) {
      if (thrown) std::rethrow_exception(thrown);
    });
  }
  context_.run();
  return 0;
}

}  // namespace

int run_worker(worker_options const& options) {
  return worker(options).run();
}

}  // namespace chronicle::chaos
