#include "kv_server/topic_hub.hpp"

#include <algorithm>

#include "kv_server/target.hpp"

namespace chronicle::kv {

std::string format_event(std::string_view id, std::string_view message) {
  std::string event("id: ");
  event.append(id).append("\n");
  for (std::size_t begin = 0; begin <= message.size();) {
    auto const end = std::min(message.find('\n', begin), message.size());
    event.append("data: ").append(message.substr(begin, end - begin)).append("\n");
    begin = end + 1;
  }
  return event += '\n';
}

std::optional<publish_receipt> topic_hub::publish(std::string const& name, std::string_view text) {
  std::lock_guard const lock(mutex_);
  topic* const to = find_or_add(name);
  if (to == nullptr) return std::nullopt;
  publish_receipt receipt;
  receipt.id = to_id(++sequence_);
  receipt.subscribers = to->readers.size();
  to->used = sequence_;
  to->ring.push_back({sequence_, format_event(receipt.id, text)});
  to->ring_bytes += to->ring.back().event.size();
  while (to->ring.size() > limits_.ring_messages ||
         (to->ring_bytes > limits_.ring_bytes && to->ring.size() > 1)) {
    to->lost_through = to->ring.front().sequence;
    to->ring_bytes -= to->ring.front().event.size();
    to->ring.pop_front();
  }
  ++figures_.published;
  for (auto* const reader : to->readers) reader->bell_->ring();
  return receipt;
}

std::unique_ptr<topic_hub::subscription> topic_hub::subscribe(std::string const& name,
                                                              std::optional<std::string> const& last_event_id,
                                                              std::shared_ptr<doorbell> bell) {
  std::lock_guard const lock(mutex_);
  topic* const to = find_or_add(name);
  if (to == nullptr) return nullptr;
  std::unique_ptr<subscription> reader(new subscription(*this, *to, std::move(bell)));
  to->used = sequence_;
  reader->at_ = to->readers.insert(to->readers.end(), reader.get());
  reader->seen_ = sequence_;
  if (last_event_id) {
    auto const last = to_sequence(*last_event_id);
    reader->gap_ = !last || *last < to->lost_through;
    reader->seen_ = std::max(last.value_or(0), to->lost_through);
  }
  reader->first_id_ = to_id(reader->seen_);
  ++figures_.subscribers;
  return reader;
}

topic_hub::subscription::~subscription() {
  std::lock_guard const lock(hub_.mutex_);
  topic_.readers.erase(at_);
  --hub_.figures_.subscribers;
}

topic_hub::news topic_hub::take_news(subscription& reader) {
  std::lock_guard const lock(mutex_);
  news found;
  if (reader.seen_ < reader.topic_.lost_through) {
    found.lagged = true;
    ++figures_.fell_behind;
    return found;
  }
  auto const& ring = reader.topic_.ring;
  auto first = std::ranges::upper_bound(ring, reader.seen_, {}, &message::sequence);
  for (; first != ring.end(); ++first) found.events += first->event;
  if (!ring.empty()) reader.seen_ = std::max(reader.seen_, ring.back().sequence);
  return found;
}

topic_figures topic_hub::figures() const {
  std::lock_guard const lock(mutex_);
  auto f = figures_;
  f.topics = topics_.size();
  return f;
}

topic_hub::topic* topic_hub::find_or_add(std::string const& name) {
  if (auto const found = topics_.find(name); found != topics_.end()) return &found->second;
  if (topics_.size() >= limits_.topics && !evict_one()) return nullptr;
  topic& made = topics_[name];
  made.lost_through = evicted_through_;  // it may have been here before
  return &made;
}

bool topic_hub::evict_one() {
  auto oldest = topics_.end();
  for (auto it = topics_.begin(); it != topics_.end(); ++it)
    if (it->second.readers.empty() && (oldest == topics_.end() || it->second.used < oldest->second.used))
      oldest = it;
  if (oldest == topics_.end()) return false;
  topic const& gone = oldest->second;
  evicted_through_ =
      std::max({evicted_through_, gone.lost_through, gone.ring.empty() ? 0 : gone.ring.back().sequence});
  topics_.erase(oldest);
  return true;
}

std::optional<std::uint64_t> topic_hub::to_sequence(std::string_view last_event_id) const {
  if (!last_event_id.starts_with(instance_)) return std::nullopt;
  last_event_id.remove_prefix(instance_.size());
  if (!last_event_id.starts_with('-')) return std::nullopt;
  return parse_number(last_event_id.substr(1), 0, sequence_);
}

}  // namespace chronicle::kv
