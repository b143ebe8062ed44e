#include "kv_server/memory_storage.hpp"

#include <deque>
#include <map>
#include <mutex>

#include "kv_server/age_clock.hpp"
#include "kv_server/key_lister.hpp"
#include "kv_server/write_rule.hpp"

namespace chronicle::kv {
namespace {

struct kept_version {
  std::uint64_t revision = 0;
  bool erased = false;
  std::string value;
  std::string digest;
  std::string write_id;
  write_stamp at;
};

/// The revisions of one key, oldest first.
struct line {
  std::uint64_t born = 0;
  std::deque<kept_version> versions;
};

/// An erasure to be forgotten in due time.
struct erasure {
  record_key key;
  wall_time_point at;
};

class memory_storage final : public storage {
 public:
  memory_storage(retention keep, std::shared_ptr<time_source> time)
      : keep_(keep), clock_(time, 0, age_clock::uptime(*time)) {}

  asio::awaitable<read_outcome> read(read_query query) override { co_return do_read(query); }
  asio::awaitable<write_outcome> write(write_command command) override {
    co_return do_write(std::move(command));
  }
  asio::awaitable<list_outcome> list(list_query query) override { co_return do_list(query); }
  asio::awaitable<versions_outcome> versions(versions_query query) override { co_return do_versions(query); }

  storage_figures figures() const override {
    std::lock_guard const lock(mutex_);
    storage_figures f;
    f.revision = newest_;
    f.batches = f.batched_writes = writes_;
    return f;
  }
  std::string ailment() const override { return {}; }
  void close() override {}

 private:
  read_outcome do_read(read_query const& query) const;
  write_outcome do_write(write_command command);
  list_outcome do_list(list_query const& query) const;
  versions_outcome do_versions(versions_query const& query) const;

  stored_version show(kept_version const& kept, bool with_value) const;
  void forget_old_erasures();

  mutable std::mutex mutex_;
  retention keep_;
  age_clock clock_;
  std::uint64_t newest_ = 0;
  std::uint64_t writes_ = 0;
  std::map<record_key, line> lines_;
  std::map<std::uint64_t, erasure> erasures_;  // by revision, so the oldest first; of those still kept
};

stored_version memory_storage::show(kept_version const& kept, bool with_value) const {
  stored_version v;
  v.revision = kept.revision;
  v.erased = kept.erased;
  if (with_value) v.value = kept.value;
  v.digest = kept.digest;
  v.write_id = kept.write_id;
  v.written = kept.at.calendar;
  v.age = clock_.age(kept.at);
  return v;
}

read_outcome memory_storage::do_read(read_query const& query) const {
  std::lock_guard const lock(mutex_);
  if (query.as_of && *query.as_of > newest_) return not_yet_written(newest_);
  auto const found = lines_.find(query.key);
  if (found == lines_.end()) return never_written{};
  auto const& [born, versions] = found->second;
  if (!query.as_of) return show(versions.back(), query.with_value);
  if (*query.as_of < born) return never_written{};
  for (auto it = versions.rbegin(); it != versions.rend(); ++it)
    if (it->revision <= *query.as_of) return show(*it, query.with_value);
  return compacted{};
}

write_outcome memory_storage::do_write(write_command command) {
  std::lock_guard const lock(mutex_);
  auto const found = lines_.find(command.key);
  std::optional<line_head> head;
  if (found != lines_.end()) {
    kept_version const& newest = found->second.versions.back();
    head = line_head{newest.revision, newest.erased, newest.digest, newest.write_id};
  }
  verdict const decision = judge(command, head);
  if (decision == verdict::replayed) return written(head->revision, true);
  if (decision == verdict::refuse) {
    if (!head) return mismatch();
    return mismatch(show(found->second.versions.back(), command.want_current));
  }
  ++writes_;
  kept_version made;
  made.revision = ++newest_;
  made.erased = !command.value.has_value();
  if (command.value) made.value = std::move(*command.value);
  made.digest = std::move(command.digest);
  made.write_id = std::move(command.write_id);
  made.at = clock_.stamp();
  if (made.erased) erasures_.emplace(made.revision, erasure{command.key, made.at.calendar});
  line& own = lines_[std::move(command.key)];
  if (own.born == 0) own.born = made.revision;
  own.versions.push_back(std::move(made));
  if (own.versions.size() > keep_.versions) {
    erasures_.erase(own.versions.front().revision);
    own.versions.pop_front();
  }
  forget_old_erasures();
  return written(newest_, false);
}

void memory_storage::forget_old_erasures() {
  auto const limit = clock_.calendar() - keep_.tombstones;
  for (auto old = erasures_.begin(); old != erasures_.end() && old->second.at < limit;) {
    if (auto const found = lines_.find(old->second.key); found != lines_.end()) {
      auto& versions = found->second.versions;
      while (!versions.empty() && versions.front().revision <= old->first) versions.pop_front();
      if (versions.empty()) lines_.erase(found);
    }
    old = erasures_.erase(old);
  }
}

list_outcome memory_storage::do_list(list_query const& query) const {
  std::lock_guard const lock(mutex_);
  if (query.as_of && *query.as_of > newest_) return not_yet_written(newest_);
  key_lister lister(query.limit, query.as_of.value_or(newest_));
  auto it = lines_.lower_bound(record_key(query.space, std::max(query.prefix, query.after)));
  for (; it != lines_.end() && it->first.space == query.space && it->first.name.starts_with(query.prefix);
       ++it) {
    if (it->first.name <= query.after) continue;
    auto const& [born, versions] = it->second;
    for (auto v = versions.rbegin(); v != versions.rend(); ++v)
      if (!lister.take({it->first.name, v->revision, v->erased, born})) return lister.finish();
  }
  return lister.finish();
}

versions_outcome memory_storage::do_versions(versions_query const& query) const {
  std::lock_guard const lock(mutex_);
  version_page page;
  auto const found = lines_.find(query.key);
  if (found == lines_.end()) return page;
  page.known = true;
  std::size_t bytes = 0;
  auto const& versions = found->second.versions;
  for (auto it = versions.rbegin(); it != versions.rend(); ++it) {
    if (query.before && it->revision >= *query.before) continue;
    bytes += it->value.size();
    bool const full = page.versions.size() == query.limit || bytes > query.max_bytes;
    if (full && !page.versions.empty()) {
      page.more = true;
      break;
    }
    page.versions.push_back(show(*it, true));
  }
  return page;
}

}  // namespace

std::shared_ptr<storage> make_memory_storage(retention keep, std::shared_ptr<time_source> time) {
  return std::make_shared<memory_storage>(keep, std::move(time));
}

}  // namespace chronicle::kv
