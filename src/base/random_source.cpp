#include "chronicle/random_source.hpp"

#include <array>
#include <atomic>
#include <random>

#include "base/hex.hpp"

namespace chronicle {
namespace {

// Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators (OOPSLA 2014). Its state is a counter,
// so an atomic add makes it safe for several threads.
class splitmix64 final : public random_source {
 public:
  explicit splitmix64(std::uint64_t seed) : state_(seed) {}
  std::uint64_t next() override {
    constexpr std::uint64_t golden = 0x9e3779b97f4a7c15;
    std::uint64_t z = state_.fetch_add(golden, std::memory_order_relaxed) + golden;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::atomic<std::uint64_t> state_;
};

std::uint64_t from_operating_system() {
  // Making one asks the processor for its kind, which takes a virtual machine longer than all the rest of an
  // id.
  thread_local std::random_device device;
  return std::uint64_t{device()} << 32 | device();
}

std::string format_uuid(std::uint64_t high, std::uint64_t low) {
  high = (high & ~std::uint64_t{0xf000}) | 0x4000;                   // version 4
  low = (low & ~(std::uint64_t{3} << 62)) | std::uint64_t{2} << 62;  // variant 10
  std::string text(36, '-');
  std::size_t at = 0;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) ++at;
    std::uint64_t const half = i < 16 ? high : low;
    text[at++] = hex_digits[(half >> (60 - 4 * (i % 16))) & 15];
  }
  return text;
}

class real_id_source final : public id_source {
 public:
  std::string make_id() override { return format_uuid(from_operating_system(), from_operating_system()); }
};

class seeded_id_source final : public id_source {
 public:
  explicit seeded_id_source(std::uint64_t seed) : numbers_(seed) {}
  std::string make_id() override {
    std::uint64_t const high = numbers_.next();
    return format_uuid(high, numbers_.next());
  }

 private:
  splitmix64 numbers_;
};

}  // namespace

double uniform(random_source& random) {
  return static_cast<double>(random.next() >> 11) * 0x1p-53;
}

std::uint64_t uniform_up_to(random_source& random, std::uint64_t bound) {
  if (bound == ~std::uint64_t{0}) return random.next();
  // Rejection keeps every value equally likely.
  std::uint64_t const range = bound + 1;
  std::uint64_t const usable = ~std::uint64_t{0} - (~std::uint64_t{0} % range + 1) % range;
  std::uint64_t drawn = random.next();
  while (drawn > usable) drawn = random.next();
  return drawn % range;
}

std::shared_ptr<random_source> make_real_random_source() {
  return std::make_shared<splitmix64>(from_operating_system());
}
std::shared_ptr<random_source> make_seeded_random_source(std::uint64_t seed) {
  return std::make_shared<splitmix64>(seed);
}
std::shared_ptr<id_source> make_real_id_source() {
  return std::make_shared<real_id_source>();
}
std::shared_ptr<id_source> make_seeded_id_source(std::uint64_t seed) {
  return std::make_shared<seeded_id_source>(seed);
}

}  // namespace chronicle
