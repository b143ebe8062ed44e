#include "backend/etcd_backend.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/this_coro.hpp>
#include <deque>

#include "backend/etcd_client.hpp"
#include "backend/etcd_dialect.hpp"
#include "backend/etcd_watch.hpp"
#include "base/waiting.hpp"
#include "transport/tcp.hpp"

namespace chronicle {
namespace {

using etcd::revision;

/// How long values are added to a page of history: it takes a request for each, and who asks for the page
/// gives it no more than an attempt's time (3 s, if not set otherwise).
constexpr milliseconds long_page{500};

std::size_t clamp(std::size_t limit) {
  return std::clamp<std::size_t>(limit, 1, 1000);
}

entry to_entry(etcd::stored what) {
  return entry(std::move(what.value), version(std::to_string(what.modified)));
}

/// What coroutines need after a suspension, when the backend itself may be gone.
struct etcd_parts {
  std::shared_ptr<etcd_client> client;
  std::shared_ptr<time_source> time;
  milliseconds patience{};  // with a stream that has more to say
};

/// Collects one page of a key's history, newest first. Within one life of the key each value is found from
/// the one before by asking for the revision before that. From the first value of a life nothing leads to the
/// life before: then the events of the key are watched from as far back as etcd has them.
class historian {
 public:
  historian(etcd_parts parts, std::string key, revision before, std::size_t limit)
      : parts_(std::move(parts)), key_(std::move(key)), before_(before), limit_(limit) {}

  asio::awaitable<result<page<entry>>> collect() {
    cancellation_ = co_await asio::this_coro::cancellation_state;
    auto const enough = parts_.time->now() + long_page;
    while (!over_ && !is_full()) {
      if (!found_.empty() && parts_.time->now() >= enough) break;
      if (is_cancelled(cancellation_)) co_return error_code(asio::error::operation_aborted);
      auto const ec = co_await step_back();
      if (ec) co_return ec;
    }
    bool const more = is_full() || !over_;
    auto const next = more ? std::to_string(before_) : std::string();
    co_return page<entry>(std::move(found_), next);
  }

 private:
  bool is_full() const { return found_.size() >= limit_; }

  asio::awaitable<error_code> step_back() {
    auto asking = parts_.client->send(etcd::ask_value(key_, std::max<revision>(before_ - 1, 0)));
    auto const outcome = co_await std::move(asking);
    over_ = etcd::says_compacted(outcome);
    if (over_) co_return error_code();
    auto value = etcd::read_value(outcome, key_);
    if (!value) co_return value.error();
    if (*value) {
      take(std::move(**value));
      over_ = before_ == 1;
      co_return error_code();
    }
    over_ = true;
    if (before_ == 0 || is_cancelled(cancellation_)) co_return error_code();
    auto looking = look_at_earlier_lives();
    auto const ec = co_await std::move(looking);
    co_return ec;
  }

  void take(etcd::stored value) {
    before_ = value.modified;
    found_.push_back(to_entry(std::move(value)));
  }

  /// Fills the page with the last values before `before_`.
  asio::awaitable<error_code> look_at_earlier_lives() {
    revision from = 1;
    while (from > 0) {
      if (is_cancelled(cancellation_)) co_return error_code(asio::error::operation_aborted);
      auto watching = watch_from(from);
      auto const compacted = co_await std::move(watching);
      if (!compacted) co_return compacted.error();
      from = *compacted;
    }
    for (; !last_.empty(); last_.pop_back()) take(std::move(last_.back()));
    co_return error_code();
  }

  /// Watches until `before_` is reached, which is the revision of a value and so will come. 0 then, or where
  /// to begin instead because what was earlier has been compacted.
  asio::awaitable<result<revision>> watch_from(revision from) {
    auto opening = parts_.client->open_watch(etcd::ask_watch_key(key_, from));
    auto const opened = co_await std::move(opening);
    if (opened.ec) co_return opened.ec;
    if (opened.response.status != 200) co_return etcd::describe(opened.response);
    etcd::watch_parser parser;
    while (true) {
      if (is_cancelled(cancellation_)) co_return error_code(asio::error::operation_aborted);
      auto reading = opened.stream->read_some(parts_.time->now() + parts_.patience);
      auto const bytes = co_await std::move(reading);
      if (!bytes) co_return bytes.error();
      if (bytes->empty()) co_return error_code(asio::error::eof);
      std::vector<etcd::watch_message> messages;
      if (auto const ec = parser.feed(*bytes, messages)) co_return ec;
      for (auto& message : messages) {
        if (message.compacted >= before_) co_return revision(0);  // all that was earlier
        if (message.compacted > from) co_return message.compacted;
        if (message.ended) co_return message.ended;
        for (auto& event : message.events)
          if (!keep(std::move(event))) co_return revision(0);
      }
    }
  }

  /// False for what is not earlier than `before_`.
  bool keep(etcd::watch_event event) {
    if (event.what.modified >= before_) return false;
    if (!event.erased) last_.push_back(std::move(event.what));
    if (last_.size() > limit_ - found_.size()) last_.pop_front();
    return true;
  }

  etcd_parts parts_;
  std::string key_;
  revision before_;  // older values are wanted; 0: any
  std::size_t limit_;
  std::vector<entry> found_;
  std::deque<etcd::stored> last_;  // of earlier lives, oldest first
  asio::cancellation_state cancellation_;
  bool over_ = false;
};

class etcd_backend final : public backend {
 public:
  etcd_backend(etcd_parts parts, etcd_options const& options)
      : parts_(std::move(parts)), keys_(options.name_space + "/kv/"), max_value_(options.max_value_bytes) {}

  // After a suspension nothing of `this` is touched: the backend may have been destroyed meanwhile.

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    if (auto const ec = check_key(key)) co_return ec;
    key = keys_ + key;
    auto asking = parts_.client->send(etcd::ask_value(key));
    auto const outcome = co_await std::move(asking);
    auto value = etcd::read_value(outcome, key);
    if (!value) co_return value.error();
    if (!*value) co_return std::optional<entry>();
    co_return std::optional<entry>(to_entry(std::move(**value)));
  }

  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string) override {
    if (auto const ec = check_key(key)) co_return put_result(rejected(ec));
    if (value.size() > max_value_) co_return put_result(rejected(make_error_code(errc::value_too_large)));
    key = keys_ + key;
    auto sending = parts_.client->send(etcd::ask_put_if(key, value, expected));
    auto const outcome = co_await std::move(sending);
    co_return etcd::read_write(outcome, key);
  }

  asio::awaitable<put_result> erase_if(std::string key, version expected) override {
    if (auto const ec = check_key(key)) co_return put_result(rejected(ec));
    key = keys_ + key;
    auto sending = parts_.client->send(etcd::ask_erase_if(key, expected));
    auto const outcome = co_await std::move(sending);
    co_return etcd::read_write(outcome, key);
  }

  asio::awaitable<result<page<key_info>>> list(std::string prefix, std::string cursor,
                                               std::size_t limit) override {
    auto const client = parts_.client;
    auto const keys = keys_;
    // A cursor names the snapshot and the last key of the page before: `<revision>:<key>`.
    auto const colon = cursor.find(':');
    auto const from = colon == cursor.npos ? std::string() : keys + cursor.substr(colon + 1) + '\0';
    auto at = etcd::parse_revision(cursor.substr(0, std::min(colon, cursor.size())));
    prefix = keys + prefix;
    auto asking = client->send(etcd::ask_keys(prefix, from, at, clamp(limit)));
    auto outcome = co_await std::move(asking);
    auto const cancellation = co_await asio::this_coro::cancellation_state;
    bool const snapshot_gone = etcd::says_compacted(outcome) && !is_cancelled(cancellation);
    if (snapshot_gone) {  // go on with the present
      at = 0;
      auto again = client->send(etcd::ask_keys(prefix, from, at, clamp(limit)));
      outcome = co_await std::move(again);
    }
    co_return read_keys(outcome, keys, at);
  }

  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                               std::size_t limit) override {
    if (auto const ec = check_key(key)) co_return ec;
    historian at_work(parts_, keys_ + key, etcd::parse_revision(cursor), clamp(limit));
    auto collecting = at_work.collect();
    auto found = co_await std::move(collecting);
    co_return found;
  }

  capabilities caps() const override {
    capabilities c;
    c.history = true;
    c.conflict_returns_current = true;
    c.max_value = max_value_;
    return c;
  }

 private:
  static result<page<key_info>> read_keys(http_outcome const& outcome, std::string const& keys, revision at) {
    auto range = etcd::read_range(outcome);
    if (!range) return range.error();
    page<key_info> out;
    for (auto& item : range->items) {
      if (!item.key.starts_with(keys)) return make_error_code(errc::protocol_error);
      out.items.emplace_back(item.key.substr(keys.size()), version(std::to_string(item.modified)));
    }
    auto const snapshot = at > 0 ? at : range->at;
    if (range->more && !out.items.empty()) out.next = std::to_string(snapshot) + ":" + out.items.back().key;
    return out;
  }

  etcd_parts parts_;
  std::string keys_;  // what all keys begin with
  std::size_t max_value_;
};

}  // namespace

std::shared_ptr<backend> make_etcd_backend_over(std::shared_ptr<connector> below,
                                                asio::any_io_executor executor, etcd_options const& options,
                                                std::shared_ptr<time_source> time) {
  etcd_parts parts;
  parts.client = std::make_shared<etcd_client>(std::move(executor), options, time, std::move(below));
  parts.time = std::move(time);
  parts.patience = options.request_timeout;
  return std::make_shared<etcd_backend>(std::move(parts), options);
}

std::shared_ptr<backend> make_etcd_backend(asio::any_io_executor executor, etcd_options const& options,
                                           std::shared_ptr<time_source> time) {
  if (!time) time = make_real_time_source();
  return make_etcd_backend_over(make_tcp_connector(), std::move(executor), options, std::move(time));
}

}  // namespace chronicle
