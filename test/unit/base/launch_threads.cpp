// Operations, their callers and their cancellation on different threads. The thread sanitizer is the judge.
#include <atomic>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/test/unit_test.hpp>
#include <future>
#include <memory>
#include <thread>
#include <vector>

#include "unit/base/operation.hpp"

namespace chronicle::test {
namespace {

asio::awaitable<void> hop() {
  co_await asio::post(co_await asio::this_coro::executor, asio::deferred);
}

/// Ends by itself after `hops` turns on its strand, earlier when cancelled.
asio::awaitable<result<int>> hops(int count) {
  for (int i = 0; i < count; ++i) co_await hop();
  co_return count;
}

asio::awaitable<result<int>> until_cancelled() {
  event never(co_await asio::this_coro::executor);
  co_await never.wait();
  co_return make_error_code(errc::cancelled);
}

/// One thread that runs an io_context, for a caller with an executor and signals of its own.
class caller_thread {
 public:
  caller_thread() : thread_([this] { context_.run(); }) {}
  ~caller_thread() {
    work_.reset();
    thread_.join();
  }
  caller_thread(caller_thread const&) = delete;
  caller_thread& operator=(caller_thread const&) = delete;
  asio::io_context::executor_type executor() { return context_.get_executor(); }

 private:
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  std::thread thread_;
};

/// Starts an operation on the caller's thread and cancels it from there after `turns` turns of that thread.
class cancelling_caller : public std::enable_shared_from_this<cancelling_caller> {
 public:
  cancelling_caller(asio::any_io_executor own, asio::thread_pool& pool) : own_(std::move(own)), pool_(pool) {}

  std::future<error_code> start(asio::awaitable<result<int>> coroutine, int turns) {
    auto future = promise_.get_future();
    asio::post(own_, [self = shared_from_this(), coroutine = std::move(coroutine), turns]() mutable {
      async_operate(strand_type(self->pool_.get_executor()), self->pool_.get_executor(), std::move(coroutine),
                    asio::bind_cancellation_slot(
                        self->signal_.slot(),
                        asio::bind_executor(self->own_, [self](error_code ec, int) { self->finish(ec); })));
      self->cancel_after(turns);
    });
    return future;
  }

 private:
  void cancel_after(int turns) {
    asio::post(own_, [self = shared_from_this(), turns] {
      if (turns > 0) return self->cancel_after(turns - 1);
      self->signal_.emit(asio::cancellation_type::total);
    });
  }
  void finish(error_code ec) { promise_.set_value(ec); }

  asio::any_io_executor own_;
  asio::thread_pool& pool_;
  asio::cancellation_signal signal_;
  std::promise<error_code> promise_;
};

BOOST_AUTO_TEST_SUITE(launch_threads)

BOOST_AUTO_TEST_CASE(futures_from_many_strands_at_once) {
  asio::thread_pool pool(4);
  std::vector<std::future<int>> futures;
  for (int i = 0; i < 200; ++i)
    futures.push_back(
        async_operate(strand_type(pool.get_executor()), pool.get_executor(), hops(i % 7), asio::use_future));
  for (int i = 0; i < 200; ++i) BOOST_TEST(futures[static_cast<std::size_t>(i)].get() == i % 7);
  pool.join();
}

BOOST_AUTO_TEST_CASE(one_strand_serialises_its_operations) {
  asio::thread_pool pool(4);
  strand_type const strand(pool.get_executor());
  int unguarded = 0;  // a race is a report of the thread sanitizer, a lost increment a wrong sum
  auto const increment = [](int& counter) -> asio::awaitable<result<int>> {
    for (int i = 0; i < 20; ++i) {
      ++counter;
      co_await hop();
    }
    co_return counter;
  };
  std::vector<std::future<int>> futures;
  for (int i = 0; i < 50; ++i)
    futures.push_back(async_operate(strand, pool.get_executor(), increment(unguarded), asio::use_future));
  for (auto& future : futures) future.get();
  pool.join();
  BOOST_TEST(unguarded == 1000);
}

BOOST_AUTO_TEST_CASE(cancelled_from_the_callers_thread_while_it_waits) {
  asio::thread_pool pool(2);
  caller_thread callers;
  for (int i = 0; i < 100; ++i) {
    auto const caller = std::make_shared<cancelling_caller>(callers.executor(), pool);
    auto future = caller->start(until_cancelled(), i % 5);
    error_code const ec = future.get();
    BOOST_TEST((ec == asio::error::operation_aborted || ec == errc::cancelled));
  }
  pool.join();
}

BOOST_AUTO_TEST_CASE(cancelled_from_the_callers_thread_while_it_completes) {
  asio::thread_pool pool(2);
  caller_thread callers;
  int completed = 0;
  for (int i = 0; i < 1500; ++i) {
    auto const caller = std::make_shared<cancelling_caller>(callers.executor(), pool);
    auto future = caller->start(hops(i % 20), i % 9);
    error_code const ec = future.get();
    BOOST_TEST((!ec || ec == asio::error::operation_aborted));
    completed += ec ? 0 : 1;
  }
  BOOST_TEST_MESSAGE("of 1,500 operations " << completed << " completed before their cancellation");
  pool.join();
}

BOOST_AUTO_TEST_CASE(a_context_that_stops_under_running_operations) {
  for (int i = 0; i < 20; ++i) {
    asio::cancellation_signal signal;
    {
      asio::io_context context;
      strand_type const strand(context.get_executor());
      for (int n = 0; n < 20; ++n)
        async_operate(strand, context.get_executor(), hops(1000), [](error_code, int) {});
      async_operate(strand, context.get_executor(), until_cancelled(),
                    asio::bind_cancellation_slot(signal.slot(), [](error_code, int) {}));
      std::thread one([&] { context.run(); });
      std::thread two([&] { context.run(); });
      std::this_thread::yield();
      context.stop();
      one.join();
      two.join();
    }
    signal.emit(asio::cancellation_type::terminal);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle::test
