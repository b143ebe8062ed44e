#include "bus_cases.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/detached.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

namespace chronicle::conformance {
namespace {

using namespace std::chrono_literals;
using texts = std::vector<std::string>;

/// Listens until destroyed, and remembers what it heard.
class ear {
 public:
  ear(bus_world& w, std::string topic) : world_(w) {
    asio::co_spawn(w.events().executor(), w.bus().listen(std::move(topic), listener_),
                   asio::bind_cancellation_slot(cancel_.slot(), [this](std::exception_ptr thrown) {
                     BOOST_TEST(!thrown);
                     ended_ = true;
                   }));
    w.events().run_until([this] { return subscribed() > 0; });
  }
  ~ear() { stop(); }
  ear(ear const&) = delete;
  ear& operator=(ear const&) = delete;

  void stop() {
    if (ended_) return;
    cancel_.emit(asio::cancellation_type::terminal);
    world_.events().run_until([this] { return ended_; });
  }
  texts const& heard() const { return listener_->heard; }
  int subscribed() const { return listener_->subscribed; }
  int interrupted() const { return listener_->interrupted; }
  void answer_with(std::function<void(std::string const&)> f) { listener_->answer = std::move(f); }

 private:
  struct notebook final : bus_listener {
    void on_message(std::string payload) override {
      heard.push_back(payload);
      if (answer) answer(payload);
    }
    void on_subscribed() override { ++subscribed; }
    void on_interrupted(error_code) override { ++interrupted; }

    texts heard;
    int subscribed = 0;
    int interrupted = 0;
    std::function<void(std::string const&)> answer;
  };

  bus_world& world_;
  std::shared_ptr<notebook> listener_ = std::make_shared<notebook>();
  asio::cancellation_signal cancel_;
  bool ended_ = false;
};

void publish(bus_world& w, std::string topic, std::string payload) {
  auto const ec = w.events().run(w.bus().publish(std::move(topic), std::move(payload)));
  BOOST_TEST(!ec, ec.message());
}

/// The publisher's own connections may have been broken too.
void publish_in_the_end(bus_world& w, std::string const& topic, std::string const& payload) {
  for (int attempt = 0; attempt < 10; ++attempt) {
    auto const ec = w.events().run(w.bus().publish(topic, payload));
    if (!ec) return;
  }
  BOOST_ERROR("the bus does not take messages any more");
}

void a_message_arrives_as_it_was(bus_world& w) {
  texts const payloads = {"x",          "{\"nonce\": \"1\", \"key\": \"s/\xc3\xa4\"}",
                          "two\nlines", "\n",
                          "\n\nend\n",  " data: x",
                          ": comment",  "id: 7\n\nevent: y",
                          "a\tb\"\\",   std::string(60'000, 'x')};
  ear listening(w, "servers/a");
  for (auto const& payload : payloads) publish(w, "servers/a", payload);
  w.events().run_until([&] { return listening.heard().size() >= payloads.size(); });
  BOOST_TEST((listening.heard() == payloads));
  BOOST_TEST(listening.interrupted() == 0);
}

void nobody_listens(bus_world& w) {
  publish(w, "servers/a", "unheard");
  ear late(w, "servers/a");
  publish(w, "servers/a", "heard");
  w.events().run_until([&] { return !late.heard().empty(); });
  BOOST_TEST(late.heard() == texts{"heard"});
}

void everybody_on_the_topic_hears_it_and_nobody_else(bus_world& w) {
  ear first(w, "servers/a"), second(w, "servers/a"), other(w, "servers/b"), prefix(w, "servers"),
      longer(w, "servers/a/");
  for (int i = 0; i < 20; ++i) publish(w, "servers/a", std::to_string(i));
  publish(w, "servers/b", "b");
  w.events().run_until(
      [&] { return first.heard().size() >= 20 && second.heard().size() >= 20 && !other.heard().empty(); });
  w.events().run_for(20ms);
  BOOST_TEST(first.heard().size() == 20u);
  BOOST_TEST(first.heard().front() == "0");
  BOOST_TEST(first.heard().back() == "19");
  BOOST_TEST((first.heard() == second.heard()));
  BOOST_TEST(other.heard() == texts{"b"});
  BOOST_TEST(prefix.heard().empty());
  BOOST_TEST(longer.heard().empty());
}

void who_stopped_listening_hears_nothing(bus_world& w) {
  ear stays(w, "servers/a");
  ear goes(w, "servers/a");
  goes.stop();
  publish(w, "servers/a", "x");
  w.events().run_until([&] { return !stays.heard().empty(); });
  w.events().run_for(20ms);
  BOOST_TEST(goes.heard().empty());
}

void strange_topics_stay_apart(bus_world& w) {
  texts const topics = {"/",       "a/b", "a%2Fb", "..", ".",  "%",        "?",
                        "a?b=c#d", "#",   " ",     "+",  "\n", "\xc3\xa4", std::string(512, 't')};
  std::vector<std::unique_ptr<ear>> ears;
  for (auto const& topic : topics) ears.push_back(std::make_unique<ear>(w, topic));
  for (auto const& topic : topics) publish(w, topic, "to " + topic);
  for (std::size_t i = 0; i < topics.size(); ++i) {
    w.events().run_until([&] { return !ears[i]->heard().empty(); });
    BOOST_TEST((ears[i]->heard() == texts{"to " + topics[i]}), topics[i]);
  }
}

void bad_topics_are_refused(bus_world& w) {
  for (auto const& topic :
       {std::string(), std::string(513, 't'), std::string("a\0b", 3), std::string("\xff")}) {
    auto const ec = w.events().run(w.bus().publish(topic, "x"));
    BOOST_TEST(ec == make_error_code(errc::invalid_key));
  }
}

/// The owner of a lease answers from within `on_message`.
void a_question_is_answered(bus_world& w) {
  ear contender(w, "servers/a"), owner(w, "servers/b");
  owner.answer_with([&](std::string const& question) {
    asio::co_spawn(w.events().executor(), w.bus().publish("servers/a", "answer to " + question),
                   asio::detached);
  });
  publish(w, "servers/b", "are you there?");
  w.events().run_until([&] { return !contender.heard().empty(); });
  BOOST_TEST(contender.heard() == texts{"answer to are you there?"});
}

void an_interruption_heals_by_itself(bus_world& w) {
  ear listening(w, "servers/a");
  publish(w, "servers/a", "before");
  w.events().run_until([&] { return listening.heard().size() == 1; });
  for (int i = 1; i <= 3; ++i) {
    if (!w.interrupt()) return;
    w.events().run_until([&] { return listening.interrupted() == i; });
    publish_in_the_end(w, "servers/a", "meanwhile " + std::to_string(i));
    w.events().run_until([&] { return listening.subscribed() == i + 1; });
    publish(w, "servers/a", "after " + std::to_string(i));
    w.events().run_until([&] { return listening.heard().back() == "after " + std::to_string(i); });
  }
  BOOST_TEST((listening.heard() ==
              texts{"before", "meanwhile 1", "after 1", "meanwhile 2", "after 2", "meanwhile 3", "after 3"}));
}

void interrupted_before_the_first_message(bus_world& w) {
  ear listening(w, "servers/a");
  if (!w.interrupt()) return;
  w.events().run_until([&] { return listening.interrupted() == 1; });
  publish_in_the_end(w, "servers/a", "meanwhile");
  w.events().run_until([&] { return !listening.heard().empty(); });
  BOOST_TEST((listening.heard() == texts{"meanwhile"}));
}

void a_quiet_hour(bus_world& w) {
  if (!w.events().is_virtual()) return;
  ear listening(w, "servers/a");
  w.events().run_for(1h);
  BOOST_TEST(listening.interrupted() == 0);
  publish(w, "servers/a", "still here");
  w.events().run_until([&] { return !listening.heard().empty(); });
}

}  // namespace

std::ostream& operator<<(std::ostream& out, bus_case const& c) {
  return out << c.name;
}

std::vector<bus_case> const& bus_cases() {
  static std::vector<bus_case> const cases = {
      {"a message arrives as it was", a_message_arrives_as_it_was},
      {"nobody listens", nobody_listens},
      {"everybody on the topic hears it and nobody else", everybody_on_the_topic_hears_it_and_nobody_else},
      {"who stopped listening hears nothing", who_stopped_listening_hears_nothing},
      {"strange topics stay apart", strange_topics_stay_apart},
      {"bad topics are refused", bad_topics_are_refused},
      {"a question is answered", a_question_is_answered},
      {"an interruption heals by itself", an_interruption_heals_by_itself},
      {"interrupted before the first message", interrupted_before_the_first_message},
      {"a quiet hour", a_quiet_hour},
  };
  return cases;
}

}  // namespace chronicle::conformance
