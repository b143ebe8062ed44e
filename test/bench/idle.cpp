#include <malloc.h>

#include <cstdio>
#include <fstream>

#include "bench/game.hpp"
#include "bench/player.hpp"
#include "bench/raw_client.hpp"
#include "bench/suites.hpp"

namespace chronicle::bench {
namespace {

using namespace std::chrono_literals;

/// Takes every write and keeps nothing, so that only sessions are weighed.
class forgetful_backend final : public backend {
 public:
  asio::awaitable<result<std::optional<entry>>> get(std::string) override {
    co_return std::optional<entry>();
  }
  asio::awaitable<put_result> put_if(std::string, shared_bytes, std::optional<version>,
                                     std::string) override {
    co_return put_result(applied(version(std::to_string(++writes_))));
  }
  asio::awaitable<put_result> erase_if(std::string, version) override {
    co_return put_result(applied(version(std::to_string(++writes_))));
  }
  asio::awaitable<result<page<key_info>>> list(std::string, std::string, std::size_t) override {
    co_return page<key_info>();
  }
  asio::awaitable<result<page<entry>>> history(std::string, std::string, std::size_t) override {
    co_return page<entry>();
  }
  capabilities caps() const override { return {}; }

 private:
  std::uint64_t writes_ = 0;
};

double heap_bytes() {
  auto const use = ::mallinfo2();
  return static_cast<double>(use.uordblks + use.hblkhd);
}

double resident_bytes() {
  double total = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> total >> resident;
  return resident * 4096;
}

asio::awaitable<void> open_some(store& players, std::size_t first, std::size_t end,
                                std::vector<profile>& into) {
  for (std::size_t i = first; i < end; ++i) {
    auto starting = players.async_start_session("Player_" + std::to_string(i));
    into[i] = co_await std::move(starting);
  }
}

/// Bytes for each of `count` documents by themselves.
double weigh_documents(boost::json::object const& document, std::size_t count) {
  double const before = heap_bytes();
  std::vector<boost::json::object> const copies(count, document);
  return (heap_bytes() - before) / static_cast<double>(count);
}

row weigh_sessions(std::size_t count) {
  auto const random = make_seeded_random_source(3);
  auto const document = make_player(1 << 10, *random);
  double const document_bytes = weigh_documents(document, 1000);
  ::malloc_trim(0);

  asio::io_context context(1);
  store_options options;
  options.backend = std::make_shared<forgetful_backend>();
  options.defaults = document;
  options.log = {};
  options.lease.duration = 1h;  // however long it takes to open them all
  options.lease.renew_age = 50min;
  store players(context.get_executor(), "PlayerData", std::move(options));
  std::vector<profile> profiles(count);
  double const heap = heap_bytes();
  double const resident = resident_bytes();
  std::vector<asio::awaitable<void>> opening;
  constexpr std::size_t at_a_time = 64;
  for (std::size_t i = 0; i < at_a_time; ++i)
    opening.push_back(open_some(players, count * i / at_a_time, count * (i + 1) / at_a_time, profiles));
  run_all(context, std::move(opening));
  auto const sessions = static_cast<double>(count);
  double const each = (heap_bytes() - heap) / sessions - document_bytes;
  double const resident_each = (resident_bytes() - resident) / sessions - document_bytes;

  row line("c", std::to_string(count) + " idle sessions, memory of each", {each, each, each});
  line.kind = promise::at_most;
  line.promised = 4096;
  line.unit = "bytes";
  char notes[120];
  std::snprintf(notes, sizeof notes, "beyond a document of %.0f bytes; by resident memory %.0f",
                document_bytes, resident_each);
  line.notes = notes;
  return line;
}

/// Processor time of a renewal, against a PUT of the same bytes: idle sessions whose leases are short.
row time_renewals(effort how_much) {
  lease_options lease;
  lease.renew_age = 400ms;
  lease.early_renew_age = 0ms;
  lease.renew_jitter = 400ms;
  game ours(8, lease);
  auto const random = make_seeded_random_source(4);
  auto const profiles = ours.open(500, make_player(1 << 10, *random));
  std::string const body = ours.stored(profiles.front());
  asio::io_context apart(1);  // where no session runs
  raw_client client(apart, ours.port(), "raw");
  client.connect();

  auto const renewed = [&] { return static_cast<double>(ours.players().metrics().renewals.saved); };
  auto const renew = [&] {
    double const before = renewed();
    ours.context().restart();
    ours.context().run_for(std::chrono::duration_cast<std::chrono::nanoseconds>(
        std::chrono::duration<double>(2 * how_much.seconds)));
    return renewed() - before;
  };
  auto const put = [&] {
    double count = 0;
    std::vector<asio::awaitable<void>> one;
    one.push_back(put_until(client, body, seconds_now() + how_much.seconds, count));
    run_all(apart, std::move(one));
    return count;
  };
  put();
  renew();
  auto const found = compare(how_much, put, renew);
  row line("c", "processor time of a renewal against a PUT", found.processor_per_operation());
  char notes[80];
  std::snprintf(notes, sizeof notes, "%.0f / %.0f us", processor_microseconds(found.ours),
                processor_microseconds(found.reference));
  line.notes = notes;
  return line;
}

}  // namespace

std::vector<row> measure_idle_sessions(effort how_much) {
  return {weigh_sessions(100'000), time_renewals(how_much)};
}

}  // namespace chronicle::bench
