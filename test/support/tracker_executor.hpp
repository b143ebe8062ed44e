// Tells on which executor a handler ran, and that it did not run inside the initiating function.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/execution/executor.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/require.hpp>
#include <utility>
#include <vector>

namespace chronicle::test {

namespace asio = boost::asio;

/// An executor with a number: hands work to `inner` and remembers, while that runs, that it came through
/// here. Bind it to a handler and ask `running_on(id)` inside.
class tracker_executor {
 public:
  tracker_executor(asio::any_io_executor inner, int id) : inner_(std::move(inner)), id_(id) {}

  int id() const noexcept { return id_; }

  template <class F>
  void execute(F f) const {
    inner_.execute([id = id_, f = std::move(f)]() mutable {
      scope const here(id);
      std::move(f)();
    });
  }

  template <class Property>
  requires asio::can_require_v<asio::any_io_executor const, Property> tracker_executor
  require(Property const& property)
  const { return {asio::require(inner_, property), id_}; }
  template <class Property>
  requires(asio::can_prefer_v<asio::any_io_executor const, Property> &&
           !asio::can_require_v<asio::any_io_executor const, Property>) tracker_executor
      prefer(Property const& property)
  const { return {asio::prefer(inner_, property), id_}; }
  template <class Property>
  requires asio::can_query_v<asio::any_io_executor const, Property>
  decltype(auto) query(Property const& property) const { return asio::query(inner_, property); }

  bool operator==(tracker_executor const&) const noexcept = default;

 private:
  friend bool running_on(int id) noexcept;

  struct scope {
    explicit scope(int id) { running().push_back(id); }
    ~scope() { running().pop_back(); }
    scope(scope const&) = delete;
    scope& operator=(scope const&) = delete;
  };
  static std::vector<int>& running() {
    thread_local std::vector<int> ids;
    return ids;
  }

  asio::any_io_executor inner_;
  int id_;
};

/// True when the code that asks was started by the tracker executor with this number, and by no other one
/// since.
inline bool running_on(int id) noexcept {
  auto const& ids = tracker_executor::running();
  return !ids.empty() && ids.back() == id;
}

/// Alive around the call of an initiating function: `initiating()` is true inside a handler that is called
/// inline.
class initiation {
 public:
  initiation() { ++depth(); }
  ~initiation() { --depth(); }
  initiation(initiation const&) = delete;
  initiation& operator=(initiation const&) = delete;

 private:
  friend bool initiating() noexcept;
  static int& depth() noexcept {
    thread_local int value = 0;
    return value;
  }
};

inline bool initiating() noexcept {
  return initiation::depth() > 0;
}

}  // namespace chronicle::test
