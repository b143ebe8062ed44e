#include "support/virtual_context.hpp"

#include <boost/test/unit_test.hpp>

namespace chronicle::test {

virtual_context::~virtual_context() {
  if (std::uncaught_exceptions() > 0) return;  // the test has failed already; leaks are its consequence
  try {
    for (auto const& leak : find_leaks()) BOOST_ERROR("leaked: " + leak);
  } catch (std::exception const& e) {
    BOOST_ERROR(std::string("work left behind by the test threw: ") + e.what());
  }
}

void virtual_context::run_until(std::function<bool()> const& done, boot_clock::duration patience) {
  switch (time_->run(*context_, done, time_->now() + patience)) {
    case virtual_time::stop::condition: return;
    case virtual_time::stop::quiescent: throw hangs("it hangs: nothing is ready and nobody waits for a time");
    case virtual_time::stop::deadline: throw hangs("it takes longer than the virtual time allowed");
    case virtual_time::stop::stopped: throw hangs("somebody stopped the io_context");
  }
}

void virtual_context::run_to_quiescence(boot_clock::duration patience) {
  switch (time_->run_to_quiescence(*context_, time_->now() + patience)) {
    case virtual_time::stop::condition:
    case virtual_time::stop::quiescent: return;
    case virtual_time::stop::deadline: throw hangs("it is not quiet within the virtual time allowed");
    case virtual_time::stop::stopped: throw hangs("somebody stopped the io_context");
  }
}

std::vector<std::string> virtual_context::find_leaks() {
  std::vector<std::string> leaks;
  if (!context_) return leaks;
  time_->run_to_quiescence(*context_, time_->now() + std::chrono::hours(1));
  if (auto const waits = time_->pending_waits(); waits > 0)
    leaks.push_back("waits for a time, still pending: " + std::to_string(waits));
  // An io_context without outstanding work stops by itself when polled.
  context_->restart();
  context_->poll();
  if (!context_->stopped()) leaks.emplace_back("an operation or a coroutine that never completes");
  return leaks;
}

}  // namespace chronicle::test
