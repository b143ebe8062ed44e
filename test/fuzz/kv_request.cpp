#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <string>
#include <variant>

#include "fuzz/targets.hpp"
#include "kv_server/request_plan.hpp"
#include "kv_server/request_reader.hpp"

namespace chronicle::fuzz {
namespace {

namespace asio = boost::asio;
using kv::request_reader;

kv::request_planner make_planner() {
  kv::plan_options options;
  options.max_name_bytes = 40;
  options.max_value_bytes = 1000;
  options.max_message_bytes = 100;
  return kv::request_planner(options);
}

/// A connection without I/O, as `connection` goes about it; notes what it would have done. What is not HTTP
/// is not noted: in an unfinished head Beast finds it early or late.
class conversation {
 public:
  explicit conversation(std::string_view input) : input_(input) {}

  std::string run(std::size_t piece) {
    while (goes_on_) {
      switch (reader_.parse()) {
        case request_reader::progress::need_more: receive(piece); break;
        case request_reader::progress::head: plan(); break;
        case request_reader::progress::complete: carry_out(); break;
        case request_reader::progress::failed: end("", reader_.failure()); break;
      }
    }
    return std::move(told_);
  }

 private:
  void receive(std::size_t piece) {
    auto const into = reader_.prepare();
    require(into.size() > 0, "there is room for more");
    auto const taken = asio::buffer_copy(into, asio::buffer(input_.data(), std::min(piece, input_.size())));
    reader_.commit(taken);
    input_.remove_prefix(taken);
    goes_on_ = taken > 0;
  }

  void plan() {
    told_ += reader_.head().method + ' ' + reader_.head().target + ": ";
    auto planned = planner_.plan(reader_.head());
    if (auto const* const refused = std::get_if<kv::response>(&planned)) return end("refused", *refused);
    if (std::holds_alternative<kv::subscribe_action>(planned)) {
      told_ += "events";
      goes_on_ = false;
      return;
    }
    task_ = std::get<kv::task>(std::move(planned));
    reader_.limit_body(planner_.max_body(task_));
  }

  void carry_out() {
    auto body = reader_.take_body();
    told_ += std::to_string(body.size()) + " bytes\n";
    if (auto const refused = planner_.take_body(task_, std::move(body))) end("refused", *refused);
    goes_on_ = goes_on_ && reader_.head().keep_alive;
    reader_.next();
  }

  void end(char const* how, kv::response const& answer) {
    auto const head = kv::format_head(answer, wall_time_point{}, true);
    require(answer.status >= 400 && answer.status < 600, "refusals are errors");
    require(head.find("\r\n\r\n") == head.size() - 4,
            "nothing of a request gets into the lines of an answer");
    told_ += how;
    goes_on_ = false;
  }

  std::string_view input_;
  request_reader reader_{2048};
  kv::request_planner planner_ = make_planner();
  kv::task task_;
  std::string told_;
  bool goes_on_ = true;
};

}  // namespace

void fuzz_kv_request(std::string_view input) {
  auto const piece = take_piece_size(input);
  require(conversation(input).run(piece) == conversation(input).run(input.size() + 1),
          "requests do not depend on how the bytes arrive");
}

}  // namespace chronicle::fuzz
