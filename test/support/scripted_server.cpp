#include "support/scripted_server.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <set>

#include "base/waiting.hpp"
#include "support/stream_io.hpp"
#include "transport/memory_stream.hpp"

namespace chronicle::test {

struct scripted_server::state {
  asio::any_io_executor executor;
  std::shared_ptr<time_source> time;
  std::unique_ptr<listener> accepting;
  std::deque<scripted_reply> script;
  std::function<scripted_reply(recorded_request const&)> otherwise;
  std::vector<recorded_request> requests;
  std::size_t accepted = 0;
  std::set<byte_stream*> open;

  scripted_reply next(recorded_request const& request, bool& unanswered) {
    if (!script.empty()) {
      auto reply = std::move(script.front());
      script.pop_front();
      return reply;
    }
    unanswered = !otherwise;
    return unanswered ? scripted_reply() : otherwise(request);
  }
};

namespace {

std::size_t content_length(std::string const& head) {
  auto const at = head.find("Content-Length: ");
  return at == head.npos ? 0 : std::stoul(head.substr(at + 16));
}

/// Takes a whole request off the front of `received`, reading more as needed. False when the client hangs up.
asio::awaitable<bool> take_request(byte_stream& stream, std::string& received, recorded_request& request) {
  while (true) {
    auto const head_end = received.find("\r\n\r\n");
    if (head_end != received.npos) {
      auto const size = content_length(received.substr(0, head_end + 2));
      if (received.size() >= head_end + 4 + size) {
        request.head = received.substr(0, head_end + 2);
        request.body = received.substr(head_end + 4, size);
        received.erase(0, head_end + 4 + size);
        co_return true;
      }
    }
    auto const got = co_await read(stream, 64 * 1024);
    if (got.ec) co_return false;
    received += got.bytes;
  }
}

/// Removes a stream from the set of open ones when its conversation is over.
template <class State>
class opened {
 public:
  opened(State& s, byte_stream* stream) : state_(s), stream_(stream) { state_.open.insert(stream_); }
  ~opened() { state_.open.erase(stream_); }
  opened(opened const&) = delete;
  opened& operator=(opened const&) = delete;

 private:
  State& state_;
  byte_stream* stream_;
};

template <class State>
asio::awaitable<void> serve(std::shared_ptr<State> self, std::unique_ptr<byte_stream> stream,
                            std::size_t number) {
  opened<State> const registered(*self, stream.get());
  std::string received;
  while (true) {
    recorded_request request;
    request.connection = number;
    bool const complete = co_await take_request(*stream, received, request);
    if (!complete) co_return;
    bool unanswered = false;
    auto const reply = self->next(request, unanswered);
    self->requests.push_back(std::move(request));
    if (unanswered) continue;
    if (reply.delay.count() > 0) co_await sleep_until(*self->time, self->time->now() + reply.delay);
    auto const written = co_await write(*stream, reply.bytes);
    if (written.ec) co_return;
    while (!reply.again.empty()) {
      co_await sleep_until(*self->time, self->time->now() + reply.every);
      auto const repeated = co_await write(*stream, reply.again);
      if (repeated.ec) co_return;
    }
    if (reply.then == scripted_reply::afterwards::reset) {
      if (auto* const memory = dynamic_cast<memory_stream*>(stream.get())) memory->reset();
    }
    if (reply.then != scripted_reply::afterwards::keep) co_return;
  }
}

template <class State>
asio::awaitable<void> accept_all(std::shared_ptr<State> self) {
  while (true) {
    auto stream = co_await self->accepting->accept(self->executor);
    if (!stream) co_return;
    asio::co_spawn(self->executor, serve(self, std::move(*stream), self->accepted++), asio::detached);
  }
}

}  // namespace

std::string http_answer(int status, std::string const& headers, std::string const& body) {
  return "HTTP/1.1 " + std::to_string(status) + " Whatever\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

scripted_server::scripted_server(std::unique_ptr<listener> accepting, asio::any_io_executor executor,
                                 std::shared_ptr<time_source> time)
    : state_(std::make_shared<state>()) {
  state_->executor = executor;
  state_->time = std::move(time);
  state_->accepting = std::move(accepting);
  asio::co_spawn(executor, accept_all(state_), asio::detached);
}

scripted_server::~scripted_server() {
  state_->accepting->close();
  close_connections();
}

scripted_server& scripted_server::reply(scripted_reply r) {
  state_->script.push_back(std::move(r));
  return *this;
}

void scripted_server::otherwise(std::function<scripted_reply(recorded_request const&)> answer) {
  state_->otherwise = std::move(answer);
}

std::vector<recorded_request> const& scripted_server::requests() const {
  return state_->requests;
}
std::size_t scripted_server::connections_accepted() const {
  return state_->accepted;
}
std::size_t scripted_server::connections_open() const {
  return state_->open.size();
}
endpoint scripted_server::local() const {
  return state_->accepting->local();
}

void scripted_server::close_connections() {
  auto const open = state_->open;
  for (auto* const stream : open) stream->close();
}

}  // namespace chronicle::test
