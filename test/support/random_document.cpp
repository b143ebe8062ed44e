#include "support/random_document.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace chronicle::test {
namespace {

std::size_t below(random_source& random, std::size_t bound) {
  return static_cast<std::size_t>(uniform_up_to(random, bound - 1));
}

std::string random_text(random_source& random) {
  static constexpr char const* pieces[] = {"a",
                                           "b",
                                           "Z",
                                           "0",
                                           " ",
                                           "\"",
                                           "\\",
                                           "\n",
                                           "\x01",
                                           "\x7f",
                                           "\xc3\xa9",
                                           "\xe2\x82\xac",
                                           "\xee\x80\x80",
                                           "\xef\xac\xb3",
                                           "\xf0\x9f\x98\x80",
                                           "\xf4\x8f\xbf\xbf",
                                           "Coins",
                                           "Inventory"};
  std::string text;
  for (std::size_t length = below(random, 6); length > 0; --length)
    text += pieces[below(random, std::size(pieces))];
  if (below(random, 20) == 0) text.push_back('\0');
  return text;
}

double random_double(random_source& random) {
  double number = std::bit_cast<double>(random.next());
  while (!std::isfinite(number)) number = std::bit_cast<double>(random.next());
  return number;
}

json::value random_number(random_source& random) {
  switch (below(random, 6)) {
    case 0: return static_cast<std::int64_t>(below(random, 100));
    case 1: return static_cast<std::int64_t>(random.next());
    case 2: return random.next();
    case 3: return random_double(random);
    case 4: return uniform(random) * 1000;
    default: return static_cast<double>(below(random, 100000)) / 100;
  }
}

json::value random_value(random_source& random, int depth);

json::array random_array(random_source& random, int depth) {
  json::array array;
  for (std::size_t size = below(random, 5); size > 0; --size) array.push_back(random_value(random, depth));
  return array;
}

json::value random_value(random_source& random, int depth) {
  switch (below(random, depth > 1 ? 7 : 5)) {
    case 0: return nullptr;
    case 1: return below(random, 2) == 0;
    case 2:
    case 3: return random_number(random);
    case 4: return json::value(random_text(random));
    case 5: return random_array(random, depth - 1);
    default: return random_document(random, depth - 1);
  }
}

// A whole number as the double of the same value, where there is one that is written alike.
json::value as_double(json::value const& number) {
  constexpr std::int64_t safe = (std::int64_t{1} << 53) - 1;
  std::int64_t const* const whole = number.if_int64();
  if (whole == nullptr || *whole > safe || *whole < -safe) return number;
  return static_cast<double>(*whole);
}

void collect(json::value& value, std::vector<json::value*>& all) {
  all.push_back(&value);
  if (value.is_array()) {
    for (json::value& element : value.get_array()) collect(element, all);
  } else if (value.is_object()) {
    for (auto& member : value.get_object()) collect(member.value(), all);
  }
}

json::value next_double(double number) {
  double const next = std::nextafter(number, std::numeric_limits<double>::infinity());
  return std::isfinite(next) ? next : 0.0;
}

void change(json::array& array, random_source& random) {
  if (array.empty() || below(random, 2) == 0) {
    array.insert(array.begin() + static_cast<std::ptrdiff_t>(below(random, array.size() + 1)), nullptr);
  } else {
    array.erase(array.begin() + static_cast<std::ptrdiff_t>(below(random, array.size())));
  }
}

void change(json::object& object, random_source& random) {
  std::string fresh = random_text(random);
  while (object.contains(fresh)) fresh += 'x';
  if (object.empty() || below(random, 3) == 0) {
    object.emplace(fresh, nullptr);
    return;
  }
  auto const picked = object.begin() + below(random, object.size());
  json::value moved = std::move(picked->value());
  object.erase(picked);
  if (below(random, 2) == 0) object.emplace(fresh, std::move(moved));
}

void change(json::value& value, random_source& random) {
  switch (value.kind()) {
    case json::kind::null: value = false; break;
    case json::kind::bool_: value = !value.get_bool(); break;
    case json::kind::int64: value = static_cast<std::uint64_t>(value.get_int64()) + 1; break;
    case json::kind::uint64: value = value.get_uint64() + 1; break;
    case json::kind::double_: value = next_double(value.get_double()); break;
    case json::kind::string: value.get_string().push_back('x'); break;
    case json::kind::array: change(value.get_array(), random); break;
    case json::kind::object: change(value.get_object(), random); break;
  }
}

}  // namespace

json::object random_document(random_source& random, int depth) {
  json::object object;
  // Now and then an object large enough for Boost.JSON to keep in a hash table.
  std::size_t size = below(random, below(random, 20) == 0 ? 60 : 7);
  for (; size > 0; --size) {
    std::string name = random_text(random);
    if (size > 7) name += std::to_string(size);
    object[name] = random_value(random, size > 7 ? 1 : depth);
  }
  return object;
}

json::value rephrased(json::value const& document, random_source& random) {
  if (document.is_array()) {
    json::array array;
    for (json::value const& element : document.get_array()) array.push_back(rephrased(element, random));
    return array;
  }
  if (document.is_object()) {
    std::vector<json::key_value_pair const*> members;
    for (auto const& member : document.get_object()) members.push_back(&member);
    json::object object;
    for (; !members.empty(); members.pop_back()) {
      std::swap(members[below(random, members.size())], members.back());
      object.emplace(members.back()->key(), rephrased(members.back()->value(), random));
    }
    return object;
  }
  return below(random, 2) == 0 ? as_double(document) : document;
}

json::value changed_once(json::value const& document, random_source& random) {
  json::value copy = document;
  std::vector<json::value*> all;
  collect(copy, all);
  change(*all[below(random, all.size())], random);
  return copy;
}

}  // namespace chronicle::test
