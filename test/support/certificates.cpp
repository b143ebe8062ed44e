#include "support/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <stdexcept>

namespace chronicle::test {
namespace {

template <auto Free>
struct freed_by {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using key_ptr = std::unique_ptr<EVP_PKEY, freed_by<EVP_PKEY_free>>;
using certificate_ptr = std::unique_ptr<X509, freed_by<X509_free>>;
using bio_ptr = std::unique_ptr<BIO, freed_by<BIO_free_all>>;
using extension_ptr = std::unique_ptr<X509_EXTENSION, freed_by<X509_EXTENSION_free>>;

void must(bool worked) {
  if (!worked) throw std::runtime_error("OpenSSL cannot make a test certificate");
}

std::string text_of(BIO* bio) {
  char* data = nullptr;
  auto const size = BIO_get_mem_data(bio, &data);
  return {data, static_cast<std::size_t>(size)};
}

std::string pem_of(X509* certificate) {
  bio_ptr const bio(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_X509(bio.get(), certificate) == 1);
  return text_of(bio.get());
}

std::string pem_of(EVP_PKEY* key) {
  bio_ptr const bio(BIO_new(BIO_s_mem()));
  must(PEM_write_bio_PrivateKey(bio.get(), key, nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return text_of(bio.get());
}

void add_extension(X509* certificate, int id, std::string const& value) {
  extension_ptr const extension(X509V3_EXT_conf_nid(nullptr, nullptr, id, value.c_str()));
  must(extension && X509_add_ext(certificate, extension.get(), -1) == 1);
}

/// A certificate for `key` that lacks only its extensions and its signature.
certificate_ptr unsigned_certificate(EVP_PKEY* key, std::string const& name, X509_NAME* issuer, int days) {
  static long serial = 0;
  certificate_ptr certificate(X509_new());
  must(certificate != nullptr);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), ++serial);
  constexpr long day = 24 * 60 * 60;
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -30 * day);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), days * day);
  auto* const subject = X509_get_subject_name(certificate.get());
  must(X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                                  reinterpret_cast<unsigned char const*>(name.c_str()), -1, -1, 0) == 1);
  must(X509_set_issuer_name(certificate.get(), issuer ? issuer : subject) == 1);
  must(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

}  // namespace

struct certificate_authority::impl {
  key_ptr key{EVP_EC_gen("P-256")};
  certificate_ptr certificate;
};

certificate_authority::certificate_authority(std::string const& name) : impl_(std::make_unique<impl>()) {
  auto* const key = impl_->key.get();
  impl_->certificate = unsigned_certificate(key, name, nullptr, 1);
  add_extension(impl_->certificate.get(), NID_basic_constraints, "critical,CA:TRUE");
  must(X509_sign(impl_->certificate.get(), key, EVP_sha256()) > 0);
}

certificate_authority::~certificate_authority() = default;

std::string certificate_authority::certificate() const {
  return pem_of(impl_->certificate.get());
}

identity certificate_authority::issue(std::string const& names, int days) const {
  key_ptr const key(EVP_EC_gen("P-256"));
  auto const certificate = unsigned_certificate(key.get(), "chronicle test",
                                                X509_get_subject_name(impl_->certificate.get()), days);
  add_extension(certificate.get(), NID_subject_alt_name, names);
  must(X509_sign(certificate.get(), impl_->key.get(), EVP_sha256()) > 0);
  return {pem_of(certificate.get()), pem_of(key.get())};
}

identity make_self_signed(std::string const& names, int days) {
  key_ptr const key(EVP_EC_gen("P-256"));
  auto const certificate = unsigned_certificate(key.get(), "chronicle test", nullptr, days);
  add_extension(certificate.get(), NID_subject_alt_name, names);
  must(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
  return {pem_of(certificate.get()), pem_of(key.get())};
}

}  // namespace chronicle::test
