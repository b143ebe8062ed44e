// Asking the owner of a lease whether it lives (PROTOCOL section 5): the messages, and what they mean. Best
// effort: a lease changes hands only by a compare-and-swap.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "chronicle/session_state.hpp"
#include "chronicle/time_source.hpp"
#include "record/record.hpp"

namespace chronicle::lease {

enum class message_kind {
  challenge,  ///< "do you hold this lease?"
  reply,      ///< the owner's answer
  probe,      ///< to oneself: proves that the bus works (C4)
  robbed,     ///< "your lease was taken over" (C7)
};

/// What an owner says of its session.
enum class owner_state {
  active,
  releasing,  ///< wait, it will be free soon (C3)
  released,   ///< it does not hold it (any more): look again
};

struct message {
  message_kind kind = message_kind::probe;
  std::string nonce;    ///< chosen by the challenger; a reply to another one is not an answer
  std::string key;      ///< the record key
  std::string session;  ///< of the lease in question
  std::uint64_t generation = 0;
  std::string from;                         ///< the sender's server id, which is the topic it listens on
  owner_state state = owner_state::active;  ///< in a reply
  milliseconds valid_for{0};                ///< in a reply: what is left of the lease

  message() = default;
};

/// The text on the bus. With a secret it carries an HMAC-SHA-256 (RFC 2104) over everything else.
std::string encode(message const& m, std::string_view secret);

/// The message in `text`; nothing when it is not one of ours or, with a secret, not authentic.
std::optional<message> decode(std::string_view text, std::string_view secret);

/// Whether `m` answers the challenge `nonce` about `held` (C1: nonce, session and generation all agree).
bool answers(message const& m, std::string const& nonce, record::lease const& held);

/// What the owner of `session` and `generation`, whose session is in `state`, answers to a challenge; nothing
/// when the challenge is about another session, or when it may not vouch: lapsed or lost, or its event loop
/// stood still and the lease was not confirmed since (C2).
std::optional<owner_state> decide_reply(message const& challenge, std::string const& session,
                                        std::uint64_t generation, session_state state,
                                        bool stalled_since_confirmed);

}  // namespace chronicle::lease
