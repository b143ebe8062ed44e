// Makes certificate authorities and certificates for TLS tests, good ones and every kind of bad one.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>

namespace chronicle::test {

/// A folder of its own, removed with everything in it at the end.
class temporary_folder {
 public:
  temporary_folder();
  ~temporary_folder();
  temporary_folder(temporary_folder const&) = delete;
  temporary_folder& operator=(temporary_folder const&) = delete;

  std::filesystem::path const& path() const noexcept { return path_; }
  /// Writes a file and tells its path.
  std::string write(std::string const& name, std::string const& text) const;

 private:
  std::filesystem::path path_;
};

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

}  // namespace chronicle::test
