// The proxies of a campaign, one in front of each member, on a thread of their own.
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "chaos/fault_proxy.hpp"

namespace chronicle::chaos {

class network {
 public:
  network(std::vector<std::uint16_t> const& members, std::uint64_t seed) {
    for (std::size_t i = 0; i < members.size(); ++i)
      proxies_.push_back(std::make_unique<fault_proxy>(context_.get_executor(), make_real_time_source(),
                                                       members[i], seed + i));
    thread_ = std::jthread([this] { context_.run(); });
  }
  ~network() {
    call([](fault_proxy& proxy) { proxy.cut_all(); });
    context_.stop();
    thread_.join();
  }
  network(network const&) = delete;
  network& operator=(network const&) = delete;

  /// The members' addresses as seen through the proxies, beginning with the one at `first`.
  std::vector<std::string> endpoints(std::size_t first) const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < proxies_.size(); ++i)
      all.push_back("http://127.0.0.1:" + std::to_string(proxies_[(first + i) % proxies_.size()]->port()));
    return all;
  }

  /// Calls `action` for each proxy, on their thread.
  template <class Action>
  void call(Action action) {
    std::promise<void> done;
    asio::post(context_, [&] {
      for (auto const& proxy : proxies_) action(*proxy);
      done.set_value();
    });
    done.get_future().wait();
  }

 private:
  asio::io_context context_;
  asio::executor_work_guard<asio::io_context::executor_type> stay_{context_.get_executor()};
  std::vector<std::unique_ptr<fault_proxy>> proxies_;
  std::jthread thread_;
};

}  // namespace chronicle::chaos
