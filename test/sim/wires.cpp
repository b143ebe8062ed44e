#include "sim/wires.hpp"

#include <algorithm>
#include <boost/asio/error.hpp>
#include <string_view>

namespace chronicle::sim {
namespace {

using namespace std::chrono_literals;

constexpr boot_clock::duration never_arrives = boot_clock::duration::max();

/// A proxy between the two ends of a connection: it remembers the write under way and may send it twice.
class proxy {
 public:
  explicit proxy(road& over) : over_(over) {}

  void pass_request(std::string_view bytes) { request_ += bytes; }

  /// Looks at the first bytes of an answer. What was refused must not be carried out later: then it is not
  /// sent again.
  void pass_answer(std::string_view bytes) {
    std::string const request = std::exchange(request_, {});
    auto const& sky = over_.on.sky;
    bool const again = over_.draws.happens(0.02 * (sky.of(fault::resend) + sky.of(fault::duplicate)));
    milliseconds const later = over_.draws.happens(0.5) ? over_.draws.between(0ms, 10s) : 0ms;
    if (!request.starts_with("PUT ") || bytes.size() < 12) return;
    std::string_view const status = bytes.substr(9, 3);
    bool const carried_out = status.starts_with('2') || status == "412";
    if (again && carried_out) over_.on.after(later, [&over = over_, request] { over.send_again(request); });
  }

 private:
  road& over_;
  std::string request_;
};

/// One direction of one connection.
class faulty_wire final : public wire {
 public:
  faulty_wire(road& over, std::shared_ptr<host> from, purpose use, bool to_server,
              std::shared_ptr<proxy> between)
      : over_(over), from_(std::move(from)), use_(use), to_server_(to_server), proxy_(std::move(between)) {}

  fate carry(std::string_view bytes) override {
    fate const is = decide(bytes.size());
    auto const piece = bytes.substr(0, is.taken);
    if (use_ == purpose::backend && !is.cut)
      to_server_ ? proxy_->pass_request(piece) : proxy_->pass_answer(piece);
    return is;
  }

 private:
  fate decide(std::size_t size) {
    auto& draws = over_.draws;
    auto const& sky = over_.on.sky;
    bool const is_bus = use_ == purpose::bus;
    milliseconds const usual = over_.travel_time();
    fault const loss = is_bus ? fault::bus_loss : to_server_ ? fault::lost_request : fault::lost_reply;
    bool const fails = draws.happens(0.01 * sky.of(loss));
    bool const half_open = draws.happens(0.3);
    double const lateness = is_bus       ? 0.02 * sky.of(fault::bus_delay)
                            : to_server_ ? 0.005 * sky.of(fault::ghost)
                                         : 0;
    bool const late = draws.happens(lateness);
    milliseconds const how_late = is_bus ? draws.between(500ms, 8s) : draws.between(3s, 90s);
    bool const in_pieces = draws.happens(0.1);
    std::size_t const first_piece = 1 + draws.below(size);
    if (over_.is_down() && over_.outage_refuses) return {0, {}, true};
    if (fails && half_open) dead_ = true;
    if (dead_) return {size, never_arrives, false};
    if (fails) return {first_piece - 1, usual, true};
    return {in_pieces ? first_piece : size, usual + (late ? how_late : 0ms) + until_open(), false};
  }

  // What is sent while the way is cut is sent again, by TCP, until it gets through.
  boot_clock::duration until_open() const {
    time_point const open = use_ == purpose::bus ? std::max(from_->bus_cut_until, over_.bus_outage_until)
                                                 : from_->backend_cut_until;
    return std::max(open - over_.on.now(), boot_clock::duration{0});
  }

  road& over_;
  std::shared_ptr<host> from_;
  purpose use_;
  bool to_server_;
  std::shared_ptr<proxy> proxy_;
  bool dead_ = false;  // half-open: one side sends and sends, and nothing arrives
};

}  // namespace

result<memory_link> lay_cable(road& over, std::shared_ptr<host> from, purpose use) {
  if (over.is_down() && over.outage_refuses) return error_code(asio::error::connection_refused);
  memory_link link;
  link.time = over.on.time;
  time_point const open =
      use == purpose::bus ? std::max(from->bus_cut_until, over.bus_outage_until) : from->backend_cut_until;
  link.connect_delay = over.travel_time() + std::max(open - over.on.now(), boot_clock::duration{0});
  auto const between = std::make_shared<proxy>(over);
  link.to_server = std::make_shared<faulty_wire>(over, from, use, true, between);
  link.to_client = std::make_shared<faulty_wire>(over, from, use, false, between);
  return link;
}

}  // namespace chronicle::sim
