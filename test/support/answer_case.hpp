// A row of a table of answers: what a server says, and what its client makes of it.
#pragma once

#include <ostream>

#include "support/scripted_server.hpp"

namespace chronicle::test {

template <class Meaning>
struct answer_case {
  char const* name;
  scripted_reply reply;
  Meaning meaning;
};

template <class Meaning>
std::ostream& operator<<(std::ostream& out, answer_case<Meaning> const& c) {
  return out << c.name;
}

}  // namespace chronicle::test
