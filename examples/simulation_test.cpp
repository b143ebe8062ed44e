// A test of game code in bad weather: three in ten requests fail, everything lags, records come back damaged
// and a rival server takes leases. Virtual time plays it in milliseconds, and a seed brings a failure back.
//
// Output:
//   100 storms: nothing that was confirmed got lost
#include <boost/asio.hpp>
#include <chronicle/chronicle.hpp>
#include <chronicle/virtual_time.hpp>
#include <iostream>
#include <optional>

namespace asio = boost::asio;
using std::chrono::milliseconds;

namespace {

chronicle::store_options stormy(std::shared_ptr<chronicle::time_source> time, std::uint64_t seed) {
  chronicle::store_options o;
  o.simulation.emplace();
  o.simulation->failure_rate = 0.3;
  o.simulation->latency = milliseconds(200);
  o.simulation->corruption_rate = 0.05;
  o.simulation->lease_contention = 0.5;
  o.simulation->seed = seed;
  o.defaults = {{"TestValue", 0}};
  o.time = std::move(time);
  o.random = chronicle::make_seeded_random_source(seed);
  o.ids = chronicle::make_seeded_id_source(seed);
  o.log = nullptr;
  return o;
}

// One game server in one storm.
class storm {
 public:
  explicit storm(std::uint64_t seed) : store_(context_.get_executor(), "TestData", stormy(time_, seed)) {}

  // Loads the profile, as often as it takes.
  chronicle::profile load() {
    while (true) {
      try {
        return finish(store_.async_start_session("Test_123", asio::use_future));
      } catch (boost::system::system_error const&) {
        time_->run_for(context_, std::chrono::seconds(10));  // as a player who tries again
      }
    }
  }

  // Plays a second, saving by hand in the middle; the value that is certainly stored, if any is.
  std::optional<std::int64_t> play(chronicle::profile profile) {
    std::optional<std::int64_t> confirmed;
    auto const confirm = [&](std::future<chronicle::save_receipt> saving, std::int64_t value) {
      try {
        finish(std::move(saving));
        confirmed = value;
      } catch (boost::system::system_error const&) {  // nobody may count on `value`, but it may be there
      }
    };
    for (std::int64_t value = 1; value <= 10 && profile.is_active(); ++value) {
      profile.edit()["TestValue"] = value;
      time_->run_for(context_, milliseconds(100));
      if (value == 5) confirm(profile.async_save(asio::use_future), value);
    }
    auto const last = profile.data().at("TestValue").as_int64();
    confirm(profile.async_release(asio::use_future), last);
    return confirmed;
  }

 private:
  template <class T>
  T finish(std::future<T> operation) {
    time_->run(context_, [&] { return operation.wait_for(milliseconds(0)) == std::future_status::ready; });
    return operation.get();
  }

  std::shared_ptr<chronicle::virtual_time> time_ = std::make_shared<chronicle::virtual_time>();
  asio::io_context context_;
  chronicle::store store_;
};

}  // namespace

int main() {
  constexpr std::uint64_t storms = 100;
  for (std::uint64_t seed = 1; seed <= storms; ++seed) {
    storm s(seed);
    auto const confirmed = s.play(s.load());
    auto const found = s.load().data().at("TestValue").as_int64();
    if (confirmed && found < *confirmed) {
      std::cout << "storm " << seed << ": " << *confirmed << " was confirmed, but " << found << " found\n";
      return 1;
    }
  }
  std::cout << storms << " storms: nothing that was confirmed got lost\n";
}
