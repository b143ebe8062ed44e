#include "transport/url.hpp"

#include <algorithm>
#include <boost/asio/ip/address_v6.hpp>
#include <boost/system/system_error.hpp>
#include <charconv>
#include <cstddef>

#include "transport/percent.hpp"

namespace chronicle {
namespace {

bool is_alphanumeric(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string lower(std::string_view text) {
  std::string out(text);
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return out;
}

/// Reads the parts from left to right; `at_` is where the next one begins.
class url_parser {
 public:
  explicit url_parser(std::string_view text) : text_(text) {}

  url parse() {
    url out;
    if (text_.empty()) fail(0, "it is empty", "http://127.0.0.1:8080");
    reject_anywhere();
    out.tls = scheme();
    auto const end = std::min(text_.find('/', at_), text_.size());
    out.server.host = host(end);
    out.server.port = port(end, out.tls ? 443 : 80);
    out.base_path = path(end);
    return out;
  }

 private:
  [[noreturn]] void fail(std::size_t where, std::string const& what, std::string const& instead) const {
    auto const message = "\"" + printable() + "\", character " + std::to_string(where + 1) + ": " + what +
                         "; expected " + instead;
    throw boost::system::system_error(make_error_code(errc::invalid_url), message);
  }

  /// The URL for people: what cannot be printed is shown encoded, and nothing of a password.
  std::string printable() const {
    auto shown = text_;
    std::string out;
    auto const scheme_end = shown.find("://");
    auto const user_end = shown.substr(0, shown.find_first_of("/?#", scheme_end + 3)).rfind('@');
    if (scheme_end != shown.npos && user_end != shown.npos) {
      out = std::string(shown.substr(0, scheme_end + 3)) + "***";
      shown.remove_prefix(user_end);
    }
    for (char const c : shown) out += c > ' ' && c < 0x7f ? std::string(1, c) : percent_encode({&c, 1});
    return out;
  }

  void reject_anywhere() const {
    for (std::size_t i = 0; i < text_.size(); ++i) {
      if (text_[i] <= ' ' || text_[i] >= 0x7f)
        fail(i, "a space, control or non-ASCII character",
             "it percent-encoded, or a host name in its ASCII form");
    }
    if (auto const i = text_.find_first_of("?#"); i != text_.npos)
      fail(i, "a query or fragment has no meaning here", "the URL without what follows");
  }

  bool scheme() {
    auto const end = text_.find("://");
    if (end == text_.npos) fail(0, "there is no scheme", "http:// or https:// before the host");
    auto const name = lower(text_.substr(0, end));
    if (name != "http" && name != "https") fail(0, "the scheme is not supported", "http:// or https://");
    at_ = end + 3;
    return name == "https";
  }

  std::string host(std::size_t end) {
    if (auto const i = text_.substr(0, end).find('@', at_); i != text_.npos)
      fail(at_, "a user name or password does not belong into the URL", "a bearer token in the options");
    if (at_ < end && text_[at_] == '[') return address_v6(end);
    auto const host_end = std::min(text_.find(':', at_), end);
    auto const name = text_.substr(at_, host_end - at_);
    if (name.empty()) fail(at_, "the host is missing", "a host name or an address, IPv6 in brackets");
    if (name.size() > 253) fail(at_, "the host name is too long", "at most 253 characters");
    for (std::size_t i = 0; i < name.size(); ++i) {
      if (!is_alphanumeric(name[i]) && name[i] != '-' && name[i] != '.' && name[i] != '_')
        fail(at_ + i, "a host name cannot hold this character", "letters, digits, '-', '.' and '_'");
    }
    at_ = host_end;
    return lower(name);
  }

  std::string address_v6(std::size_t end) {
    auto const close = text_.substr(0, end).find(']', at_);
    if (close == text_.npos) fail(at_, "the bracket of an IPv6 address is not closed", "[address]");
    auto const address = text_.substr(at_ + 1, close - at_ - 1);
    error_code ec;
    asio::ip::make_address_v6(std::string(address), ec);
    if (ec || address.find('%') != address.npos)
      fail(at_ + 1, "this is not an IPv6 address", "for example [::1]");
    at_ = close + 1;
    return lower(address);
  }

  std::uint16_t port(std::size_t end, std::uint16_t usual) {
    if (at_ == end) return usual;
    if (text_[at_] != ':') fail(at_, "something follows the address", "':' and a port, or '/'");
    auto const digits = text_.substr(at_ + 1, end - at_ - 1);
    unsigned number = 0;
    auto const parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    bool const whole = parsed.ec == std::errc{} && parsed.ptr == digits.data() + digits.size();
    if (!whole || number < 1 || number > 65535)
      fail(at_ + 1, "this is not a port", "a number from 1 to 65535");
    return static_cast<std::uint16_t>(number);
  }

  std::string path(std::size_t begin) const {
    auto path = text_.substr(begin);
    while (!path.empty() && path.back() == '/') path.remove_suffix(1);
    for (std::size_t i = 0; i < path.size();) {
      auto const end = std::min(path.find('/', i + 1), path.size());
      auto const segment = percent_decode(path.substr(i + 1, end - i - 1));
      if (!segment) fail(begin + i + 1, "a '%' without two hexadecimal digits", "%25 for a percent sign");
      if (segment->empty() || *segment == "." || *segment == "..")
        fail(begin + i + 1, "the path has an empty or relative part", "a plain path such as /chronicle");
      i = end;
    }
    return std::string(path);
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

std::string url::host_header() const {
  bool const bracketed = server.host.find(':') != std::string::npos;
  auto out = bracketed ? "[" + server.host + "]" : server.host;
  if (server.port != (tls ? 443 : 80)) out += ":" + std::to_string(server.port);
  return out;
}

url parse_url(std::string_view text) {
  return url_parser(text).parse();
}

}  // namespace chronicle
