// A disk that fails on demand, under SQLite.
#pragma once

#include <sqlite3.h>

#include <atomic>
#include <cstring>
#include <semaphore>
#include <stdexcept>
#include <string>

namespace chronicle::kv::test {

/// While it lives, SQLite's files are on it. One at a time.
class faulty_disk {
 public:
  /// What an operation on a write-ahead log returns instead of being carried out; SQLITE_OK: it is carried
  /// out.
  static inline std::atomic<int> sync_fault = SQLITE_OK;
  static inline std::atomic<int> write_fault = SQLITE_OK;
  /// Likewise when the log's index grows beyond its first page, with which it begins.
  static inline std::atomic<int> index_fault = SQLITE_OK;

  /// A sync that takes until it is told to end, and then fails.
  struct slow_sync {
    std::binary_semaphore has_begun{0}, may_end{0};
  };
  static inline std::atomic<slow_sync*> next_sync = nullptr;  ///< the one after it is as usual

  faulty_disk() : real_(sqlite3_vfs_find(nullptr)), faulty_(*real_) {
    faulty_.zName = "faulty";
    faulty_.xOpen = open;
    faulty_.pAppData = real_;
    sync_fault = write_fault = index_fault = SQLITE_OK;
    if (sqlite3_vfs_register(&faulty_, 1) != SQLITE_OK)
      throw std::runtime_error("cannot register the faulty disk");
  }
  ~faulty_disk() {
    sqlite3_vfs_unregister(&faulty_);
    sqlite3_vfs_register(real_, 1);
  }
  faulty_disk(faulty_disk const&) = delete;
  faulty_disk& operator=(faulty_disk const&) = delete;

 private:
  static int open(sqlite3_vfs* vfs, char const* name, sqlite3_file* file, int flags, int* out_flags) {
    auto* const real = static_cast<sqlite3_vfs*>(vfs->pAppData);
    int const code = real->xOpen(real, name, file, flags, out_flags);
    if (code != SQLITE_OK) return code;
    if ((flags & SQLITE_OPEN_MAIN_DB) != 0) spoil_index(file);
    if ((flags & SQLITE_OPEN_WAL) != 0) spoil_log(file);
    return code;
  }

  static void spoil_log(sqlite3_file* file) {
    original_ = *file->pMethods;
    failing_ = original_;
    failing_.xSync = [](sqlite3_file* f, int how) {
      if (slow_sync* const slow = next_sync.exchange(nullptr)) {
        slow->has_begun.release();
        slow->may_end.acquire();
        return SQLITE_IOERR_FSYNC;
      }
      int const fault = sync_fault;
      return fault != SQLITE_OK ? fault : original_.xSync(f, how);
    };
    failing_.xWrite = [](sqlite3_file* f, void const* data, int size, sqlite3_int64 at) {
      int const fault = write_fault;
      return fault != SQLITE_OK ? fault : original_.xWrite(f, data, size, at);
    };
    file->pMethods = &failing_;
  }

  static void spoil_index(sqlite3_file* database) {
    original_database_ = *database->pMethods;
    failing_database_ = original_database_;
    failing_database_.xShmMap = [](sqlite3_file* f, int page, int size, int grow, void volatile** memory) {
      int const fault = index_fault;
      if (fault != SQLITE_OK && page > 0 && grow != 0) return fault;
      return original_database_.xShmMap(f, page, size, grow, memory);
    };
    database->pMethods = &failing_database_;
  }

  static inline sqlite3_io_methods original_{};
  static inline sqlite3_io_methods failing_{};
  static inline sqlite3_io_methods original_database_{};
  static inline sqlite3_io_methods failing_database_{};

  sqlite3_vfs* real_;
  sqlite3_vfs faulty_;
};

}  // namespace chronicle::kv::test
