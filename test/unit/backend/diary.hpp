// A listener on a bus that keeps a diary.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "chronicle/message_bus.hpp"
#include "chronicle/time_source.hpp"

namespace chronicle::test {

/// Writes down what it hears and when, in seconds.
class diary final : public bus_listener {
 public:
  explicit diary(std::shared_ptr<time_source> time) : time_(std::move(time)) {}
  void on_message(std::string payload) override { note("<" + payload + ">"); }
  void on_subscribed() override { note("subscribed"); }
  void on_interrupted(error_code why) override { note("interrupted: " + why.message()); }

  std::vector<std::string> lines;
  std::function<void()> whenever_something_happens = [] {};

 private:
  void note(std::string what) {
    auto const at = std::chrono::floor<std::chrono::seconds>(time_->now().time_since_epoch()).count();
    lines.push_back(std::to_string(at) + " " + std::move(what));
    whenever_something_happens();
  }
  std::shared_ptr<time_source> time_;
};

}  // namespace chronicle::test
