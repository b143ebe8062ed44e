// The parser of server-sent events: a table of streams, each fed whole, byte by byte and in other pieces.
#include "transport/sse_parser.hpp"

#include <boost/test/data/monomorphic.hpp>
#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>
#include <ostream>

namespace chronicle {
namespace {

struct stream_case {
  char const* name;
  std::string bytes;
  std::string items;  // "<data>", "type<data>" unless the type is "message", "(comment)"
  std::string last_id;
};
std::ostream& operator<<(std::ostream& out, stream_case const& c) {
  return out << c.name;
}

stream_case const stream_cases[] = {
    {"nothing", "", "", ""},
    {"one event", "data: hello\n\n", "<hello>", ""},
    {"no blank after the colon", "data:hello\n\n", "<hello>", ""},
    {"one blank is dropped, not two", "data:  hello\n\n", "< hello>", ""},
    {"several lines", "data: a\ndata: b\ndata:\ndata: c\n\n", "<a\nb\n\nc>", ""},
    {"an empty line of data", "data\n\n", "<>", ""},
    {"two empty lines of data", "data\ndata\n\n", "<\n>", ""},
    {"carriage returns", "data: a\r\rdata: b\r\r", "<a><b>", ""},
    {"both", "data: a\r\n\r\ndata: b\r\n\r\n", "<a><b>", ""},
    {"a mixture", "data: a\r\ndata: b\ndata: c\r\n\r\n", "<a\nb\nc>", ""},
    {"a byte order mark",
     "\xef\xbb\xbf"
     "data: a\n\n",
     "<a>", ""},
    {"only one byte order mark",
     "\xef\xbb\xbf\xef\xbb\xbf"
     "data: a\n\n",
     "", ""},
    {"a type", "event: kick\ndata: a\n\ndata: b\n\n", "kick<a><b>", ""},
    {"an id stays", "id: 7\ndata: a\n\ndata: b\n\n", "<a><b>", "7"},
    {"an id alone", ": subscribed\nid: x-0\n\n", "(subscribed)", "x-0"},
    {"an id is forgotten when it is empty", "id: 7\ndata: a\n\nid\ndata: b\n\n", "<a><b>", ""},
    {"an id of an event that is not complete", "id: 7\ndata: a\n\nid: 8\ndata: b\n", "<a>", "7"},
    {"an id with a NUL", std::string("id: 7\n\nid: 8\0\n\n", 15), "", "7"},
    {"comments", ":\n\n: a\n:b\n\ndata: c\n\n", "()(a)(b)<c>", ""},
    {"a comment inside an event", "data: a\n: heartbeat\ndata: b\n\n", "(heartbeat)<a\nb>", ""},
    {"unknown fields", "retry: 5\nfoo: bar\nfoo\ndata: a\nDATA: b\n\n", "<a>", ""},
    {"no data, no event", "event: kick\n\ndata: a\n\n", "<a>", ""},
    {"colons in the data", "data: a:b: c\n\n", "<a:b: c>", ""},
    {"an event without its end", "data: a\n\ndata: b\n", "<a>", ""},
    {"blank lines", "\n\n\n\ndata: a\n\n\n\n", "<a>", ""},
};

std::string tell(std::vector<sse_item> const& items) {
  std::string out;
  for (auto const& item : items) {
    if (item.is_comment) {
      out += "(" + item.text + ")";
    } else {
      out += (item.type == "message" ? "" : item.type) + "<" + item.text + ">";
    }
  }
  return out;
}

BOOST_AUTO_TEST_SUITE(server_sent_events)

BOOST_DATA_TEST_CASE(a_stream_means_the_same_however_it_is_cut, boost::unit_test::data::make(stream_cases)) {
  for (std::size_t size = 1; size <= sample.bytes.size() + 1; ++size) {
    sse_parser parser;
    std::vector<sse_item> items;
    for (std::size_t at = 0; at < sample.bytes.size(); at += size)
      BOOST_TEST(!parser.feed(std::string_view(sample.bytes).substr(at, size), items));
    BOOST_TEST(tell(items) == sample.items, "in pieces of " << size);
    BOOST_TEST(parser.last_event_id() == sample.last_id);
  }
}

BOOST_AUTO_TEST_CASE(what_never_ends_is_an_error) {
  sse_parser one_line(100);
  std::vector<sse_item> items;
  error_code ec;
  for (int i = 0; i < 11; ++i) ec = one_line.feed("data: 789a", items);
  BOOST_TEST(ec == make_error_code(errc::protocol_error));
  sse_parser many_lines(100);
  for (int i = 0; i < 20; ++i) ec = many_lines.feed("data: 89\n", items);
  BOOST_TEST(!ec);
  for (int i = 0; i < 20; ++i) ec = many_lines.feed("data: 89\n", items);
  BOOST_TEST(ec == make_error_code(errc::protocol_error));
  BOOST_TEST(items.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace chronicle
