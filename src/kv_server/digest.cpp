#include "kv_server/digest.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <array>
#include <stdexcept>

#include "base/base64.hpp"
#include "kv_server/http_message.hpp"

namespace chronicle::kv {
namespace {

std::optional<std::string> decode_sha256(std::string_view base64) {
  auto decoded = decode_base64(base64);
  if (!decoded || decoded->size() != 32) return std::nullopt;
  return decoded;
}

}  // namespace

std::string sha256(std::string_view bytes) {
  std::array<unsigned char, 32> hash{};
  unsigned int size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), hash.data(), &size, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL refused to compute SHA-256");
  return {hash.begin(), hash.end()};
}

std::string format_content_digest(std::string_view sha256_bytes) {
  return "sha-256=:" + encode_base64(sha256_bytes) + ":";
}

std::optional<std::string> find_sha256(std::string_view content_digest) {
  constexpr std::string_view name = "sha-256=";
  while (!content_digest.empty()) {
    auto const comma = content_digest.find(',');
    std::string_view member = trim(content_digest.substr(0, comma));
    content_digest = comma == std::string_view::npos ? std::string_view{} : content_digest.substr(comma + 1);
    if (!member.starts_with(name)) continue;
    member.remove_prefix(name.size());
    if (member.size() < 2 || member.front() != ':' || member.back() != ':') return std::string();
    return decode_sha256(member.substr(1, member.size() - 2)).value_or(std::string());
  }
  return std::nullopt;
}

bool equal_in_constant_time(std::string_view a, std::string_view b) {
  // Digests have one length, so that not even the length of the secret shows.
  std::string const x = sha256(a);
  std::string const y = sha256(b);
  return CRYPTO_memcmp(x.data(), y.data(), x.size()) == 0;
}

}  // namespace chronicle::kv
