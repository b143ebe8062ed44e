// Parsers of endless streams: however the bytes are cut, they make the same of them.
#include <algorithm>
#include <string>
#include <tuple>
#include <vector>

#include "backend/etcd_watch.hpp"
#include "fuzz/targets.hpp"
#include "transport/sse_parser.hpp"

namespace chronicle::fuzz {
namespace {

constexpr std::size_t small_limit = 256;  // to be met often

using event_text = std::tuple<bool, std::string, std::string>;
using watch_text = std::tuple<etcd::revision, bool, error_code, etcd::revision, std::vector<std::string>>;

auto tell(sse_item const& item) {
  return event_text(item.is_comment, item.text, item.type);
}

auto tell(etcd::watch_message const& message) {
  std::vector<std::string> events;
  for (auto const& one : message.events)
    events.push_back((one.erased ? "-" : "+") + one.what.key + '=' + one.what.value);
  return watch_text(message.at, message.created, message.ended, message.compacted, std::move(events));
}

template <class Item, class Parser>
auto parse(Parser parser, std::string_view input, std::size_t piece) {
  std::vector<Item> items;
  error_code ec;
  for (; !ec && !input.empty(); input.remove_prefix(std::min(piece, input.size())))
    ec = parser.feed(input.substr(0, piece), items);
  std::vector<decltype(tell(items.front()))> told;
  for (auto const& item : items) told.push_back(tell(item));
  return std::pair(told, ec);
}

}  // namespace

void fuzz_event_stream(std::string_view input) {
  auto const piece = take_piece_size(input);
  sse_parser const parser(small_limit);
  require(parse<sse_item>(parser, input, piece) == parse<sse_item>(parser, input, input.size() + 1),
          "events do not depend on how the bytes arrive");
}

void fuzz_etcd_watch(std::string_view input) {
  auto const piece = take_piece_size(input);
  etcd::watch_parser const parser(small_limit * 4);
  require(parse<etcd::watch_message>(parser, input, piece) ==
              parse<etcd::watch_message>(parser, input, input.size() + 1),
          "messages do not depend on how the bytes arrive");
}

}  // namespace chronicle::fuzz
