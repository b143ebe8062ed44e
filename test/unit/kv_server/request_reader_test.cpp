// Bytes into requests: piece by piece, several at once, and what must not pass.
#include "kv_server/request_reader.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <vector>

#include "unit/kv_server/request_fixture.hpp"

namespace chronicle::kv::test {
namespace {

using progress = request_reader::progress;

void feed(request_reader& reader, std::string_view bytes) {
  while (!bytes.empty()) {
    auto const room = reader.prepare();
    auto const n = std::min(room.size(), bytes.size());
    std::memcpy(room.data(), bytes.data(), n);
    reader.commit(n);
    bytes.remove_prefix(n);
  }
}

struct parsed {
  std::string method;
  std::string target;
  std::string body;
};

/// Reads all requests out of `bytes`, which arrive in pieces of `piece`. Stops at the first failure, whose
/// status it returns; 0 if there is none.
int read_all(std::string_view bytes, std::size_t piece, std::vector<parsed>& into,
             std::size_t max_body = 1000) {
  request_reader reader(1024);
  while (true) {
    auto const p = reader.parse();
    if (p == progress::failed) return reader.failure().status;
    if (p == progress::head) {
      reader.limit_body(max_body);
    } else if (p == progress::complete) {
      into.push_back({reader.head().method, reader.head().target, reader.take_body()});
      reader.next();
    } else if (bytes.empty()) {
      return 0;
    } else {
      feed(reader, bytes.substr(0, piece));
      bytes.remove_prefix(std::min(piece, bytes.size()));
    }
  }
}

int status_of(std::string_view bytes) {
  std::vector<parsed> requests;
  return read_all(bytes, 4096, requests);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(request_readers)

BOOST_AUTO_TEST_CASE(requests_arrive_in_pieces_of_any_size) {
  std::string const body(3000, 'x');
  std::string const stream =
      "GET /a HTTP/1.1\r\nHost: h\r\n\r\n"
      "PUT /b HTTP/1.1\r\nHost: h\r\nContent-Length: 3000\r\n\r\n" +
      body +
      "PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\n\r\n"
      "DELETE /d HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t const piece : {1u, 2u, 3u, 7u, 100u, 4096u, 100000u}) {
    std::vector<parsed> r;
    BOOST_TEST(read_all(stream, piece, r, 5000) == 0);
    BOOST_REQUIRE_EQUAL(r.size(), 4u);
    BOOST_TEST(r[0].method == "GET");
    BOOST_TEST(r[1].body == body);
    BOOST_TEST(r[2].body == "abcde");
    BOOST_TEST(r[3].target == "/d");
  }
}

BOOST_AUTO_TEST_CASE(the_head_is_told_before_the_body) {
  request_reader reader(1024);
  BOOST_TEST(reader.is_idle());
  feed(reader, "PUT /k HTTP/1.1\r\nHo");
  BOOST_TEST((reader.parse() == progress::need_more));
  BOOST_TEST(!reader.is_idle());
  feed(reader, "st: h\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  BOOST_TEST((reader.parse() == progress::head));
  BOOST_TEST(reader.head().content_length.value() == 5u);
  BOOST_TEST(field_of(response(), "x") == "(absent)");
  reader.limit_body(10);
  BOOST_TEST(reader.expects_continue());
  BOOST_TEST((reader.parse() == progress::need_more));
  feed(reader, "hello");
  BOOST_TEST((reader.parse() == progress::complete));
  BOOST_TEST(reader.take_body() == "hello");
  reader.next();
  BOOST_TEST(reader.is_idle());
}

BOOST_AUTO_TEST_CASE(requests_whose_length_is_in_doubt_are_refused) {
  std::string const put = "PUT /k HTTP/1.1\r\nHost: h\r\n";
  for (std::string const fields : {
           "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n",
           "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 5\r\n",
           "Content-Length: 5\r\nContent-Length: 6\r\n",
           "Content-Length: 5, 5\r\n",
           "Content-Length: +5\r\n",
           "Content-Length: -1\r\n",
           "Content-Length: 0x5\r\n",
           "Content-Length: 5 5\r\n",
           "Content-Length:\r\n",
           "Content-Length: 99999999999999999999999\r\n",
           "Transfer-Encoding: gzip, chunked\r\n",
           "Transfer-Encoding: chunked, identity\r\n",
           "Transfer-Encoding: identity\r\n",
           "Transfer-Encoding: xchunked\r\n",
           "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n",
           "Content-Length : 5\r\n",
           "Content-Length: 5\n",
       })
    BOOST_TEST(status_of(put + fields + "\r\nhello") == 400, fields);
  BOOST_TEST(status_of("PUT /k HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n") ==
             400);
  for (std::string const chunks : {"5hello\r\n", "x\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n0\r\n\r\n",
                                   "5\r\nhelloXX0\r\n\r\n", "FFFFFFFFFFFFFFFFF\r\nhello"})
    BOOST_TEST(status_of(put + "Transfer-Encoding: chunked\r\n\r\n" + chunks) == 400, chunks);
}

// Each is something that parsers are known to disagree about, so that a request could hide behind it.
BOOST_AUTO_TEST_CASE(what_others_read_otherwise_is_refused) {
  std::string const put = "PUT /k HTTP/1.1\r\nHost: h\r\n";
  for (std::string const fields : {
           "X: a\r\n b\r\n",
           "X: a\r\n\tb\r\n",
           "X:\r\n Content-Length: 5\r\n",
           "Transfer-Encoding:\r\n chunked\r\n",
           "Content-Length: 5\r\n \r\n",
           " Content-Length: 5\r\n",
           "X: a\nContent-Length: 5\r\n",
           "X: a\rContent-Length: 5\r\n",
           "X: a\r\r\nContent-Length: 5\r\n",
           "\nContent-Length: 5\r\n",
           "Content-Length:5\v\r\n",
           "Transfer-Encoding: \vchunked\r\n",
           "Transfer-Encoding: chunked\f\r\n",
           "Transfer-Encoding: \"chunked\"\r\n",
           "Transfer-Encoding\t: chunked\r\n",
           "Transfer-Encoding\x01: chunked\r\n",
           ": 5\r\n",
           "Content Length: 5\r\n",
           "Content-Length\r\n",
       }) {
    BOOST_TEST(status_of(put + fields + "Content-Length: 0\r\n\r\n") == 400, fields);
    // The head may come in pieces that end anywhere in it.
    std::vector<parsed> requests;
    for (std::size_t piece = 1; piece < put.size() + fields.size(); ++piece)
      BOOST_TEST(read_all(put + fields + "Content-Length: 0\r\n\r\n", piece, requests) == 400, fields);
  }
  BOOST_TEST(status_of(put + std::string("X: a\0b\r\n", 9) + "\r\n") == 400);
  for (std::string const line :
       {"GET  /k HTTP/1.1", "GET /k  HTTP/1.1", "GET /k HTTP/1.1 ", " GET /k HTTP/1.1", "GET /k\tHTTP/1.1",
        "GET /a b HTTP/1.1", "GET\t/k HTTP/1.1", "GET /k HTTP/1.1\n", "GET /k http/1.1", "G(T /k HTTP/1.1"})
    BOOST_TEST(status_of(line + "\r\nHost: h\r\n\r\n") >= 400, line);
  // What waits for a line end that may still come is given up in time, and has not been taken for a request.
  std::vector<parsed> taken;
  read_all("GET /k HTTP/1.1\nHost: h\n\n", 4096, taken);
  std::string const chunked = put + "Transfer-Encoding: chunked\r\n\r\n";
  for (std::string const chunks :
       {"5\nhello\n0\n\n", "5\r\nhello\n0\r\n\r\n", "5\r\nhello\r\n0\n\n", "5 \nhello\r\n0\r\n\r\n",
        "0x5\r\nhello\r\n0\r\n\r\n", "+5\r\nhello\r\n0\r\n\r\n", "5;a\nb\r\nhello\r\n0\r\n\r\n",
        "\r\n5\r\nhello\r\n0\r\n\r\n", "5\r\nhello0\r\n\r\n"})
    read_all(chunked + chunks, 4096, taken);
  BOOST_TEST(taken.empty());
}

BOOST_AUTO_TEST_CASE(heads_and_bodies_are_bounded) {
  std::string const flood = "GET /k HTTP/1.1\r\nHost: h\r\n";
  BOOST_TEST(status_of(flood + "X: " + std::string(2000, 'x')) == 431);
  BOOST_TEST(status_of("GET /" + std::string(2000, 'x')) == 431);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += "a: b\r\n";
  BOOST_TEST(status_of(flood + many) == 431);
  std::string const put = "PUT /k HTTP/1.1\r\nHost: h\r\n";
  std::string const big(1001, 'x');
  BOOST_TEST(status_of(put + "Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + big + "\r\n0\r\n\r\n") == 413);
  BOOST_TEST(status_of(put + "Transfer-Encoding: chunked\r\n\r\n5;" + std::string(5000, 'x')) == 431);
  BOOST_TEST(status_of(put + "Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + std::string(5000, 'x')) == 431);
}

BOOST_AUTO_TEST_CASE(a_head_has_the_same_bound_however_it_arrives) {
  auto const status_of_head = [](std::size_t bytes, std::size_t piece) {
    std::string head = "GET /k HTTP/1.1\r\nHost: h\r\n";
    while (head.size() < bytes - 20) head += "a: b\r\n";
    head += "X: " + std::string(bytes - head.size() - 7, 'x') + "\r\n\r\n";
    std::vector<parsed> requests;
    return read_all(head, piece, requests);
  };
  for (std::size_t const piece : {1u, 2u, 3u, 5u, 6u, 7u, 100u, 1000u, 1024u, 1025u, 4096u}) {
    BOOST_TEST(status_of_head(1024, piece) == 0, "in pieces of " << piece);
    BOOST_TEST(status_of_head(1025, piece) == 431, "in pieces of " << piece);
  }
}

BOOST_AUTO_TEST_CASE(a_head_that_never_ends_is_refused_though_each_piece_completes_a_field) {
  std::string flood = "GET /k HTTP/1.1\r\n";  // pieces of 18 end at the first byte of each field
  for (int i = 0; i < 1000; ++i) flood += "a: bbbbbbbbbbbbb\r\n";
  std::vector<parsed> requests;
  BOOST_TEST(read_all(flood, 18, requests) == 431);
}

BOOST_AUTO_TEST_CASE(other_than_http_1_is_refused) {
  BOOST_TEST(status_of("GET /k HTTP/2.0\r\nHost: h\r\n\r\n") == 505);
  BOOST_TEST(status_of("GET /k HTTP/0.9\r\nHost: h\r\n\r\n") == 505);
  BOOST_TEST(status_of("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
  BOOST_TEST(status_of("GET /k\r\n\r\n") == 400);
  BOOST_TEST(status_of("\x16\x03\x01\x02") == 400);
  BOOST_TEST(status_of("GET /k HTTP/1.1\r\n\r\n") == 400);
  BOOST_TEST(status_of("GET /k HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n") == 400);
  BOOST_TEST(status_of("GET /k HTTP/1.1\r\nHost: a\r\nX\r\n\r\n") == 400);
  BOOST_TEST(status_of("GET /k HTTP/1.1\r\nHost: a\r\nX: a\x01\r\n\r\n") == 400);
  BOOST_TEST(status_of("GET /k HTTP/1.1\r\nHost: a\r\nExpect: wonders\r\n\r\n") == 417);
  BOOST_TEST(status_of("GET /k HTTP/1.0\r\n\r\n") == 0);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace chronicle::kv::test
