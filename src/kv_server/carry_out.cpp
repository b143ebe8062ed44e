#include "kv_server/carry_out.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "kv_server/problem.hpp"
#include "kv_server/replies.hpp"

namespace chronicle::kv {
namespace {

namespace json = boost::json;

/// Storage failures are for the operator's eyes too.
template <class Outcome>
void log_failure(services const& shared, Outcome const& outcome) {
  auto const* const failure = std::get_if<storage_failure>(&outcome);
  if (failure != nullptr)
    shared.log.write(log_level::error, "kv_storage_failure", {{"reason", failure->text}});
}

asio::awaitable<response> read_value(services& shared, std::shared_ptr<doorbell> bell,
                                     read_action const& asked) {
  if (asked.wait.count() == 0) {
    auto reading = shared.store->read(asked.query);
    auto outcome = co_await std::move(reading);
    log_failure(shared, outcome);
    co_return reply_to_read(asked, std::move(outcome));
  }
  // Watched before it is read: a change in between is not missed.
  change_board::watch const watch(shared.changes, asked.query.key, bell);
  time_point const end = shared.time->now() + asked.wait;
  while (true) {
    auto reading = shared.store->read(asked.query);
    auto outcome = co_await std::move(reading);
    bool const wait_on = is_unchanged(asked, outcome) && shared.time->now() < end && !shared.stopping;
    if (!wait_on) co_return reply_to_read(asked, std::move(outcome));
    auto change = bell->wait_until(end);
    co_await std::move(change);
  }
}

asio::awaitable<response> write_value(services& shared, write_action& asked) {
  write_manner const manner(asked.command);
  record_key const key = asked.command.key;
  auto writing = shared.store->write(std::move(asked.command));
  auto outcome = co_await std::move(writing);
  if (std::holds_alternative<written>(outcome)) shared.changes.announce(key);
  log_failure(shared, outcome);
  co_return reply_to_write(manner, std::move(outcome));
}

asio::awaitable<response> list_keys(services& shared, list_query& asked) {
  auto listing = shared.store->list(std::move(asked));
  auto outcome = co_await std::move(listing);
  log_failure(shared, outcome);
  co_return reply_to_list(std::move(outcome));
}

asio::awaitable<response> list_versions(services& shared, versions_query& asked) {
  auto listing = shared.store->versions(std::move(asked));
  auto outcome = co_await std::move(listing);
  log_failure(shared, outcome);
  co_return reply_to_versions(std::move(outcome));
}

response publish(services& shared, publish_action const& asked) {
  auto const receipt = shared.topics.publish(asked.topic, asked.message);
  if (!receipt) return too_many_topics();
  response r(202);
  r.body = json::serialize(json::object{{"id", receipt->id}, {"subscribers", receipt->subscribers}});
  return std::move(r).with("Content-Type", "application/json");
}

response report_health(services const& shared) {
  auto const ailment = shared.store->ailment();
  if (shared.stopping) return not_now("the server is stopping", std::chrono::seconds(1));
  if (!ailment.empty()) return not_now(ailment, std::chrono::seconds(60));
  response r(200);
  r.body = "ok\n";
  return std::move(r).with("Content-Type", "text/plain");
}

response report_metrics(services const& shared) {
  response r(200);
  r.body = shared.metrics.render(shared.store->figures(), shared.store->ailment().empty(),
                                 shared.topics.figures());
  return std::move(r).with("Content-Type", std::string(prometheus_content_type));
}

asio::awaitable<response> already(response answer) {
  co_return answer;
}

/// The coroutine for each kind of task.
struct starter {
  services& shared;
  std::shared_ptr<doorbell> bell;

  asio::awaitable<response> operator()(read_action& a) const { return read_value(shared, bell, a); }
  asio::awaitable<response> operator()(write_action& a) const { return write_value(shared, a); }
  asio::awaitable<response> operator()(list_query& a) const { return list_keys(shared, a); }
  asio::awaitable<response> operator()(versions_query& a) const { return list_versions(shared, a); }
  asio::awaitable<response> operator()(publish_action& a) const { return already(publish(shared, a)); }
  asio::awaitable<response> operator()(health_action) const { return already(report_health(shared)); }
  asio::awaitable<response> operator()(metrics_action) const { return already(report_metrics(shared)); }
};

}  // namespace

asio::awaitable<response> carry_out(services& shared, std::shared_ptr<doorbell> bell, task& planned) {
  return std::visit(starter{shared, std::move(bell)}, planned);
}

}  // namespace chronicle::kv
