#include "linearizability/kv_client.hpp"

#include <charconv>
#include <string>

#include "backend/rest_dialect.hpp"
#include "base/waiting.hpp"

namespace chronicle::linearizability {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view name_space = "linear";

std::string key_name(std::size_t key) {
  return "key" + std::to_string(key);
}

// Long enough to travel in several pieces.
std::string text_of(std::uint32_t value) {
  return std::to_string(value) + std::string(200 + value % 7 * 100, '.');
}

template <class Number>
Number leading_number(std::string_view text) {
  Number n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

std::uint64_t revision_of(version const& v) {
  return leading_number<std::uint64_t>(v.token);
}

std::optional<std::uint64_t> tombstone_of(http_response const& response) {
  auto const field = find_header(response.headers, "X-KV-Tombstone");
  return field ? std::optional(leading_number<std::uint64_t>(*field)) : std::nullopt;
}

http_request to_request(std::size_t key, operation const& o, bool waits_for_change) {
  auto const name = key_name(key);
  auto const expected = o.expected ? std::optional(version(std::to_string(*o.expected))) : std::nullopt;
  auto const id = o.write_id == 0 ? std::string() : "id" + std::to_string(o.write_id);
  if (o.what == verb::put) return rest::ask_put(name_space, name, text_of(o.value), expected, id);
  if (o.what == verb::erase) {
    auto request = rest::ask_erase(name_space, name, *expected);
    if (!id.empty()) request.headers.emplace_back("Write-Id", id);
    return request;
  }
  auto request = rest::ask_value(name_space, name);
  if (expected) request.headers.emplace_back("If-None-Match", '"' + expected->token + '"');
  if (waits_for_change) request.headers.emplace_back("Prefer", "wait=1");
  return request;
}

void note_read(operation& o, http_outcome told) {
  auto const revision = tombstone_of(told.response);
  bool const unchanged = !told.ec && told.response.status == 304;
  auto const read = rest::read_value(std::move(told));
  o.came = unchanged || read ? outcome::seen : outcome::unknown;
  if (unchanged) {
    o.found = sighting::live(*o.expected, std::nullopt);
  } else if (read && *read) {
    auto const& found = **read;
    o.found = sighting::live(revision_of(found.ver), leading_number<std::uint32_t>(found.value));
  } else if (read) {
    o.found = revision ? sighting::tombstone(*revision) : sighting::nothing();
  }
}

void note_write(operation& o, http_outcome const& told) {
  auto const result = rest::read_write(told);
  if (auto const* const done = std::get_if<applied>(&result)) {
    o.came = outcome::applied;
    o.made = revision_of(done->ver);
  } else if (auto const* const no = std::get_if<conflict>(&result)) {
    o.came = outcome::refused;
    auto const revision = tombstone_of(told.response);
    if (no->current) {
      o.found =
          sighting::live(revision_of(no->current->ver), leading_number<std::uint32_t>(no->current->value));
    } else {
      o.found = revision ? sighting::tombstone(*revision) : sighting::nothing();
    }
  } else {
    o.came = std::holds_alternative<rejected>(result) ? outcome::none : outcome::unknown;
  }
}

}  // namespace

kv_client::kv_client(int number, std::uint64_t seed, std::shared_ptr<http_client> http,
                     std::shared_ptr<time_source> time, std::shared_ptr<recorder> record)
    : number_(number),
      draws_(seed, 100 + static_cast<std::uint64_t>(number)),
      http_(std::move(http)),
      time_(std::move(time)),
      record_(std::move(record)),
      revisions_(record_->keys()) {}

asio::awaitable<void> kv_client::work(std::shared_ptr<kv_client> self) {
  while (self->record_->take_turn()) {
    auto pause = sleep_until(*self->time_, self->time_->now() + self->draws_.between(0ms, 4ms));
    co_await std::move(pause);
    auto const [key, wanted] = self->choose();
    auto performing = self->perform(key, wanted);
    operation const told = co_await std::move(performing);
    self->learn(key, told);
  }
}

std::pair<std::size_t, operation> kv_client::choose() {
  if (last_write_ && draws_.happens(last_write_->is_settled ? 0.08 : 0.5))
    return {last_write_->key, last_write_->write};
  std::size_t const key = draws_.below(record_->keys());
  return {key, choose_new(key)};
}

operation kv_client::choose_new(std::size_t key) {
  operation o;
  o.client = number_;
  auto const known = revisions_[key];
  double const what = draws_.fraction();
  if (what < 0.4) {
    if (known && draws_.happens(0.3)) o.expected = known;
    return o;
  }
  if (draws_.happens(0.8)) o.write_id = record_->new_number();
  o.expected = known;
  o.what = known && what < 0.5 ? verb::erase : verb::put;
  if (o.what == verb::put) o.value = record_->new_number();
  return o;
}

asio::awaitable<operation> kv_client::perform(std::size_t key, operation o) {
  bool const waits = o.what == verb::read && o.expected && draws_.happens(0.5);
  auto const ticket = record_->call(key, o);
  auto sending = http_->send(to_request(key, o, waits));
  auto told = co_await std::move(sending);
  if (o.what == verb::read) {
    note_read(o, std::move(told));
  } else {
    note_write(o, told);
  }
  record_->done(ticket, o);
  co_return o;
}

void kv_client::learn(std::size_t key, operation const& o) {
  if (o.what != verb::read) {
    sent_write sent{key, o, o.came != outcome::unknown};
    sent.write.came = outcome::unknown;
    last_write_ = sent;
  }
  bool const lives = o.came == outcome::applied ? o.what == verb::put : o.found.what == sighting::kind::live;
  if (o.came == outcome::applied && lives) revisions_[key] = o.made;
  if (o.came == outcome::seen || o.came == outcome::refused || o.came == outcome::applied) {
    if (!lives) revisions_[key].reset();
    if (lives && o.came != outcome::applied) revisions_[key] = o.found.revision;
  }
}

}  // namespace chronicle::linearizability
