#include "transport/sse_parser.hpp"

#include <algorithm>

namespace chronicle {

error_code sse_parser::feed(std::string_view bytes, std::vector<sse_item>& completed) {
  while (!bytes.empty()) {
    if (std::exchange(after_cr_, false) && bytes.front() == '\n') {
      bytes.remove_prefix(1);
      continue;
    }
    auto const end = bytes.find_first_of("\r\n");
    line_ += bytes.substr(0, end);
    if (line_.size() > max_bytes_ || data_.size() > max_bytes_) return errc::protocol_error;
    if (end == bytes.npos) break;
    after_cr_ = bytes[end] == '\r';
    bytes.remove_prefix(end + 1);
    take_line(line_, completed);
    line_.clear();
  }
  return {};
}

void sse_parser::take_line(std::string_view line, std::vector<sse_item>& completed) {
  if (std::exchange(at_start_, false) && line.starts_with("\xef\xbb\xbf")) line.remove_prefix(3);
  if (line.empty()) return dispatch(completed);
  auto const colon = std::min(line.find(':'), line.size());
  auto value = line.substr(std::min(colon + 1, line.size()));
  if (value.starts_with(' ')) value.remove_prefix(1);
  if (colon == 0) {
    completed.emplace_back(true, std::string(value), std::string());
  } else {
    take_field(line.substr(0, colon), value);
  }
}

void sse_parser::take_field(std::string_view name, std::string_view value) {
  if (name == "data") {
    data_.append(value).append("\n");
  } else if (name == "event") {
    type_ = value;
  } else if (name == "id" && value.find('\0') == value.npos) {
    id_ = value;
  }
}

void sse_parser::dispatch(std::vector<sse_item>& completed) {
  last_id_ = id_;
  if (!data_.empty()) {
    data_.pop_back();
    completed.emplace_back(false, std::move(data_), type_.empty() ? "message" : std::move(type_));
  }
  data_.clear();
  type_.clear();
}

}  // namespace chronicle
