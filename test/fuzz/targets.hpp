// What is fuzzed: everything that reads bytes from outside. Each target takes any bytes at all; what must not
// happen is a crash, a sanitizer's complaint, a hang, or a broken promise (`require`).
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace chronicle::fuzz {

void fuzz_record(std::string_view input);  ///< record codec: what is accepted is written and read back alike
void fuzz_json(std::string_view input);    ///< parse(serialize(x)) is x, and hashes like x
void fuzz_http_response(
    std::string_view input);  ///< answers to the REST and etcd backends, over a stream in memory
void fuzz_event_stream(std::string_view input);   ///< server-sent events, in one piece and in many
void fuzz_etcd_watch(std::string_view input);     ///< NDJSON, likewise
void fuzz_lease_message(std::string_view input);  ///< challenges and replies on the bus
void fuzz_url(std::string_view input);
void fuzz_command_line(std::string_view input);  ///< of chronicle-kv, an argument a line
void fuzz_kv_request(std::string_view input);    ///< requests to chronicle-kv, in one piece and in many

struct target {
  std::string_view name;  ///< also the folder of its corpus
  void (*run)(std::string_view input);
};

inline constexpr std::array targets{
    target{"record", fuzz_record},
    target{"json", fuzz_json},
    target{"http_response", fuzz_http_response},
    target{"event_stream", fuzz_event_stream},
    target{"etcd_watch", fuzz_etcd_watch},
    target{"lease_message", fuzz_lease_message},
    target{"url", fuzz_url},
    target{"command_line", fuzz_command_line},
    target{"kv_request", fuzz_kv_request},
};

/// Ends the program, saying `promise`, unless it was kept.
void require(bool kept, char const* promise);

/// Takes the first byte off `input` and makes it the size of the pieces in which the rest arrives; 1 to 64.
std::size_t take_piece_size(std::string_view& input);

}  // namespace chronicle::fuzz
