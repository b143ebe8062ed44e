#include "kv_server/sqlite_storage.hpp"

#include <sqlite3.h>

#include <boost/asio/append.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/prefer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/thread_pool.hpp>
#include <mutex>
#include <thread>
#include <vector>

#include "chronicle/kv_server/setup_error.hpp"
#include "kv_server/sqlite_file.hpp"
#include "kv_server/sqlite_records.hpp"
#include "kv_server/write_queue.hpp"

namespace chronicle::kv {
namespace {

using failure = storage_failure::kind;

/// At which point a transaction failed.
enum class stage { before_commit, commit };

/// A transaction that failed before its commit left no trace. A commit that failed for want of space in the
/// log wrote no commit frame; one that failed otherwise may have, and may be found after a crash: the index
/// beside the log (SHMSIZE) grows after that.
storage_failure classify(sqlite_error const& e, stage when) {
  std::string const text = std::string("database: ") + e.what();
  bool const no_index = e.extended == SQLITE_IOERR_SHMSIZE && when == stage::before_commit;
  if (e.code == SQLITE_FULL || no_index) return {failure::full, text};
  return {when == stage::commit ? failure::indeterminate : failure::unavailable, text};
}

/// Errors after which nothing more should be written before somebody has looked.
bool is_lasting(sqlite_error const& e) {
  return e.code == SQLITE_CORRUPT || e.code == SQLITE_NOTADB || e.code == SQLITE_READONLY ||
         (e.code == SQLITE_IOERR && e.extended != SQLITE_IOERR_SHMSIZE);
}

/// A reading connection with its statements.
struct reading {
  sqlite_connection connection;
  record_reader records;

  reading(std::string const& path, age_clock const& clock)
      : connection(path, sqlite_connection::mode::read_only), records(connection, clock) {}
};

age_clock make_clock(sqlite_connection& connection, sqlite_options const& options,
                     std::shared_ptr<time_source> time) {
  auto const boot = note_boot(connection, options.boot_name, age_clock::uptime(*time), options.restored);
  return age_clock(std::move(time), boot.id, boot.first_seen);
}

class sqlite_storage final : public storage {
 public:
  sqlite_storage(sqlite_options options, std::shared_ptr<time_source> time);
  ~sqlite_storage() override { close(); }

  asio::awaitable<read_outcome> read(read_query query) override {
    auto job = [query = std::move(query)](record_reader& records) { return records.read(query); };
    return on_reader<read_outcome>(std::move(job));
  }
  asio::awaitable<list_outcome> list(list_query query) override {
    auto job = [query = std::move(query)](record_reader& records) { return records.list(query); };
    return on_reader<list_outcome>(std::move(job));
  }
  asio::awaitable<versions_outcome> versions(versions_query query) override {
    auto job = [query = std::move(query)](record_reader& records) { return records.versions(query); };
    return on_reader<versions_outcome>(std::move(job));
  }
  asio::awaitable<write_outcome> write(write_command command) override;

  storage_figures figures() const override;
  std::string ailment() const override;
  void close() override;

 private:
  template <class Outcome, class Job>
  asio::awaitable<Outcome> on_reader(Job job);
  template <class Outcome, class Job>
  Outcome read_now(Job const& job);

  std::unique_ptr<reading> borrow_reader();
  void give_back(std::unique_ptr<reading> reader);

  void write_until_closed();
  std::vector<write_outcome> commit(std::list<queued_write> const& batch);
  storage_failure fail(sqlite_error const& e, stage when);

  sqlite_options options_;
  std::shared_ptr<time_source> time_;
  std::optional<file_claim> claim_;
  std::optional<sqlite_connection> connection_;
  age_clock clock_;
  std::optional<record_writer> writer_;

  mutable std::mutex mutex_;
  std::vector<std::unique_ptr<reading>> idle_readers_;
  storage_figures figures_;
  std::string ailment_;
  bool closed_ = false;

  write_queue queue_;
  asio::thread_pool readers_;
  std::thread writing_;
};

sqlite_storage::sqlite_storage(sqlite_options options, std::shared_ptr<time_source> time)
    : options_(std::move(options)),
      time_(std::move(time)),
      claim_(std::in_place, options_.path),
      connection_(open_database(options_.path, options_.max_bytes)),
      clock_(make_clock(*connection_, options_, time_)),
      writer_(std::in_place, *connection_, clock_, options_.keep),
      queue_(options_.max_queued_writes, options_.max_queued_bytes),
      readers_(options_.readers) {
  if (options_.restored) skip_revisions(*connection_);
  for (std::size_t i = 0; i < options_.readers; ++i)
    idle_readers_.push_back(std::make_unique<reading>(options_.path, clock_));
  figures_.revision = idle_readers_.front()->records.newest();
  writing_ = std::thread([this] { write_until_closed(); });
}

void sqlite_storage::close() {
  {
    std::lock_guard const lock(mutex_);
    if (std::exchange(closed_, true)) return;
  }
  queue_.close();
  writing_.join();
  readers_.join();
  idle_readers_.clear();
  writer_.reset();
  connection_.reset();  // the last connection: SQLite folds the log into the database
  claim_.reset();
}

std::unique_ptr<reading> sqlite_storage::borrow_reader() {
  std::lock_guard const lock(mutex_);
  auto reader = std::move(idle_readers_.back());
  idle_readers_.pop_back();
  return reader;
}

void sqlite_storage::give_back(std::unique_ptr<reading> reader) {
  std::lock_guard const lock(mutex_);
  idle_readers_.push_back(std::move(reader));
}

template <class Outcome, class Job>
Outcome sqlite_storage::read_now(Job const& job) {
  auto reader = borrow_reader();  // there are as many as threads that come here
  Outcome outcome;
  try {
    outcome = job(reader->records);
  } catch (sqlite_error const& e) {
    outcome = fail(e, stage::before_commit);
  }
  give_back(std::move(reader));
  return outcome;
}

template <class Outcome, class Job>
asio::awaitable<Outcome> sqlite_storage::on_reader(Job job) {
  asio::any_io_executor const executor = co_await asio::this_coro::executor;
  auto const tracked = asio::prefer(executor, asio::execution::outstanding_work.tracked);
  auto operation = asio::async_initiate<asio::deferred_t const, void(Outcome)>(
      [this, &job, tracked](auto handler) {
        asio::any_completion_handler<void(Outcome)> erased(std::move(handler));
        std::lock_guard const lock(mutex_);  // nothing is given to threads that have ended
        if (closed_) {
          Outcome ended = storage_failure(failure::unavailable, "the store is closed");
          return asio::post(tracked, asio::append(std::move(erased), std::move(ended)));
        }
        asio::post(readers_, [this, &job, tracked, erased = std::move(erased)]() mutable {
          auto outcome = read_now<Outcome>(job);
          asio::post(tracked, asio::append(std::move(erased), std::move(outcome)));
        });
      },
      asio::deferred);
  co_return co_await std::move(operation);
}

asio::awaitable<write_outcome> sqlite_storage::write(write_command command) {
  if (auto sick = ailment(); !sick.empty()) co_return storage_failure(failure::unavailable, std::move(sick));
  asio::any_io_executor const executor = co_await asio::this_coro::executor;
  auto const tracked = asio::prefer(executor, asio::execution::outstanding_work.tracked);
  auto operation = asio::async_initiate<asio::deferred_t const, void(write_outcome)>(
      [this, &command, tracked](auto handler) {
        queued_write job{std::move(command), tracked, std::move(handler)};
        if (!queue_.push(job))
          job.complete(storage_failure(failure::overloaded, "too many writes are queued"));
      },
      asio::deferred);
  co_return co_await std::move(operation);
}

void sqlite_storage::write_until_closed() {
  while (true) {
    auto batch = queue_.take_batch();
    if (batch.empty()) return;
    auto outcomes = commit(batch);
    auto outcome = outcomes.begin();
    for (auto& write : batch) write.complete(std::move(*outcome++));
  }
}

std::vector<write_outcome> sqlite_storage::commit(std::list<queued_write> const& batch) {
  std::vector<write_outcome> outcomes;
  outcomes.reserve(batch.size());
  if (auto const sick = ailment(); !sick.empty()) {  // since these were queued
    outcomes.assign(batch.size(), storage_failure(failure::unavailable, sick));
    return outcomes;
  }
  auto when = stage::before_commit;
  try {
    connection_->execute("BEGIN IMMEDIATE");
    for (auto const& write : batch) outcomes.push_back(writer_->write(write.command));
    writer_->forget_old_erasures();
    when = stage::commit;
    auto const begun = time_->now();
    connection_->execute("COMMIT");
    std::lock_guard const lock(mutex_);
    figures_.commit_nanoseconds += static_cast<std::uint64_t>((time_->now() - begun).count());
    figures_.revision = writer_->newest();
    figures_.batched_writes += batch.size();
    ++figures_.batches;
  } catch (sqlite_error const& e) {
    // Also those whose precondition was false: it may have been false only because of a write that is not
    // there now.
    outcomes.assign(batch.size(), fail(e, when));
    try {
      if (!connection_->in_autocommit()) connection_->execute("ROLLBACK");
    } catch (sqlite_error const& second) {
      fail(second, stage::before_commit);
    }
  }
  return outcomes;
}

storage_failure sqlite_storage::fail(sqlite_error const& e, stage when) {
  auto described = classify(e, when);
  if (is_lasting(e)) {
    std::lock_guard const lock(mutex_);
    if (ailment_.empty())
      ailment_ = described.text + "; nothing is written until the server is started again";
  }
  return described;
}

storage_figures sqlite_storage::figures() const {
  std::lock_guard const lock(mutex_);
  auto f = figures_;
  f.queued = queue_.size();
  return f;
}

std::string sqlite_storage::ailment() const {
  std::lock_guard const lock(mutex_);
  return ailment_;
}

}  // namespace

std::shared_ptr<storage> open_sqlite_storage(sqlite_options options, std::shared_ptr<time_source> time) try {
  return std::make_shared<sqlite_storage>(std::move(options), std::move(time));
} catch (sqlite_error const& e) {
  throw setup_error("database file cannot be used: " + std::string(e.what()));
}

}  // namespace chronicle::kv
