#include "chronicle/close_on_signals.hpp"

#include <boost/asio/dispatch.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <stdexcept>
#include <utility>

namespace chronicle {
namespace {

/// Collects the reports of stores that close side by side.
struct closing {
  std::vector<store> stores;
  std::function<void(std::vector<close_report>)> done;
  std::vector<close_report> reports;
  std::size_t left = 0;

  static void begin(std::shared_ptr<closing> self) {
    self->reports.resize(self->stores.size());
    self->left = self->stores.size();
    auto const home = self->stores.front().get_executor();
    for (std::size_t i = 0; i < self->stores.size(); ++i) {
      self->stores[i].async_close([self, i, home](error_code, close_report report) {
        asio::dispatch(home, [self, i, report = std::move(report)]() mutable {
          self->reports[i] = std::move(report);
          if (--self->left == 0 && self->done) self->done(std::move(self->reports));
        });
      });
    }
  }
};

}  // namespace

std::shared_ptr<void> close_on_signals(std::vector<store> stores,
                                       std::function<void(std::vector<close_report>)> done) {
  if (stores.empty()) throw std::invalid_argument("close_on_signals: there must be at least one store");
  auto signals = std::make_shared<asio::signal_set>(stores.front().get_executor(), SIGINT, SIGTERM);
  auto all = std::make_shared<closing>();
  all->stores = std::move(stores);
  all->done = std::move(done);
  signals->async_wait([all, weak = std::weak_ptr(signals)](error_code ec, int) {
    if (ec) return;
    if (auto const listening = weak.lock()) listening->clear();
    closing::begin(all);
  });
  return signals;
}

}  // namespace chronicle
