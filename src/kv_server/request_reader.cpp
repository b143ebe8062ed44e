#include "kv_server/request_reader.hpp"

#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/json/value.hpp>
#include <cstdint>
#include <limits>
#include <optional>

#include "kv_server/problem.hpp"

namespace chronicle::kv {

namespace beast = boost::beast;
namespace http = beast::http;

class request_reader::impl {
 public:
  explicit impl(std::size_t max_header_bytes) : max_header_bytes_(max_header_bytes) { next(); }

  asio::mutable_buffer prepare() { return buffer_.prepare(has_head_ ? body_chunk : head_chunk); }
  void commit(std::size_t bytes) { buffer_.commit(bytes); }
  bool is_idle() const noexcept { return !has_head_ && head_bytes_ == 0 && buffer_.size() == 0; }
  request const& head() const noexcept { return head_; }
  response const& failure() const noexcept { return failure_; }
  bool expects_continue() const noexcept {
    return expects_continue_ && buffer_.size() == 0 && !parser_->is_done();
  }
  std::string take_body() { return std::move(parser_->get().body()); }

  void limit_body(std::size_t max_bytes) {
    max_body_bytes_ = max_bytes;
    parser_->body_limit(max_bytes);
    parser_->eager(true);
  }

  void next();
  progress parse();

 private:
  // Small, as long as nobody has said who they are: thousands of connections may be idle.
  static constexpr std::size_t head_chunk = 1024;
  static constexpr std::size_t body_chunk = 32 * 1024;

  progress fail(response why);
  progress fail(beast::error_code const& ec);
  progress take_head();
  std::optional<response> find_fault() const;

  std::size_t max_header_bytes_;
  std::size_t head_bytes_ = 0;  // of the head of this request, as far as Beast has taken it
  std::size_t max_body_bytes_ = 0;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
  bool has_head_ = false;
  bool expects_continue_ = false;
  request head_;
  response failure_;
};

namespace {

response bad_request(std::string detail) {
  return problem(400, "bad-request", "Bad request", std::move(detail));
}

/// A proxy in front of us that saw the length of a request otherwise than we do would take part of its body
/// for the next request of somebody else (RFC 9112, section 11.2). Beast refuses a Content-Length beside
/// Transfer-Encoding; what is left is refused here.
std::optional<response> find_framing_fault(header_fields const& fields, bool old_version) {
  auto const length = fields.joined("Content-Length");
  if (length && length->find_first_not_of("0123456789") != std::string::npos)
    return bad_request("send one Content-Length, a decimal number");
  auto const coding = fields.joined("Transfer-Encoding");
  if (!coding) return std::nullopt;
  if (old_version) return bad_request("HTTP/1.0 has no Transfer-Encoding");
  if (!equal_ignoring_case(*coding, "chunked"))
    return bad_request("the only Transfer-Encoding taken is 'chunked'");
  return std::nullopt;
}

/// A line that goes on in the next one, which begins with a blank. Beast joins them; others take the next
/// line for a field or pass it over (RFC 9112, section 5.2).
bool has_folded_line(std::string_view head) {
  return head.find("\r\n ") != head.npos || head.find("\r\n\t") != head.npos;
}

}  // namespace

void request_reader::impl::next() {
  parser_.emplace();
  // Beast's own limit is on what it has not taken yet: a head that arrives field by field has none.
  parser_->header_limit(std::numeric_limits<std::uint32_t>::max());
  parser_->body_limit(boost::none);  // until the head has said what it is for
  head_ = request();
  head_bytes_ = 0;
  has_head_ = false;
  expects_continue_ = false;
  max_body_bytes_ = 0;
  if (buffer_.size() == 0 && buffer_.capacity() > head_chunk) buffer_ = beast::flat_buffer();
}

request_reader::progress request_reader::impl::parse() {
  while (!parser_->is_done()) {
    beast::error_code ec;
    auto const bytes = buffer_.data();
    std::size_t const used = parser_->put(bytes, ec);
    // Beast takes some lines of a head as they come and others when all are there, but a field always whole.
    bool const folded = !has_head_ && has_folded_line({static_cast<char const*>(bytes.data()), used});
    buffer_.consume(used);
    if (!has_head_) head_bytes_ += used;
    if (folded) return fail(bad_request("send each header field on a line of its own"));
    bool const unfinished = ec == http::error::need_more;
    // What is left then is part of a head, or of a line between chunks; nobody may make it grow for ever.
    std::size_t const held = (has_head_ ? 0 : head_bytes_) + (unfinished ? buffer_.size() : 0);
    if (held > max_header_bytes_) return fail(http::error::header_limit);
    if (unfinished) return progress::need_more;
    if (ec) return fail(ec);
    if (!has_head_ && parser_->is_header_done()) return take_head();
    if (used == 0) return progress::need_more;
  }
  return progress::complete;
}

request_reader::progress request_reader::impl::take_head() {
  has_head_ = true;
  auto const& message = parser_->get();
  head_.method = message.method_string();
  head_.target = message.target();
  for (auto const& field : message) head_.fields.add(field.name_string(), field.value());
  if (auto const length = parser_->content_length()) head_.content_length = *length;
  head_.chunked = parser_->chunked();
  head_.old_version = message.version() == 10;
  head_.keep_alive = message.keep_alive();
  if (auto fault = find_fault()) return fail(std::move(*fault));
  expects_continue_ = !head_.old_version && head_.fields.count("Expect") > 0;
  return progress::head;
}

std::optional<response> request_reader::impl::find_fault() const {
  auto const version = parser_->get().version();
  if (version != 10 && version != 11)
    return problem(505, "version", "HTTP version not supported", "speak HTTP/1.1");
  if (auto fault = find_framing_fault(head_.fields, head_.old_version)) return fault;
  auto const hosts = head_.fields.count("Host");
  if (hosts > 1 || (hosts == 0 && !head_.old_version)) return bad_request("send one Host field");
  auto const expect = head_.fields.joined("Expect");
  if (expect && !equal_ignoring_case(*expect, "100-continue"))
    return problem(417, "expectation", "Expectation failed", "the only expectation taken is 100-continue");
  return std::nullopt;
}

request_reader::progress request_reader::impl::fail(response why) {
  failure_ = std::move(why);
  return progress::failed;
}

request_reader::progress request_reader::impl::fail(beast::error_code const& ec) {
  if (ec == http::error::header_limit)
    return fail(problem(
        431, "head-too-large", "Request header fields too large",
        "the request line and the header fields may have " + std::to_string(max_header_bytes_) + " bytes",
        {{"limit", max_header_bytes_}}));
  if (ec == http::error::body_limit)
    return fail(problem(413, "too-large", "Content too large",
                        "at most " + std::to_string(max_body_bytes_) + " bytes are taken",
                        {{"limit", max_body_bytes_}}));
  if (ec == http::error::bad_version)
    return fail(problem(505, "version", "HTTP version not supported", "speak HTTP/1.1"));
  return fail(bad_request("this is not HTTP/1.1: " + ec.message()));
}

request_reader::request_reader(std::size_t max_header_bytes)
    : impl_(std::make_unique<impl>(max_header_bytes)) {}
request_reader::~request_reader() = default;
asio::mutable_buffer request_reader::prepare() {
  return impl_->prepare();
}
void request_reader::commit(std::size_t bytes) {
  impl_->commit(bytes);
}
request_reader::progress request_reader::parse() {
  return impl_->parse();
}
bool request_reader::is_idle() const noexcept {
  return impl_->is_idle();
}
request const& request_reader::head() const noexcept {
  return impl_->head();
}
void request_reader::limit_body(std::size_t max_bytes) {
  impl_->limit_body(max_bytes);
}
bool request_reader::expects_continue() const noexcept {
  return impl_->expects_continue();
}
std::string request_reader::take_body() {
  return impl_->take_body();
}
void request_reader::next() {
  impl_->next();
}
response const& request_reader::failure() const noexcept {
  return impl_->failure();
}

}  // namespace chronicle::kv
