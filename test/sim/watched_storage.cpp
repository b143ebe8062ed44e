#include "sim/watched_storage.hpp"

#include <utility>

#include "kv_server/memory_storage.hpp"
#include "support/forwarding_storage.hpp"

namespace chronicle::sim {
namespace {

storage_watch* watch_in_force = nullptr;

/// What becomes of one request to the storage.
struct luck {
  bool overloaded = false;   ///< refused
  bool unavailable = false;  ///< fails before anything was done
  bool uncertain = false;    ///< a write is carried out, and its outcome is not known
};

class watched_storage final : public test::forwarding_storage {
 public:
  watched_storage(stage& on, ledger& judge, std::shared_ptr<kv::storage> inner)
      : forwarding_storage(std::move(inner)), on_(on), judge_(judge), draws_(on.plan.seed, 31) {}

  asio::awaitable<kv::read_outcome> read(kv::read_query query) override {
    luck const today = draw();
    if (today.overloaded || today.unavailable) co_return kv::read_outcome(failure(today));
    std::string const key = query.key.name;
    auto reading = inner().read(std::move(query));
    auto outcome = co_await std::move(reading);
    if (auto* const found = std::get_if<kv::stored_version>(&outcome)) judge_.show_damage(key, found->value);
    co_return outcome;
  }

  asio::awaitable<kv::write_outcome> write(kv::write_command command) override {
    luck const today = draw();
    if (today.overloaded || today.unavailable) co_return kv::write_outcome(failure(today));
    sent_write write;
    write.key = command.key.name;
    write.value = command.value.value_or(std::string());
    if (!command.expected.absent && !command.expected.revisions.empty())
      write.expected = version(std::to_string(command.expected.revisions.front()));
    write.write_id = command.write_id;
    on_.demand(command.value.has_value(), "S2", write.key + " was erased");
    auto writing = inner().write(std::move(command));
    auto outcome = co_await std::move(writing);
    auto const* const done = std::get_if<kv::written>(&outcome);
    if (done && !done->replayed) judge_.note_applied(std::move(write), done->revision);
    if (today.uncertain)
      co_return kv::write_outcome(kv::storage_failure(kv::storage_failure::kind::indeterminate, "sim"));
    co_return outcome;
  }

 private:
  luck draw() {
    luck today;
    today.overloaded = draws_.happens(0.005 * on_.sky.of(fault::throttle));
    today.unavailable = draws_.happens(0.01 * on_.sky.of(fault::server_error));
    today.uncertain = draws_.happens(0.01 * on_.sky.of(fault::server_error));
    return today;
  }
  static kv::storage_failure failure(luck const& today) {
    using kind = kv::storage_failure::kind;
    return kv::storage_failure(today.overloaded ? kind::overloaded : kind::unavailable, "sim");
  }

  stage& on_;
  ledger& judge_;
  chance draws_;
};

}  // namespace

storage_watch::storage_watch(stage& on, ledger& judge) : on_(on), judge_(judge) {
  watch_in_force = this;
}
storage_watch::~storage_watch() {
  watch_in_force = nullptr;
}

std::shared_ptr<kv::storage> storage_watch::around(std::shared_ptr<kv::storage> inner) {
  return std::make_shared<watched_storage>(on_, judge_, std::move(inner));
}

// chronicle-kv makes its storage by this function: the linker leads its call here (CMakeLists.txt).
std::shared_ptr<kv::storage> own_memory_storage(
    kv::retention keep,
    std::shared_ptr<time_source> time) __asm__("__real_" CHRONICLE_SYMBOL_MAKE_MEMORY_STORAGE);
std::shared_ptr<kv::storage> make_memory_storage(
    kv::retention keep,
    std::shared_ptr<time_source> time) __asm__("__wrap_" CHRONICLE_SYMBOL_MAKE_MEMORY_STORAGE);

std::shared_ptr<kv::storage> make_memory_storage(kv::retention keep, std::shared_ptr<time_source> time) {
  auto made = own_memory_storage(keep, std::move(time));
  return watch_in_force ? watch_in_force->around(std::move(made)) : made;
}

}  // namespace chronicle::sim
