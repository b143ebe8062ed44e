#include "sim/network.hpp"

#include <utility>

#include "sim/variants.hpp"

namespace chronicle::sim {
namespace {

using namespace std::chrono_literals;

// A failure in the terms of each kind of request.
void fail(put_result& answer, errc why, bool not_applied) {
  if (not_applied)
    answer = rejected(make_error_code(why));
  else
    answer = indeterminate(make_error_code(why));
}
template <class T>
void fail(result<T>& answer, errc why, bool) {
  answer = make_error_code(why);
}

}  // namespace

/// Somebody waits for an answer. The waiting coroutine owns it, so that it ends with its server.
template <class T>
struct network::call {
  explicit call(asio::any_io_executor on) : executor(std::move(on)), done(executor) {}
  void ring(stage& on) {
    on.rouse(executor);
    done.notify_all();
  }
  asio::any_io_executor executor;
  event done;
  std::optional<T> answer;
};

/// What travels. All copies of a request share it.
template <class T>
struct network::request {
  std::shared_ptr<host> from;
  std::function<T()> carry_out;
  std::weak_ptr<call<T>> waiting;
  bool writes = false;
  bool refused = false;  // the storage said that it will not carry it out: then it must not, copies or not
};

milliseconds network::travel_time() {
  milliseconds const usual = draws_.between(1ms, 25ms);
  return on_.now() < slow_until_ ? usual * slow_factor_ : usual;
}

template <class T>
void network::send(std::shared_ptr<request<T>> sent) {
  auto const& sky = on_.sky;
  // All chances are drawn for every request, so that one fault does not shift the others.
  milliseconds const usual = travel_time();
  bool const lost = draws_.happens(0.01 * sky.of(fault::lost_request));
  bool const late = draws_.happens(0.005 * sky.of(fault::ghost));
  milliseconds const lateness = draws_.between(3s, 90s);
  bool const twice = draws_.happens(0.01 * sky.of(fault::duplicate));
  milliseconds const second = draws_.between(0ms, 10s);
  if (lost || on_.now() < sent->from->backend_cut_until) return;
  if (late) return on_.after(lateness, [this, sent] { arrive<T>(sent, false); });
  on_.after(usual, [this, sent] { arrive<T>(sent, true); });
  if (twice) on_.after(usual + second, [this, sent] { arrive<T>(sent, false); });
}

template <class T>
void network::arrive(std::shared_ptr<request<T>> const& sent, bool answers) {
  auto const& sky = on_.sky;
  bool const throttled = draws_.happens(0.005 * sky.of(fault::throttle));
  bool const fails_before = draws_.happens(0.01 * sky.of(fault::server_error));
  bool const fails_after = draws_.happens(0.01 * sky.of(fault::server_error));
  bool const sent_again = sent->writes && draws_.happens(0.02 * sky.of(fault::resend));
  bool const reply_lost = draws_.happens(0.01 * sky.of(fault::lost_reply));
  bool const down = on_.now() < outage_until_;
  if (sent->refused || (down && !outage_refuses_)) return;
  std::optional<T> answer;
  if (down || throttled) {
    sent->refused = true;
    fail(answer.emplace(T()), down ? errc::backend_unavailable : errc::throttled, true);
  } else if (fails_before) {
    fail(answer.emplace(T()), errc::backend_failure, false);
  } else {
    answer = sent->carry_out();
    if (sent_again) answer = sent->carry_out();
    if (fails_after) fail(*answer, errc::backend_failure, false);
  }
  if (answers && !reply_lost) reply<T>(*sent, std::move(*answer));
}

template <class T>
void network::reply(request<T> const& sent, T answer) {
  if (sent.waiting.expired()) return;
  on_.after(travel_time(),
            [this, from = sent.from, waiting = sent.waiting, answer = std::move(answer)]() mutable {
              auto const caller = waiting.lock();
              if (!caller || on_.now() < from->backend_cut_until) return;
              caller->answer = std::move(answer);
              caller->ring(on_);
            });
}

/// One server's way to the storage.
class network::link final : public backend {
 public:
  link(network& through, std::shared_ptr<host> from) : net_(through), from_(std::move(from)) {}

  asio::awaitable<result<std::optional<entry>>> get(std::string key) override {
    using answer = result<std::optional<entry>>;
    return exchange<answer>([&storage = net_.storage_, key = std::move(key)] { return storage.get(key); },
                            answer(asio::error::operation_aborted), false);
  }

  asio::awaitable<put_result> put_if(std::string key, shared_bytes value, std::optional<version> expected,
                                     std::string write_id) override {
    auto const write = std::make_shared<sent_write>();
    write->key = std::move(key);
    write->value = value.str();
    write->expected = std::move(expected);
    write->write_id = std::move(write_id);
    write->sender = from_->number;
    put_result lost = indeterminate(asio::error::operation_aborted);
    if (active_variant() == variant::v1) lost = rejected(make_error_code(errc::timeout));
    return exchange<put_result>([&storage = net_.storage_, write] { return storage.put(*write); },
                                std::move(lost), true);
  }

  asio::awaitable<put_result> erase_if(std::string, version) override {
    co_return put_result(rejected(make_error_code(errc::backend_failure)));
  }

  asio::awaitable<result<page<key_info>>> list(std::string, std::string, std::size_t) override {
    co_return page<key_info>();
  }

  asio::awaitable<result<page<entry>>> history(std::string key, std::string cursor,
                                               std::size_t limit) override {
    using answer = result<page<entry>>;
    return exchange<answer>(
        [&storage = net_.storage_, key, cursor, limit] { return storage.history(key, cursor, limit); },
        answer(asio::error::operation_aborted), false);
  }

  capabilities caps() const override { return net_.storage_.caps(); }

 private:
  template <class T>
  asio::awaitable<T> exchange(std::function<T()> carry_out, T given_up, bool writes) {
    co_await asio::this_coro::throw_if_cancelled(false);
    auto const executor = co_await asio::this_coro::executor;
    auto const mine = std::make_shared<call<T>>(executor);
    auto sent = std::make_shared<request<T>>();
    sent->from = from_;
    sent->carry_out = std::move(carry_out);
    sent->waiting = mine;
    sent->writes = writes;
    net_.send<T>(std::move(sent));
    while (!mine->answer) {
      auto waiting = mine->done.wait();
      bool const go_on = co_await std::move(waiting);
      if (!go_on && !mine->answer) co_return given_up;
    }
    co_return std::move(*mine->answer);
  }

  network& net_;
  std::shared_ptr<host> from_;
};

std::shared_ptr<backend> network::connect_backend(std::shared_ptr<host> from, asio::any_io_executor,
                                                  std::shared_ptr<time_source>) {
  return std::make_shared<link>(*this, std::move(from));
}

}  // namespace chronicle::sim
