// Publish and subscribe: a bounded ring of the latest messages per topic, from which every subscriber reads
// at his own pace. Whoever falls behind the ring has to connect anew; nobody else waits for him.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "kv_server/doorbell.hpp"

namespace chronicle::kv {

struct topic_limits {
  std::size_t topics = 4096;
  std::size_t ring_messages = 256;
  std::size_t ring_bytes = 1024 * 1024;
};

struct topic_figures {
  std::size_t topics = 0;
  std::size_t subscribers = 0;
  std::uint64_t published = 0;
  std::uint64_t fell_behind = 0;
};

struct publish_receipt {
  std::string id;
  std::size_t subscribers = 0;
};

/// Safe to call from several threads.
class topic_hub {
 public:
  class subscription;

  /// What a subscriber has to send on next.
  struct news {
    std::string events;   ///< in the form of server-sent events; empty: nothing new
    bool lagged = false;  ///< messages were lost to him: end the subscription
  };

  /// `instance` distinguishes the ids of this hub from those of an earlier one.
  topic_hub(topic_limits limits, std::string instance) : limits_(limits), instance_(std::move(instance)) {}

  /// Nothing when there are too many topics.
  std::optional<publish_receipt> publish(std::string const& topic, std::string_view message);

  /// Listens from now on, or from after `last_event_id`. `bell` rings when there is news. Null when there are
  /// too many topics. The subscription must not outlive the hub.
  std::unique_ptr<subscription> subscribe(std::string const& topic,
                                          std::optional<std::string> const& last_event_id,
                                          std::shared_ptr<doorbell> bell);

  /// Everything new since the last time.
  news take_news(subscription& reader);

  topic_figures figures() const;

 private:
  struct message {
    std::uint64_t sequence = 0;
    std::string event;
  };
  struct topic {
    std::deque<message> ring;
    std::size_t ring_bytes = 0;
    std::uint64_t lost_through = 0;  ///< the last message that is not in the ring any more
    std::uint64_t used = 0;          ///< the sequence number at its last use
    std::list<subscription*> readers;
  };
  using topic_map = std::map<std::string, topic, std::less<>>;

  topic* find_or_add(std::string const& name);
  bool evict_one();
  std::string to_id(std::uint64_t sequence) const { return instance_ + '-' + std::to_string(sequence); }
  /// What `last_event_id` names; nothing when it is none of ours.
  std::optional<std::uint64_t> to_sequence(std::string_view last_event_id) const;

  topic_limits limits_;
  std::string instance_;
  mutable std::mutex mutex_;
  topic_map topics_;
  std::uint64_t sequence_ = 0;
  std::uint64_t evicted_through_ = 0;
  topic_figures figures_;
};

class topic_hub::subscription {
 public:
  ~subscription();
  subscription(subscription const&) = delete;
  subscription& operator=(subscription const&) = delete;

  /// Messages between the last event id and now are lost.
  bool has_gap() const noexcept { return gap_; }
  /// The id to resume from before anything was heard.
  std::string const& first_id() const noexcept { return first_id_; }

 private:
  friend class topic_hub;
  subscription(topic_hub& hub, topic& subject, std::shared_ptr<doorbell> bell)
      : hub_(hub), topic_(subject), bell_(std::move(bell)) {}

  topic_hub& hub_;
  topic& topic_;
  std::shared_ptr<doorbell> bell_;
  std::list<subscription*>::iterator at_;
  std::uint64_t seen_ = 0;
  std::string first_id_;
  bool gap_ = false;
};

/// One message as a server-sent event (WHATWG HTML, section 9.2).
std::string format_event(std::string_view id, std::string_view message);

}  // namespace chronicle::kv
