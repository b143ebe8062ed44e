// One open profile: its document, the record header it stands on, and the work that keeps both in the
// backend. One compare-and-swap is in flight at a time (R1); what to do next is decided by lease/upkeep.hpp.
#pragma once

#include <boost/json/object.hpp>
#include <memory>
#include <optional>
#include <string>

#include "base/pending_outcome.hpp"
#include "chronicle/profile.hpp"
#include "lease/upkeep.hpp"
#include "record/codec.hpp"
#include "record/record.hpp"
#include "session/context.hpp"
#include "session/settle.hpp"

namespace chronicle {

/// What an acquire hands to a new session.
struct acquired_profile {
  std::string key;      ///< as the caller gave it
  record::header head;  ///< the record as written by the acquire
  version at;
  boost::json::object data;  ///< with the template applied
  /// The data as stored, when the template added to it: until the first save, renewals write this.
  std::optional<boost::json::object> as_stored;
  std::uint64_t baseline_hash = 0;  ///< canonical hash of `data`
  time_point sent_at{};

  acquired_profile() = default;
};

class session;

/// Lets sessions work: whenever the rest of one is over, or it asks for it.
class session_keeper {
 public:
  /// Calls `session::work` soon, not from in here. A session that is at work goes on with it: it looks once
  /// more before it rests.
  virtual void wake(session const& who) = 0;
  /// Calls `session::work` now, likewise.
  virtual void set_to_work(session const& who) = 0;

 protected:
  ~session_keeper() = default;
};

class session {
 public:
  session(std::shared_ptr<context> ctx, std::weak_ptr<session_keeper> keeper, acquired_profile acquired);

  /// Does all that is due, one thing after the other. True when it may rest after that until `rests_until`,
  /// without a coroutine; false when the profile has been released, lost or given up. `interrupt` is what the
  /// coroutine was spawned with.
  asio::awaitable<bool> work(asio::cancellation_signal& interrupt);
  /// In the past when it has been woken meanwhile.
  time_point rests_until() const noexcept { return rests_until_; }

  boost::json::object const& data() const noexcept { return data_; }
  boost::json::object& edit();  ///< throws `session_inactive`
  session_state state() const noexcept;
  bool is_dirty() const { return upkeep_.dirty(); }
  /// Also when a write of it may still arrive, or it was changed through an old reference.
  bool has_unsaved_data() const;
  profile_metadata metadata() const;
  std::string const& key() const noexcept { return key_; }
  std::string const& id() const noexcept { return head_.lease.session; }
  std::uint64_t generation() const noexcept { return head_.lease.generation; }
  context& store_context() const noexcept { return *ctx_; }

  using pending_receipt = std::shared_ptr<pending_outcome<save_receipt>>;

  /// Asks for a save that starts from now on.
  pending_receipt save();
  /// Asks for the release.
  pending_receipt release();
  void request_release();
  /// A challenge asked for this session: unsaved data goes out at once, and the lease is renewed early (C6).
  void flush();
  /// Somebody claims to have taken over: find out by writing (C7).
  void confirm_now();
  lease::upkeep_state const& upkeep() const noexcept { return upkeep_; }
  /// Ends a session that an unexpected exception has stopped: nothing will be written any more.
  void abandon(error_code why);
  /// Hands out what is unsaved when nobody may be there to write it any more.
  void hand_over_unsaved(error_code why) const;
  /// How it ended; meaningful once it has.
  outcome<save_receipt> const& end_report() const noexcept { return report_; }

 private:
  enum class write_kind { save, renew, release };

  // What a write puts into the record.
  enum class payload {
    document,   // the document as it is now, under a new commit index
    unchanged,  // what the record holds already
  };

  /// One compare-and-swap with all that follows from it.
  struct write_in_flight {
    write_kind kind;
    payload what = payload::unchanged;
    record::header head;                      // as sent
    record::sealed_data snapshot;             // the document when it was looked at last; its text until sent
    std::optional<boost::json::object> data;  // as sent, when a hook wants it
    error_code data_problem;                  // why the document could not be written
    save_receipt receipt;
    caller by;

    write_in_flight(write_kind k, asio::cancellation_signal& interrupt)
        : kind(k), by{receipt.stats, interrupt} {}
    write_in_flight(write_in_flight const&) = delete;
    write_in_flight& operator=(write_in_flight const&) = delete;
  };

  asio::awaitable<void> write(write_kind kind, asio::cancellation_signal& interrupt);
  // Writes until it is settled, on top of whatever version our session is found under (R6). May turn the
  // payload from unchanged to document.
  asio::awaitable<settled> settle_on_top(write_in_flight& w);
  // The same over the data that the backend holds, for a document that cannot be written.
  asio::awaitable<settled> settle_over_stored(write_in_flight& w);
  void take_snapshot(write_in_flight& w);
  prepared_write prepare(write_in_flight& w);
  void adopt(settled& ended, write_in_flight& w);
  // Says in the log why the document cannot be expressed in JSON.
  error_code name_data_problem() const;

  void report_unsavable(write_in_flight& w, error_code why);
  void conclude(write_in_flight& w, settled const& ended);
  void conclude_applied(write_in_flight& w, settled const& ended);
  void conclude_failed(write_in_flight& w, settled const& ended);
  void conclude_lost(write_in_flight& w, settled const& ended);
  void count(write_in_flight const& w) const;
  void note_lapse();
  void lose(loss_cause cause, bool unsaved, outcome<save_receipt> report);
  void give_up();
  void finish(session_state how, outcome<save_receipt> report);
  pending_receipt make_pending() const;
  static void answer(pending_receipt& waiting, outcome<save_receipt> const& report);
  void begin_period();
  void wake();
  void set_to_work();
  settle_limits limits(write_kind kind) const;

  std::shared_ptr<context> ctx_;
  std::weak_ptr<session_keeper> keeper_;
  std::string key_;
  record::header head_;  // as confirmed last
  version at_;
  boost::json::object data_;
  std::optional<boost::json::object> as_stored_;  // when it differs from data_ although nobody edited
  std::uint64_t baseline_hash_;                   // of the document when it was last known to need no write

  lease::upkeep_state upkeep_;
  session_state phase_ = session_state::active;  // never `lapsed`, which depends on the time: see state()
  std::uint64_t last_index_;                     // attempted so far; never used twice
  std::uint64_t last_seq_;                       // likewise
  bool ghost_possible_ = false;  // an unconfirmed write of ours may still arrive: the next one must be real
  // The documents of the writes that nobody has confirmed, since the last that somebody has.
  struct unconfirmed_document {
    std::uint64_t index;  // of its commit
    std::uint64_t hash;
    unconfirmed_document(std::uint64_t i, std::uint64_t h) : index(i), hash(h) {}
  };
  std::vector<unconfirmed_document> unconfirmed_;
  bool lapse_reported_ = false;
  std::size_t record_bytes_ = 1024;  // of the last write

  time_point rests_until_ = time_point::min();  // when at rest
  // What callers wait for, if any do: the end, the next save, the one under way.
  pending_receipt end_;
  pending_receipt next_save_;
  pending_receipt current_save_;
  outcome<save_receipt> report_;  // of the write that failed last; once the session has ended, how
};

}  // namespace chronicle
