#include "bench/measure.hpp"

#include <time.h>

#include <algorithm>
#include <cstdlib>
#include <new>

namespace {
thread_local std::size_t allocated = 0;
}  // namespace

void* operator new(std::size_t size) {
  ++allocated;
  if (void* const memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}

namespace chronicle::bench {
namespace {

double read_clock(clockid_t clock) {
  timespec t{};
  ::clock_gettime(clock, &t);
  return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

template <class Value>
std::vector<double> map(std::vector<half> const& halves, Value value) {
  std::vector<double> values;
  for (half const& one : halves) values.push_back(value(one));
  return values;
}

template <class Value>
spread ratios(comparison const& both, Value value) {
  std::vector<double> all;
  for (std::size_t i = 0; i < both.ours.size(); ++i)
    all.push_back(value(both.ours[i]) / value(both.reference[i]));
  return spread_of(std::move(all));
}

}  // namespace

spread spread_of(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return {values.front(), values[values.size() / 2], values.back()};
}

bool row::holds() const noexcept {
  switch (kind) {
    case promise::at_least: return ratio.median >= promised;
    case promise::at_most: return ratio.median <= promised;
    case promise::none: break;
  }
  return true;
}

double processor_seconds() {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}
double seconds_now() {
  return read_clock(CLOCK_MONOTONIC);
}

half time_half(std::function<double()> const& run) {
  half one;
  double const began = seconds_now();
  double const used = processor_seconds();
  one.operations = run();
  one.seconds = seconds_now() - began;
  one.processor = processor_seconds() - used;
  return one;
}

comparison compare(effort how_much, std::function<double()> const& reference,
                   std::function<double()> const& ours) {
  comparison both;
  for (int round = 0; round < how_much.rounds; ++round) {
    bool const ours_first = round % 2 != 0;
    if (ours_first) both.ours.push_back(time_half(ours));
    both.reference.push_back(time_half(reference));
    if (!ours_first) both.ours.push_back(time_half(ours));
  }
  return both;
}

spread comparison::rates() const {
  return ratios(*this, [](half const& one) { return one.rate(); });
}
spread comparison::processor_per_operation() const {
  return ratios(*this, [](half const& one) { return one.processor / one.operations; });
}

double wall_microseconds(std::vector<half> const& halves) {
  return spread_of(map(halves, [](half const& one) { return 1e6 * one.seconds / one.operations; })).median;
}
double processor_microseconds(std::vector<half> const& halves) {
  return spread_of(map(halves, [](half const& one) { return 1e6 * one.processor / one.operations; })).median;
}

std::size_t allocations() noexcept {
  return allocated;
}

}  // namespace chronicle::bench
