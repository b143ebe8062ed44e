#include "transport/memory_stream.hpp"

#include <algorithm>
#include <boost/asio/append.hpp>
#include <boost/asio/associator.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cstring>
#include <deque>
#include <optional>
#include <string>

namespace chronicle {
namespace {

/// Tries again when woken; woken in vain means cancelled.
template <class Attempt>
struct waiting_operation {
  Attempt attempt;
  byte_stream::io_handler handler;

  void operator()(error_code) {
    auto const outcome = attempt();
    auto const [ec, n] =
        outcome.value_or(std::pair(error_code(asio::error::operation_aborted), std::size_t{0}));
    std::move(handler)(ec, n);
  }
};

}  // namespace
}  // namespace chronicle

/// A waiting operation has the executor, the allocator and the cancellation slot of its handler.
template <template <class, class> class Associator, class Attempt, class Default>
struct boost::asio::associator<Associator, chronicle::waiting_operation<Attempt>, Default>
    : Associator<chronicle::byte_stream::io_handler, Default> {
  static auto get(chronicle::waiting_operation<Attempt> const& operation,
                  Default const& fallback = Default()) noexcept {
    return Associator<chronicle::byte_stream::io_handler, Default>::get(operation.handler, fallback);
  }
};

namespace chronicle {
namespace {

using io_outcome = std::optional<std::pair<error_code, std::size_t>>;

/// One direction. Whoever has to wait does so on a timer that never expires: the context stores the handler,
/// destroys it on its way out, and honours its cancellation slot.
class pipe : public std::enable_shared_from_this<pipe> {
 public:
  pipe(asio::any_io_executor reader, asio::any_io_executor writer, std::size_t capacity,
       std::shared_ptr<time_source> time, std::shared_ptr<wire> how)
      : readable_(std::move(reader), asio::steady_timer::time_point::max()),
        writable_(std::move(writer), asio::steady_timer::time_point::max()),
        capacity_(std::max<std::size_t>(capacity, 1)),
        time_(std::move(time)),
        wire_(std::move(how)) {}

  asio::steady_timer& readable() noexcept { return readable_; }
  asio::steady_timer& writable() noexcept { return writable_; }

  io_outcome try_read(asio::mutable_buffer into);
  io_outcome try_write(byte_stream::const_buffers const& from);

  void end() noexcept {
    ended_ = true;
    writable_.cancel();
    announce_end();
  }
  void abandon() noexcept {
    abandoned_ = true;
    arrived_.clear();
    readable_.cancel();
    writable_.cancel();
  }
  void break_off() noexcept {
    broken_ = true;
    readable_.cancel();
    writable_.cancel();
  }

  bool quiet() const noexcept { return !broken_ && !abandoned_ && !end_arrived_ && arrived_.empty(); }
  /// Set when a write found the reader gone, or the wire cut the connection: the other direction breaks with
  /// this one.
  void breaks_with(std::weak_ptr<pipe> other) { other_ = std::move(other); }

 private:
  struct piece {
    std::string bytes;
    bool cut;
  };

  void send(std::string_view bytes);
  void arrive_later(boot_clock::duration delay);
  void arrive();
  void announce_end() noexcept {
    if (!ended_ || !under_way_.empty()) return;
    end_arrived_ = true;
    readable_.cancel();
  }
  void break_both() noexcept {
    break_off();
    if (auto const other = other_.lock()) other->break_off();
  }

  asio::steady_timer readable_;
  asio::steady_timer writable_;
  std::size_t capacity_;
  std::shared_ptr<time_source> time_;
  std::shared_ptr<wire> wire_;
  std::weak_ptr<pipe> other_;
  std::deque<piece> under_way_;
  std::deque<std::string> arrived_;
  std::size_t front_read_ = 0;  // bytes of arrived_.front() already read
  std::size_t held_ = 0;        // bytes under way or arrived and not read
  time_point last_arrival_{};
  bool ended_ = false;
  bool end_arrived_ = false;
  bool abandoned_ = false;
  bool broken_ = false;
};

io_outcome pipe::try_read(asio::mutable_buffer into) {
  if (abandoned_) return io_outcome({asio::error::operation_aborted, 0});
  if (into.size() == 0) return io_outcome({error_code{}, 0});
  if (arrived_.empty()) {
    if (broken_) return io_outcome({asio::error::connection_reset, 0});
    return end_arrived_ ? io_outcome({asio::error::eof, 0}) : io_outcome{};
  }
  auto const n = std::min(into.size(), arrived_.front().size() - front_read_);
  std::memcpy(into.data(), arrived_.front().data() + front_read_, n);
  front_read_ += n;
  held_ -= n;
  if (front_read_ == arrived_.front().size()) {
    arrived_.pop_front();
    front_read_ = 0;
  }
  writable_.cancel();
  return io_outcome({error_code{}, n});
}

io_outcome pipe::try_write(byte_stream::const_buffers const& from) {
  if (ended_) return io_outcome({asio::error::operation_aborted, 0});
  auto const size = asio::buffer_size(from);
  if (size == 0) return io_outcome({error_code{}, 0});
  if (broken_) return io_outcome({asio::error::connection_reset, 0});
  if (abandoned_) {
    break_both();
    return io_outcome({error_code{}, std::min(size, capacity_)});
  }
  if (held_ >= capacity_) return {};
  std::string bytes(std::min(size, capacity_ - held_), '\0');
  asio::buffer_copy(asio::buffer(bytes), from);
  send(bytes);
  return io_outcome({error_code{}, bytes.size()});
}

void pipe::send(std::string_view bytes) {
  held_ += bytes.size();
  while (!bytes.empty()) {
    wire::fate fate{bytes.size(), {}, false};
    if (wire_) fate = wire_->carry(bytes);
    auto const taken = std::clamp<std::size_t>(fate.taken, fate.cut ? 0 : 1, bytes.size());
    under_way_.push_back({std::string(bytes.substr(0, taken)), fate.cut});
    bytes.remove_prefix(taken);
    if (time_ && (fate.delay.count() > 0 || under_way_.size() > 1)) {
      arrive_later(fate.delay);
    } else {
      arrive();
    }
    if (fate.cut) return;
  }
}

void pipe::arrive_later(boot_clock::duration delay) {
  auto const now = time_->now();
  auto const arrival = delay < time_point::max() - now ? now + delay : time_point::max();
  last_arrival_ = std::max(last_arrival_, arrival);
  time_->wait_until(last_arrival_, readable_.get_executor(), [weak = weak_from_this()](error_code) {
    if (auto const self = weak.lock()) self->arrive();
  });
}

void pipe::arrive() {
  auto [bytes, cut] = std::move(under_way_.front());
  under_way_.pop_front();
  if (!abandoned_ && !bytes.empty()) arrived_.push_back(std::move(bytes));
  if (abandoned_ || cut) break_both();
  readable_.cancel();
  announce_end();
}

template <class Attempt>
void perform(asio::steady_timer& wakeup, Attempt attempt, byte_stream::io_handler handler) {
  if (auto const outcome = attempt()) {
    asio::post(wakeup.get_executor(), asio::append(std::move(handler), outcome->first, outcome->second));
  } else {
    wakeup.async_wait(waiting_operation<Attempt>{std::move(attempt), std::move(handler)});
  }
}

class stream_end final : public memory_stream {
 public:
  stream_end(asio::any_io_executor executor, std::shared_ptr<pipe> in, std::shared_ptr<pipe> out)
      : executor_(std::move(executor)), in_(std::move(in)), out_(std::move(out)) {}
  ~stream_end() override { stream_end::close(); }

  asio::any_io_executor get_executor() const override { return executor_; }

  void read_some(asio::mutable_buffer into, io_handler handler) override {
    perform(
        in_->readable(), [in = in_, into] { return in->try_read(into); }, std::move(handler));
  }
  void write_some(const_buffers from, io_handler handler) override {
    perform(
        out_->writable(), [out = out_, from] { return out->try_write(from); }, std::move(handler));
  }
  asio::awaitable<error_code> shutdown() override {
    out_->end();
    co_return error_code{};
  }
  void close() noexcept override {
    out_->end();
    in_->abandon();
  }
  void reset() noexcept override {
    in_->break_off();
    out_->break_off();
  }
  bool is_quiet() override { return in_->quiet(); }

 private:
  asio::any_io_executor executor_;
  std::shared_ptr<pipe> in_;
  std::shared_ptr<pipe> out_;
};

}  // namespace

std::pair<std::unique_ptr<memory_stream>, std::unique_ptr<memory_stream>> make_memory_streams(
    asio::any_io_executor client, asio::any_io_executor server, memory_link link) {
  auto up = std::make_shared<pipe>(server, client, link.capacity, link.time, std::move(link.to_server));
  auto down =
      std::make_shared<pipe>(client, server, link.capacity, std::move(link.time), std::move(link.to_client));
  up->breaks_with(down);
  down->breaks_with(up);
  return {std::make_unique<stream_end>(std::move(client), down, up),
          std::make_unique<stream_end>(std::move(server), up, down)};
}

}  // namespace chronicle
