// Makes certificate authorities and certificates for TLS tests, good ones and every kind of bad one.
#pragma once

#include <memory>
#include <string>
#include <utility>

namespace chronicle::test {

/// A certificate and its private key, both PEM.
struct identity {
  std::string certificate;
  std::string key;
};

/// Issues certificates; itself self-signed.
class certificate_authority {
 public:
  explicit certificate_authority(std::string const& name);
  ~certificate_authority();

  std::string certificate() const;
  /// `names` as OpenSSL writes alternative names: "DNS:kv.test,IP:127.0.0.1". Valid from yesterday until
  /// `days` from now.
  identity issue(std::string const& names, int days = 1) const;

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// A certificate that nobody but itself vouches for; names and days as above.
identity make_self_signed(std::string const& names, int days = 1);

}  // namespace chronicle::test
