#include "serve/tokens.h"

#include <fstream>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <strings.h>
#include <utility>

#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

constexpr char kWhiteSpace[] = " \t\r\n";

std::string trim(const std::string& text) {
  const std::size_t begin = text.find_first_not_of(kWhiteSpace);
  if (begin == std::string::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) - begin + 1);
}

/// Digests are compared, so that not even the length of a token shows in the time.
std::array<unsigned char, 32> digest(const std::string& token) {
  std::array<unsigned char, 32> digest{};
  EVP_Digest(token.data(), token.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  return digest;
}

bool has_scheme(const std::string& authorization, const char* scheme, std::size_t size) {
  return ::strncasecmp(authorization.c_str(), scheme, size) == 0;
}

/// The password in `BASE64(user:password)`.
std::string basic_password(const std::string& encoded) {
  std::string decoded(encoded.size() + 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(decoded.data()),
                                   reinterpret_cast<const unsigned char*>(encoded.data()),
                                   static_cast<int>(encoded.size()));
  if (size < 0) return {};
  decoded.resize(static_cast<std::size_t>(size));
  while (!decoded.empty() && decoded.back() == '\0') decoded.pop_back();
  const std::size_t colon = decoded.find(':');
  return colon == std::string::npos ? std::string() : decoded.substr(colon + 1);
}

}  // namespace

Tokens::Tokens(std::string path) : path_(std::move(path)) { reload(); }

void Tokens::reload() {
  std::ifstream file(path_);
  std::vector<Digest> digests;
  for (std::string line; std::getline(file, line);) {
    const std::string token = trim(line);
    if (!token.empty() && token.front() != '#') digests.push_back(digest(token));
  }
  if (digests.empty()) {
    throw sqlite::Error({.operation = "edgepack-serve",
                         .object = path_,
                         .problem = "no token can be read from it",
                         .hint = "write one token a line"});
  }
  const std::lock_guard guard(mutex_);
  digests_ = std::move(digests);
}

bool Tokens::permit(const std::string& authorization) const {
  std::string token;
  if (has_scheme(authorization, "Bearer ", 7)) token = trim(authorization.substr(7));
  if (has_scheme(authorization, "Basic ", 6)) token = basic_password(trim(authorization.substr(6)));
  const Digest given = digest(token);
  int found = 0;
  const std::lock_guard guard(mutex_);
  for (const Digest& known : digests_) {
    found |= static_cast<int>(CRYPTO_memcmp(known.data(), given.data(), given.size()) == 0);
  }
  return found != 0 && !token.empty();
}

}  // namespace edgepack::serve
