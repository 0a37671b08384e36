#pragma once
// A primary that speaks docs/http.md, as simply as can be: it keeps every state whole.

#include <cstdint>
#include <string>
#include <vector>

#include "replica/position.h"
#include "replica/testing/http_server.h"

namespace edgepack::replica::testing {

/// The answers of a server, to be sent as they are or damaged. One history, whose ids begin at 100.
/// Who answers in one thread and commits in another locks around both.
class FakePrimary {
 public:
  explicit FakePrimary(std::uint64_t log = 1) : log_(log) {}

  /// The pages that the database file `path` (checkpointed, in WAL mode) shows become the newest
  /// state.
  void commit(const std::string& path);

  /// The whole answer to a request, head and body.
  std::string answer(const HttpServer::Request& request) const;

  TransactionMark newest() const { return mark_of(states_.size() - 1); }
  /// States before this one are answered with 410.
  void forget_before(std::size_t state) { first_ = state; }

 private:
  using Pages = std::vector<std::string>;
  struct State {
    Pages pages;
    std::uint64_t checksum;
  };
  TransactionMark mark_of(std::size_t state) const;
  std::string head_of(std::size_t state) const;
  std::string ltx(std::size_t to, std::uint64_t min, std::uint64_t before,
                  const std::vector<std::uint32_t>& pages) const;
  std::string changes(const std::string& after) const;
  std::string difference(const std::string& sums) const;

  std::uint64_t log_;
  std::vector<State> states_;
  std::size_t first_ = 0;
};

/// `text` with `status` as an HTTP answer without position.
std::string plain_answer(int status, const std::string& text);

}  // namespace edgepack::replica::testing
