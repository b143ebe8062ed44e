// Texts that people and other servers write: URLs, command lines, lease messages.
#include <algorithm>
#include <boost/system/system_error.hpp>
#include <string>
#include <vector>

#include "fuzz/targets.hpp"
#include "kv_server/command_line.hpp"
#include "lease/challenge.hpp"
#include "transport/url.hpp"

namespace chronicle::fuzz {

void fuzz_lease_message(std::string_view input) {
  auto const message = lease::decode(input, "");
  if (!message) return;
  auto const text = lease::encode(*message, "");
  auto const again = lease::decode(text, "");
  require(again.has_value(), "what was accepted can be sent on");
  require(lease::encode(*again, "") == text, "and is the same then");
  require(!lease::decode(text, "secret"), "a message without a proof is none to who has a secret");
  require(lease::decode(lease::encode(*message, "secret"), "secret").has_value(), "and one with it is");
}

void fuzz_url(std::string_view input) try {
  url const read = parse_url(input);
  auto const text = (read.tls ? "https://" : "http://") + read.host_header() + read.base_path;
  url const again = parse_url(text);
  require(again.tls == read.tls && again.server == read.server && again.base_path == read.base_path,
          "what was accepted can be written and read");
} catch (boost::system::system_error const& e) {
  require(e.code() == make_error_code(errc::invalid_url), "refusals are of one kind");
}

void fuzz_command_line(std::string_view input) {
  if (input.find("token-f") != input.npos) return;  // would read any file there is
  std::vector<std::string> arguments{"chronicle-kv"};
  for (auto begin = input.begin(); begin != input.end();) {
    auto const end = std::find(begin, input.end(), '\n');
    arguments.emplace_back(begin, end);
    begin = end == input.end() ? end : end + 1;
  }
  std::vector<char const*> words;
  for (auto const& argument : arguments) words.push_back(argument.c_str());
  try {
    auto const read = kv::parse_command_line(static_cast<int>(words.size()), words.data());
    require(!read.answer.empty() || (read.threads > 0 && !read.address.empty()),
            "what is accepted can be carried out");
  } catch (kv::setup_error const& e) {
    require(*e.what() != '\0', "what is wrong is named");
  }
}

}  // namespace chronicle::fuzz
