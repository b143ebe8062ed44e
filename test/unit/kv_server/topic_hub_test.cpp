// Messages in order, resumed, bounded.
#include "kv_server/topic_hub.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/test/unit_test.hpp>

#include "chronicle/virtual_time.hpp"

namespace chronicle::kv::test {
namespace {

struct hub_fixture {
  asio::io_context context;
  std::shared_ptr<virtual_time> time = std::make_shared<virtual_time>();
  topic_hub hub{make_limits(), "run1"};

  static topic_limits make_limits() {
    topic_limits limits;
    limits.topics = 3;
    limits.ring_messages = 4;
    limits.ring_bytes = 200;
    return limits;
  }

  std::unique_ptr<topic_hub::subscription> subscribe(std::string const& topic,
                                                     std::optional<std::string> last = {}) {
    return hub.subscribe(topic, last, std::make_shared<doorbell>(context.get_executor(), time));
  }
  std::string id_of(std::optional<publish_receipt> const& receipt) { return receipt.value().id; }
};

}  // namespace

BOOST_FIXTURE_TEST_SUITE(topic_hubs, hub_fixture)

BOOST_AUTO_TEST_CASE(events_follow_the_standard) {
  BOOST_TEST(format_event("run1-1", "hello") == "id: run1-1\ndata: hello\n\n");
  BOOST_TEST(format_event("run1-1", "two\nlines\n") == "id: run1-1\ndata: two\ndata: lines\ndata: \n\n");
}

BOOST_AUTO_TEST_CASE(subscribers_hear_what_comes_after_them) {
  BOOST_TEST(hub.publish("t", "before").value().subscribers == 0u);
  auto const a = subscribe("t");
  auto const b = subscribe("t");
  auto const other = subscribe("u");
  BOOST_TEST(hub.publish("t", "one").value().subscribers == 2u);
  hub.publish("t", "two");
  BOOST_TEST(hub.take_news(*a).events == "id: run1-2\ndata: one\n\nid: run1-3\ndata: two\n\n");
  BOOST_TEST(hub.take_news(*a).events == "");
  BOOST_TEST(hub.take_news(*other).events == "");
  hub.publish("t", "three");
  BOOST_TEST(hub.take_news(*a).events == "id: run1-4\ndata: three\n\n");
  BOOST_TEST(!hub.take_news(*b).lagged);
}

BOOST_AUTO_TEST_CASE(a_subscriber_who_left_is_not_counted) {
  auto gone = subscribe("t");
  gone.reset();
  BOOST_TEST(hub.publish("t", "x").value().subscribers == 0u);
  BOOST_TEST(hub.figures().subscribers == 0u);
}

BOOST_AUTO_TEST_CASE(a_subscriber_resumes_after_the_last_event_he_had) {
  auto const first = id_of(hub.publish("t", "one"));
  hub.publish("t", "two");
  auto const resumed = subscribe("t", first);
  BOOST_TEST(!resumed->has_gap());
  BOOST_TEST(hub.take_news(*resumed).events == "id: run1-2\ndata: two\n\n");
}

BOOST_AUTO_TEST_CASE(a_gap_is_told) {
  auto const first = id_of(hub.publish("t", "one"));
  for (int i = 0; i < 5; ++i) hub.publish("t", "more");
  auto const late = subscribe("t", first);
  BOOST_TEST(late->has_gap());
  BOOST_TEST(hub.take_news(*late).events.starts_with("id: run1-3\n"));
  for (auto const* foreign : {"run0-1", "run1-", "run1-x", "run1-7", "", "1"}) {
    auto const restarted = subscribe("t", foreign);
    BOOST_TEST(restarted->has_gap(), foreign);
    BOOST_TEST(hub.take_news(*restarted).events.starts_with("id: run1-3\n"), foreign);
  }
}

BOOST_AUTO_TEST_CASE(who_falls_behind_the_ring_is_dropped) {
  auto const slow = subscribe("t");
  for (int i = 0; i < 4; ++i) hub.publish("t", "x");
  auto const steady = subscribe("t");
  hub.publish("t", "x");
  BOOST_TEST(hub.take_news(*slow).lagged);
  BOOST_TEST(!hub.take_news(*steady).lagged);
  BOOST_TEST(hub.figures().fell_behind == 1u);
}

BOOST_AUTO_TEST_CASE(the_ring_is_bounded_in_bytes) {
  auto const first = id_of(hub.publish("t", "x"));
  hub.publish("t", std::string(150, 'y'));
  BOOST_TEST(!subscribe("t", first)->has_gap());
  hub.publish("t", std::string(300, 'z'));
  auto const late = subscribe("t", first);
  BOOST_TEST(late->has_gap());
  BOOST_TEST(hub.take_news(*late).events.starts_with("id: run1-3\n"));
}

BOOST_AUTO_TEST_CASE(topics_without_subscribers_make_room) {
  auto const a = subscribe("a");
  hub.publish("b", "1");
  hub.publish("c", "1");
  BOOST_TEST(hub.publish("d", "1").has_value());
  BOOST_TEST(hub.figures().topics == 3u);
  auto const back = subscribe("b", std::string("run1-0"));
  BOOST_TEST(back->has_gap());
  auto const d = subscribe("d");
  BOOST_TEST(subscribe("e") == nullptr);
  BOOST_TEST(!hub.publish("e", "1").has_value());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::kv::test
