#include "kv_server/http_message.hpp"

#include <algorithm>
#include <array>
#include <cstdio>

namespace chronicle::kv {
namespace {

char to_lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 304: return "Not Modified";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 415: return "Unsupported Media Type";
    case 417: return "Expectation Failed";
    case 428: return "Precondition Required";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 503: return "Service Unavailable";
    case 505: return "HTTP Version Not Supported";
    case 507: return "Insufficient Storage";
    default: return "";
  }
}

}  // namespace

bool equal_ignoring_case(std::string_view a, std::string_view b) noexcept {
  return std::ranges::equal(a, b, {}, to_lower, to_lower);
}

std::string_view trim(std::string_view text) noexcept {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

bool is_listed(std::string_view item, std::string_view list) noexcept {
  while (!list.empty()) {
    auto const comma = std::min(list.find(", "), list.size());
    if (list.substr(0, comma) == item) return true;
    list.remove_prefix(std::min(comma + 2, list.size()));
  }
  return false;
}

std::size_t header_fields::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(fields_, [&](auto const& f) { return equal_ignoring_case(f.first, name); }));
}

std::optional<std::string_view> header_fields::find(std::string_view name) const {
  for (auto const& [known, value] : fields_)
    if (equal_ignoring_case(known, name)) return value;
  return std::nullopt;
}

std::optional<std::string> header_fields::joined(std::string_view name) const {
  std::optional<std::string> all;
  for (auto const& [known, value] : fields_) {
    if (!equal_ignoring_case(known, name)) continue;
    all = all ? *all + ", " + value : value;
  }
  return all;
}

std::string format_head(response const& r, wall_time_point now, bool close) {
  std::string head = "HTTP/1.1 " + std::to_string(r.status) + ' ';
  head += reason_of(r.status);
  auto const add = [&head](std::string_view name, std::string_view value) {
    head.append("\r\n").append(name).append(": ").append(value);
  };
  add("Date", format_http_date(now));
  add("Server", "chronicle-kv");
  add("Cache-Control", "no-store");
  for (auto const& [name, value] : r.fields) add(name, value);
  bool const may_have_content = r.status >= 200 && r.status != 204 && r.status != 304;
  if (may_have_content && r.fields.count("Transfer-Encoding") == 0)
    add("Content-Length", std::to_string(r.body.size()));
  if (close) add("Connection", "close");
  return head += "\r\n\r\n";
}

std::string format_http_date(wall_time_point t) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  auto const day = std::chrono::floor<std::chrono::days>(t);
  std::chrono::year_month_day const date(day);
  std::chrono::hh_mm_ss const time(t - day);
  char text[64];
  int const length = std::snprintf(
      text, sizeof text, "%s, %02u %s %04d %02d:%02d:%02d GMT", days[std::chrono::weekday(day).c_encoding()],
      static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
      static_cast<int>(date.year()), static_cast<int>(time.hours().count()),
      static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()));
  return {text, static_cast<std::size_t>(length)};
}

}  // namespace chronicle::kv
