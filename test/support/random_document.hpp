// Random JSON documents, the same document in other words, and the same document with one thing changed.
#pragma once

#include <boost/json/value.hpp>

#include "chronicle/random_source.hpp"

namespace chronicle::test {

namespace json = boost::json;

/// An object nested at most `depth` deep, with every kind of value and with names and numbers that tend to
/// cause trouble. All of it can be stored.
json::object random_document(random_source& random, int depth = 4);

/// The same document with its members in another order and some whole numbers as doubles.
json::value rephrased(json::value const& document, random_source& random);

/// The document with one change anywhere: a value, a name, an element or a member more or less. Never equal
/// to the original in the sense of `canonical_hash`.
json::value changed_once(json::value const& document, random_source& random);

}  // namespace chronicle::test
