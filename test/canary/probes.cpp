// Does this compiler treat coroutines as we believe? g++ 12 miscompiles ordinary statements with co_await
// without a warning; cmake/lint.sh forbids those. The probes show that they are still miscompiled (when they
// no longer are, the rules can go) and that what we write instead is right.
//
// A probe counts objects rather than using memory twice, so a wrong one ends with a wrong answer and not with
// a crash.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <iostream>
#include <string>
#include <utility>

namespace {

namespace asio = boost::asio;

template <class T>
using task = asio::awaitable<T>;

/// How many `counted` are alive: not zero after a probe that destroyed one twice or never.
int alive = 0;

class counted {
 public:
  counted() { ++alive; }
  explicit counted(int value) : value_(value) { ++alive; }
  counted(counted const& other) : value_(other.value_) { ++alive; }
  counted(counted&& other) noexcept : value_(other.value_) { ++alive; }
  counted& operator=(counted const&) = default;
  ~counted() { --alive; }
  int value() const { return value_; }

 private:
  int value_ = 0;
};

/// An aggregate with members that are not trivial, as option structs like to be.
struct options {
  counted first;
  counted second;
};

/// The same with constructors of its own.
struct constructed_options {
  counted first;
  counted second;
  constructed_options() = default;
  constructed_options(counted a, counted b) : first(std::move(a)), second(std::move(b)) {}
};

struct trivial_options {
  int first;
  int second;
};

task<void> hop() {
  auto const executor = co_await asio::this_coro::executor;
  auto turn = asio::post(executor, asio::deferred);
  co_await std::move(turn);
}

template <class T>
task<T> later(T value) {
  co_await hop();
  co_return value;
}

template <class Options>
task<int> sum(Options given) {
  co_await hop();
  if constexpr (std::is_same_v<Options, trivial_options>) {
    co_return given.first + given.second;
  } else {
    co_return given.first.value() + given.second.value();
  }
}

task<int> sum_of_defaults(options given = {}) {
  co_await hop();
  co_return given.first.value() + given.second.value();
}

template <class F>
task<int> call(F f) {
  co_await hop();
  co_return f();
}

task<bool> condition_of_if() {
  if (co_await later(true)) co_return true;
  co_return false;
}

// A local variable in the scope of the condition would hide the error here and in the next but one.
int turns = 0;

task<bool> another_turn() {
  co_await hop();
  co_return ++turns <= 3;
}

task<bool> condition_of_while() {
  while (co_await another_turn()) turns += 10;
  co_return turns == 12;
}

task<bool> condition_of_switch() {
  switch (co_await later(2)) {
    case 2: co_return true;
    default: co_return false;
  }
}

task<bool> short_circuit() {
  if (co_await later(false) && co_await later(true)) co_return false;
  if (co_await later(true) || co_await later(false)) co_return true;
  co_return false;
}

task<bool> conditional_operator() {
  bool const first = alive == 0;
  counted const chosen = first ? co_await later(counted(1)) : co_await later(counted(2));
  co_return chosen.value() == 1;
}

task<bool> aggregate_argument() {
  co_return co_await sum(options{counted(1), counted(2)}) == 3;
}

task<bool> designated_initializers() {
  co_return co_await sum<options>({.first = counted(1), .second = counted(2)}) == 3;
}

task<bool> default_aggregate_argument() {
  co_return co_await sum_of_defaults() == 0;
}

task<bool> closure_argument() {
  counted const captured(7);
  co_return co_await call([captured] { return captured.value(); }) == 7;
}

task<bool> aggregate_beside_an_await() {
  options const made{counted(1), co_await later(counted(2))};
  co_return made.first.value() + made.second.value() == 3;
}

task<bool> named_result_in_a_condition() {
  bool const answer = co_await later(true);
  if (answer) co_return true;
  co_return false;
}

task<bool> named_awaitable() {
  auto operation = sum(options{counted(1), counted(2)});
  int const result = co_await std::move(operation);
  co_return result == 3;
}

task<bool> constructed_argument() {
  int const result = co_await sum(constructed_options(counted(1), counted(2)));
  co_return result == 3;
}

task<bool> default_constructed_argument() {
  int const result = co_await sum(constructed_options());
  co_return result == 0;
}

task<bool> string_argument() {
  std::string const text =
      co_await later(std::string("too long for the small string optimisation of any library"));
  co_return text.size() == 57;
}

task<bool> object_argument() {
  counted const result = co_await later(counted(7));
  co_return result.value() == 7;
}

task<bool> trivial_aggregate_argument() {
  int const result = co_await sum(trivial_options(1, 2));
  co_return result == 3;
}

task<bool> reference_capturing_closure() {
  counted const captured(7);
  int const result = co_await call([&captured] { return captured.value(); });
  co_return result == 7;
}

task<bool> structured_binding() {
  auto const [first, second] = co_await later(std::pair<counted, counted>(1, 2));
  co_return first.value() + second.value() == 3;
}

/// Whether the probe gave the right answer and destroyed everything exactly once.
bool answers_rightly(task<bool> (*probe)()) {
  asio::io_context context;
  bool answer = false;
  alive = 0;
  asio::co_spawn(context, probe(), [&answer](std::exception_ptr, bool given) { answer = given; });
  context.run();
  return answer && alive == 0;
}

/// The same in a process of its own, because a wrong probe may crash, spin or wait for ever.
bool is_right(task<bool> (*probe)()) {
  pid_t const child = ::fork();
  if (child == 0) {
    rlimit const one_second{1, 1};
    ::setrlimit(RLIMIT_CPU, &one_second);
    rlimit const no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::close(STDERR_FILENO);
    ::alarm(5);
    ::_exit(answers_rightly(probe) ? 0 : 1);
  }
  int status = 1;
  ::waitpid(child, &status, 0);
  return status == 0;
}

struct probe {
  char const* name;
  task<bool> (*run)();
};

constexpr probe forbidden[] = {{"condition of if", condition_of_if},
                               {"condition of while", condition_of_while},
                               {"condition of switch", condition_of_switch},
                               {"&& and ||", short_circuit},
                               {"?:", conditional_operator},
                               {"aggregate argument", aggregate_argument},
                               {"designated initializers", designated_initializers},
                               {"default aggregate argument", default_aggregate_argument},
                               {"closure argument", closure_argument},
                               {"aggregate beside an await", aggregate_beside_an_await}};

constexpr probe allowed[] = {{"named result in a condition", named_result_in_a_condition},
                             {"named awaitable", named_awaitable},
                             {"constructed argument", constructed_argument},
                             {"default constructed argument", default_constructed_argument},
                             {"string argument", string_argument},
                             {"object argument", object_argument},
                             {"trivial aggregate argument", trivial_aggregate_argument},
                             {"reference capturing closure", reference_capturing_closure},
                             {"structured binding", structured_binding}};

#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12
constexpr bool miscompiles = true;
#else
constexpr bool miscompiles = false;
#endif

int surprises(auto const& probes, bool expected_right) {
  int count = 0;
  for (auto const& [name, run] : probes) {
    bool const right = is_right(run);
    bool const surprise = right != expected_right;
    std::cout << (surprise ? "SURPRISE  " : "          ") << (right ? "right  " : "wrong  ") << name << '\n';
    count += surprise ? 1 : 0;
  }
  return count;
}

}  // namespace

int main() {
  std::cout << "what the lint forbids:\n";
  int count = surprises(forbidden, !miscompiles);
  std::cout << "what it allows:\n";
  count += surprises(allowed, true);
  if (count > 0)
    std::cout << count
              << " surprises: the rules of cmake/lint.sh rest on beliefs that do not hold for " __VERSION__
                 "\n";
  return count > 0 ? 1 : 0;
}
