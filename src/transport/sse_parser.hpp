// Server-sent events out of a stream of bytes (WHATWG HTML, section 9.2.6), however the bytes are cut into
// pieces.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "chronicle/error.hpp"

namespace chronicle {

/// An event, or a comment, by which servers say more than the format provides for.
struct sse_item {
  bool is_comment = false;
  std::string text;  ///< the data, or the comment without the colon and one blank
  std::string type;  ///< of an event; "message" unless the server names another

  sse_item() = default;
  sse_item(bool comment, std::string what, std::string t)
      : is_comment(comment), text(std::move(what)), type(std::move(t)) {}
};

class sse_parser {
 public:
  /// No line and no event may be larger than this.
  explicit sse_parser(std::size_t max_bytes = 1024 * 1024) : max_bytes_(max_bytes) {}

  /// Takes the next bytes and appends what they complete. `errc::protocol_error` when something is too large;
  /// the parser is of no use then.
  error_code feed(std::string_view bytes, std::vector<sse_item>& completed);

  /// The id to resume from: that of the last completed event which had one.
  std::string const& last_event_id() const noexcept { return last_id_; }

 private:
  void take_line(std::string_view line, std::vector<sse_item>& completed);
  void take_field(std::string_view name, std::string_view value);
  void dispatch(std::vector<sse_item>& completed);

  std::size_t max_bytes_;
  std::string line_;       // begun, its end has not come yet
  bool at_start_ = true;   // a byte order mark may come
  bool after_cr_ = false;  // a line feed that follows belongs to the line end before
  std::string data_;
  std::string type_;
  std::string id_;
  std::string last_id_;
};

}  // namespace chronicle
