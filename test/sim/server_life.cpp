#include "sim/server_life.hpp"

#include <utility>

#include "sim/visit.hpp"

namespace chronicle::sim {
namespace {

using namespace std::chrono_literals;

clock_error draw_clock_error(stage const& on, chance& draws) {
  clock_error wrong;
  wrong.started = on.now() - draws.between(1s, 100s);
  milliseconds const offset = draws.between(0s, 60s) - 30s;
  // Between two servers clocks differ by 1 % at most, as the options say: all run fast here, or all slow.
  auto const rate = static_cast<std::int64_t>(draws.below(99));
  if (!on.plan.has(fault::clocks)) return wrong;
  wrong.wall_offset = offset;
  wrong.rate = on.plan.seed % 2 ? rate : -rate;
  return wrong;
}

}  // namespace

server_life::server_life(surroundings& in, std::shared_ptr<host> where, std::uint64_t serial)
    : in_(in),
      where_(std::move(where)),
      draws_(in.on.plan.seed, 1000 + serial),
      context_(std::make_unique<event_loop>(BOOST_ASIO_CONCURRENCY_HINT_UNSAFE)) {
  store_.emplace(context_->get_executor(), "PlayerData", options(serial));
  in_.on.rouse(context_->get_executor());
  note("starts");
}

server_life::~server_life() {
  if (store_) in_.judge.excuse_server(store_->server_id());
  for (auto const& one : visits_) one->forget();
  store_.reset();
  in_.on.time->drop(*context_);
  in_.outside.bury(std::move(context_));
}

store_options server_life::options(std::uint64_t serial) {
  store_options o;
  o.defaults = economy::template_document();
  if (draws_.happens(0.3)) o.defaults["Skin"] = "plain";  // a newer version of the game
  o.server_name = "s" + std::to_string(where_->number);
  o.challenge.policy = in_.rules.policy;
  o.lease.max_wall_clock_skew = 65s;
  o.time = std::make_shared<skewed_time>(in_.on.time, draw_clock_error(in_.on, draws_));
  watched_ = std::make_shared<watched_backend>(
      in_.on, in_.storage, in_.outside.draws(), where_,
      in_.outside.connect_backend(where_, context_->get_executor(), o.time));
  o.backend = watched_;
  if (in_.rules.has_bus) o.bus = in_.outside.connect_bus(where_, context_->get_executor(), o.time);
  o.random = make_seeded_random_source(in_.on.plan.seed * 1000 + serial);
  o.ids = make_seeded_id_source(in_.on.plan.seed * 1000 + serial + 500);
  o.log_threshold = in_.on.log.prints() ? log_level::debug : log_level::warning;
  o.log = [this](log_level, std::string_view line) {
    constexpr std::string_view orphan = "orphan_lease_possible";
    if (line.find(orphan) != std::string_view::npos)
      in_.judge.excuse(std::string(line.substr(line.find("session=") + 8, 36)));
    if (in_.on.log.prints())
      in_.on.log.remark(in_.on.now(),
                        "    s" + std::to_string(where_->number) + " " + std::string(line.substr(17)));
  };
  add_hooks(o.hooks);
  return o;
}

std::shared_ptr<visit> server_life::find_open(std::string_view key) const {
  for (auto one = visits_.rbegin(); one != visits_.rend(); ++one)
    if ((*one)->key() == key && (*one)->is_open()) return *one;
  return nullptr;
}

void server_life::excuse(std::string_view key) {
  auto const* const stored = in_.storage.newest("PlayerData/" + std::string(key));
  if (stored && store_ && stored->head.lease.server == store_->server_id())
    in_.judge.excuse(stored->head.lease.session);
}

void server_life::add_hooks(hooks& h) {
  h.on_save = [this](std::string_view key, boost::json::object const& data, operation_stats const&) {
    auto const held = economy::read(data);
    in_.on.demand(held.has_value(), "S5",
                  std::string(key) + ": the hook was shown a document that is not ours");
    if (held) in_.storage.note_saved("PlayerData/" + std::string(key), *held);
  };
  h.on_save_failed = [this](std::string_view key, save_failure const& failure) {
    if (failure.will_retry) return;
    note(std::string(key) + " release given up: " + failure.why.message());
    excuse(key);
  };
  h.on_corruption = [this](std::string_view key, corruption const& what) {
    note(std::string(key) + " is corrupt: " + what.kind);
    in_.on.demand(in_.storage.was_ever_damaged("PlayerData/" + std::string(key)), "S9",
                  std::string(key) + ": called corrupt, and never damaged: " + what.details);
  };
  h.on_lease_conflict = [this](std::string_view key, lease_resolution how) {
    note(std::string(key) + " conflict: " + to_string(how));
    auto const met = ++conflicts_[std::string(key)];
    in_.on.demand(met <= starts_[std::string(key)], "S13", std::string(key) + ": more conflicts than starts");
  };
  h.on_circuit_open = [this](std::string_view reason, circuit_stats const& now) {
    note("circuit opens: " + std::string(reason));
    watched_->note_open(now.open_for);
  };
  h.on_session_lost = [this](std::string_view key, session_loss const& loss) {
    if (auto const who = find_open(key)) who->hear_lost(loss);
  };
}

std::size_t server_life::poll() {
  if (paused_) return 0;
  context_->restart();
  return context_->poll();
}

void server_life::receive(std::size_t player, milliseconds stay, std::optional<milliseconds> patience) {
  in_.on.rouse(context_->get_executor());
  asio::post(*context_, [this, player, stay, patience] {
    if (!takes_players()) return;
    auto const arrived = std::make_shared<visit>(*this, player);
    visits_.push_back(arrived);
    note_start(arrived->key());
    arrived->begin(stay, patience);
  });
}

void server_life::close() {
  if (closing_) return;
  closing_ = true;
  in_.on.rouse(context_->get_executor());
  asio::post(*context_, [this] {
    note("closes");
    auto const began = in_.on.now();
    auto const stood_still_before = stood_still_;
    bool const fair = in_.on.sky.is_calm();
    store_->async_close([this, began, stood_still_before, fair](error_code ec, close_report report) {
      note(ec ? "closed: " + ec.message() : "closed");
      auto const took = in_.on.now() - began - (stood_still_ - stood_still_before);
      in_.on.demand(took < 31s, "L8", "closing took " + std::to_string(took / 1s) + " s");
      in_.on.demand(!ec || !fair, "L8", "a close in fair weather was not complete");
      if (!report.complete) in_.judge.excuse_server(store_->server_id());
      for (auto const& one : report.profiles)
        if (one.ec) excuse(one.key);
      for (auto const& one : visits_) one->forget();
      store_.reset();
      closed_ = true;
    });
  });
}

bool server_life::leaks() {
  context_->restart();
  context_->poll();
  return !context_->stopped();
}

}  // namespace chronicle::sim
