#include "base/base64.hpp"

#include <openssl/evp.h>

#include <cstddef>

namespace chronicle {
namespace {

unsigned char const* as_bytes(std::string_view text) {
  return reinterpret_cast<unsigned char const*>(text.data());
}
unsigned char* as_bytes(std::string& text) {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace

std::string encode_base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // EVP_EncodeBlock adds a NUL
  int const size = EVP_EncodeBlock(as_bytes(text), as_bytes(bytes), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::optional<std::string> decode_base64(std::string_view text) {
  // OpenSSL strips blanks and counts padding as bytes of the result.
  if (text.size() % 4 != 0 || text.find_first_of(" \t\r\n\v\f") != text.npos) return std::nullopt;
  auto const padding = text.size() - text.find_last_not_of('=') - 1;
  if (text.empty()) return std::string();
  std::string bytes(text.size() / 4 * 3, '\0');
  int const size = EVP_DecodeBlock(as_bytes(bytes), as_bytes(text), static_cast<int>(text.size()));
  if (size < 0 || padding > 2) return std::nullopt;
  bytes.resize(static_cast<std::size_t>(size) - padding);
  if (encode_base64(bytes) != text) return std::nullopt;
  return bytes;
}

}  // namespace chronicle
