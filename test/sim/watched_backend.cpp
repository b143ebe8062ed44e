#include "sim/watched_backend.hpp"

#include "sim/variants.hpp"

namespace chronicle::sim {
namespace {

using namespace std::chrono_literals;

/// Counts the writes of one session that are under way (S10).
class busy {
 public:
  busy(stage& on, int& count, std::string const& session) : count_(count) {
    on.demand(++count_ == 1, "S10", "two writes of session " + session.substr(0, 8) + " in flight");
  }
  busy(busy const&) = delete;
  busy& operator=(busy const&) = delete;
  ~busy() { --count_; }

 private:
  int& count_;
};

}  // namespace

void watched_backend::note_open(milliseconds how_long) {
  opened_at_ = on_.now();
  open_until_ = on_.now() + how_long - how_long / 90;  // on clocks that may run fast
  last_while_open_.reset();
}

// S16: only the critical lane sends while the circuit is open, and no more than one request a second.
void watched_backend::note_request(std::string const& key) {
  ++requests_[key];
  time_point const now = on_.now();
  on_.log.remark(now, "    s" + std::to_string(from_->number) + " asks for " + key);
  if (now <= opened_at_ || now >= open_until_) return;
  on_.demand(!last_while_open_ || now - *last_while_open_ >= 985ms, "S16",
             "server " + std::to_string(from_->number) +
                 " sends more than one request a second while its circuit is open");
  last_while_open_ = now;
}

asio::awaitable<put_result> watched_backend::put_if(std::string key, shared_bytes value,
                                                    std::optional<version> expected, std::string write_id) {
  auto const write = std::make_shared<sent_write>();
  write->key = key;
  write->value = value.str();
  write->expected = expected;
  write->write_id = write_id;
  write->sender = from_->number;
  std::string const session = write_id.substr(0, write_id.find(':'));
  note_request(key);
  storage_.note_sent(*write);
  if (from_->ambush) on_.after(draws_.between(0ms, 60ms), std::exchange(from_->ambush, {}));
  busy const one(on_, in_flight_[session], session);
  auto putting = inner().put_if(std::move(key), std::move(value), std::move(expected), std::move(write_id));
  put_result answer = co_await std::move(putting);
  if (std::holds_alternative<rejected>(answer)) storage_.note_refused(*write);
  bool const verdict = std::holds_alternative<conflict>(answer) && active_variant() == variant::v3;
  if (verdict) answer = rejected(make_error_code(errc::lease_held));
  co_return answer;
}

asio::awaitable<put_result> watched_backend::erase_if(std::string key, version expected) {
  on_.breaks("S2", key + ": erased");
  return forwarding_backend::erase_if(std::move(key), std::move(expected));
}

}  // namespace chronicle::sim
