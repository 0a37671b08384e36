#pragma once
// Who may ask.

#include <array>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace edgepack::serve {

/// The tokens of a file: one a line; blank lines and lines that begin with `#` do not count. Any
/// thread.
class Tokens {
 public:
  /// Reads the file `path`. Throws sqlite::Error if it cannot be read or holds no token.
  explicit Tokens(std::string path);

  /// Reads the file again; on failure the tokens stay, and the Error is thrown.
  void reload();

  /// Whether the value of an Authorization header holds one of them: `Bearer TOKEN`, or `Basic`
  /// with the token as the password. Takes the same time for every wrong token.
  bool permit(const std::string& authorization) const;

 private:
  using Digest = std::array<unsigned char, 32>;

  std::string path_;
  mutable std::mutex mutex_;
  std::vector<Digest> digests_;
};

}  // namespace edgepack::serve
