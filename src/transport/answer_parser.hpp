// Beast's HTTP parser, made to write what it finds straight into an `http_response`.
#pragma once

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <string>

#include "transport/http_message.hpp"

namespace chronicle {

/// Parses one answer, with no more than `header_bytes` in the fields of its head and trailer.
class answer_parser final : public boost::beast::http::basic_parser<false> {
 public:
  explicit answer_parser(std::size_t header_bytes) : room_for_fields_(header_bytes) {
    eager(true);
    header_limit(static_cast<std::uint32_t>(header_bytes));
  }

  http_response& response() noexcept { return response_; }

 private:
  using error = boost::beast::error_code;
  using text = boost::beast::string_view;

  // A server may announce what it never sends: no more than this is set aside for it.
  static constexpr std::uint64_t most_reserved = 1024 * 1024;

  void on_request_impl(boost::beast::http::verb, text, text, int, error& ec) override {
    ec = boost::beast::http::error::bad_method;  // never called: this parses answers
  }
  void on_response_impl(int code, text, int, error& ec) override {
    response_.headers.reserve(8);
    response_.status = static_cast<unsigned>(code);
    ec = {};
  }
  void on_field_impl(boost::beast::http::field, text name, text value, error& ec) override {
    // Beast's own limit is on what it was given at once: a head that arrives field by field has none.
    std::size_t const size = name.size() + value.size() + 4;
    if (size > room_for_fields_) {
      ec = boost::beast::http::error::header_limit;
      return;
    }
    room_for_fields_ -= size;
    response_.headers.emplace_back(std::string(name), std::string(value));
    ec = {};
  }
  void on_header_impl(error& ec) override { ec = {}; }
  void on_body_init_impl(boost::optional<std::uint64_t> const& announced, error& ec) override {
    if (announced) response_.body.reserve(static_cast<std::size_t>(std::min(*announced, most_reserved)));
    ec = {};
  }
  std::size_t on_body_impl(text piece, error& ec) override {
    response_.body.append(piece.data(), piece.size());
    ec = {};
    return piece.size();
  }
  void on_chunk_header_impl(std::uint64_t, text, error& ec) override { ec = {}; }
  std::size_t on_chunk_body_impl(std::uint64_t, text piece, error& ec) override {
    return on_body_impl(piece, ec);
  }
  void on_finish_impl(error& ec) override { ec = {}; }

  std::size_t room_for_fields_;
  http_response response_;
};

}  // namespace chronicle
