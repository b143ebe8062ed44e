// A simulated world is half a million small objects made and gone within milliseconds, on one thread: free
// lists by size serve them in a fifth of the time that the general allocator takes. Not under sanitizers,
// which watch the latter.
#include <cstddef>
#include <cstdlib>
#include <new>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
#define CHRONICLE_KEEP_ALLOCATOR
#endif
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CHRONICLE_KEEP_ALLOCATOR
#endif

#ifndef CHRONICLE_KEEP_ALLOCATOR
namespace {

/// Stands before every object.
struct alignas(std::max_align_t) block {
  std::size_t units;  // its size; in the largest kind, anything larger
  block* next;        // while it is free
};
constexpr std::size_t unit = alignof(std::max_align_t);
constexpr std::size_t largest = 64;  // in units
constexpr std::size_t chunk = std::size_t{256} * 1024;

struct shelf {
  block* free[largest] = {};
  char* fresh = nullptr;
  std::size_t left = 0;
};
thread_local constinit shelf mine;

void* get(std::size_t bytes) {
  void* const got = std::malloc(bytes);
  if (!got) throw std::bad_alloc();
  return got;
}

block* carve(std::size_t bytes) {
  if (mine.left < bytes) {
    mine.fresh = static_cast<char*>(get(chunk));
    mine.left = chunk;
  }
  void* const here = mine.fresh;
  mine.fresh += bytes;
  mine.left -= bytes;
  return static_cast<block*>(here);
}

}  // namespace

void* operator new(std::size_t size) {
  std::size_t const units = size / unit + 1;
  block* made = nullptr;
  if (units >= largest) {
    made = static_cast<block*>(get(sizeof(block) + size));
    made->units = largest;
  } else if ((made = mine.free[units])) {
    mine.free[units] = made->next;
  } else {
    made = carve(sizeof(block) + units * unit);
    made->units = units;
  }
  return made + 1;
}

void operator delete(void* object) noexcept {
  if (!object) return;
  block* const gone = static_cast<block*>(object) - 1;
  if (gone->units == largest) return std::free(gone);
  gone->next = mine.free[gone->units];
  mine.free[gone->units] = gone;
}
void operator delete(void* object, std::size_t) noexcept {
  operator delete(object);
}
#endif
