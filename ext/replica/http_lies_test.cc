// Servers whose answers are well-formed and untrue: a clear error, and the replica is unchanged.

#include <gtest/gtest.h>

#include "replica/checksum.h"
#include "replica/ltx_writer.h"
#include "replica/sync.h"
#include "replica/testing/fake_curl.h"
#include "replica/testing/fake_primary.h"
#include "replica/testing/image.h"
#include "replica/testing/pair.h"

namespace edgepack::replica::testing {
namespace {

/// A replica that shows the second of three states, and a server that says what a test wants.
struct HttpLies : ::testing::Test {
  HttpLies() {
    commit("INSERT INTO t(a, b) VALUES (1, randomblob(9000))");
    old = primary.newest();
    commit("UPDATE t SET a = 2");
    EXPECT_EQ(sync_error([this](const auto& asked) { return primary.answer(asked); }), "");
    here = primary.newest();
    commit("UPDATE t SET a = 3");
  }
  void commit(const std::string& sql) {
    pair.primary->rows(sql);
    pair.primary->rows("PRAGMA wal_checkpoint(TRUNCATE)");
    primary.commit(pair.primary_path);
  }
  std::string sync_error(const std::function<std::string(const HttpServer::Request&)>& answer) {
    Session session(
        &fake_curl([&](const auto& asked) { return FakeAnswer{.bytes = answer(asked)}; }));
    SyncRequest request;
    request.host = host;
    request.session = &session;
    request.path = pair.replica_path;
    request.source = "http://server/app.db";
    request.timeout_ms = 1;
    try {
      sync(request);
    } catch (const sqlite::Error& error) {
      return error.what();
    }
    return "";
  }
  /// `answer` is refused with a message that has `part`.
  void expect_refused(const std::string& answer, const std::string& part) {
    const std::string error = sync_error([&](const auto&) { return answer; });
    EXPECT_NE(error.find(part), error.npos) << error;
    EXPECT_EQ(database_checksum(pair.replica_path), here.checksum);
    EXPECT_EQ(integrity(pair.replica_path), "ok");
  }
  static std::string answer(const std::string& status, const TransactionMark& position,
                            const TransactionMark& newest, const LtxHeader& header,
                            const std::string& body) {
    return "HTTP/1.1 " + status + "\r\nEdgepack-Position: " + to_text(Position::of(position)) +
           "\r\nEdgepack-Newest: " + to_text(Position::of(newest)) +
           "\r\nEdgepack-Page-Size: " + std::to_string(header.page_size) +
           "\r\nEdgepack-Page-Count: " + std::to_string(header.commit) + "\r\n\r\n" + body;
  }
  /// An LTX file with one page of zeros that leads to `checksum`.
  static std::string file(const LtxHeader& header, std::uint32_t page, std::uint64_t checksum) {
    std::string body;
    LtxWriter writer(header, [&](std::span<const std::byte> bytes) {
      body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    });
    writer.add(page, std::vector<std::byte>(header.page_size));
    writer.finish(checksum);
    return body;
  }
  LtxHeader next() const {
    return {.page_size = 4096,
            .commit = 5,
            .min_txid = here.txid + 1,
            .max_txid = here.txid + 1,
            .pre_checksum = here.checksum};
  }
  TransactionMark mark(std::uint64_t id) const {
    return {.log = here.log, .txid = id, .checksum = kChecksumFlag | 5};
  }
  /// A file with this header, announced as what it says of itself.
  void expect_refused(const LtxHeader& header, std::uint32_t page, const std::string& part) {
    const TransactionMark to = mark(header.max_txid);
    expect_refused(answer("200 OK", to, to, header, file(header, page, to.checksum)), part);
  }

  Pair pair;
  Database host;
  FakePrimary primary{7};
  TransactionMark old;
  TransactionMark here;
};

TEST_F(HttpLies, OldPositions) {
  LtxHeader header = next();
  header.min_txid = 1;
  header.max_txid = old.txid;
  header.pre_checksum = 0;
  header.commit = 1;
  expect_refused(header, 1, "changes of other transactions");
  expect_refused(answer("204 No Content", old, old, next(), ""), "takes this replica for another");
}

TEST_F(HttpLies, ChangesAfterAnotherState) {
  LtxHeader header = next();
  header.pre_checksum = old.checksum;
  expect_refused(header, 2, "changes of other transactions");
  header = next();
  header.min_txid = header.max_txid = here.txid + 2;
  expect_refused(header, 2, "changes of other transactions");
}

TEST_F(HttpLies, AnotherHistory) {
  TransactionMark to = mark(here.txid + 1);
  ++to.log;
  expect_refused(answer("200 OK", to, to, next(), file(next(), 2, to.checksum)),
                 "changes of other transactions");
}

TEST_F(HttpLies, PagesOfAnotherDatabase) {
  expect_refused(next(), 2, "does not lead to the checksum that it announced");
}

TEST_F(HttpLies, HugeClaims) {
  LtxHeader header = next();
  header.commit = 0x7fffffff;
  expect_refused(header, 2, "left out new pages");
  expect_refused(header, 0x7ffffff0, "left out new pages");
  header.commit = 1;
  expect_refused(header, 1, "");
  const TransactionMark to = mark(here.txid + 1);
  const std::string whole = file(next(), 2, to.checksum);
  // The size of a compressed page, which follows the header of 100 bytes and the page's of 6.
  std::string claim = whole;
  claim.replace(106, 4, "\x7f\xff\xff\xff");
  expect_refused(answer("200 OK", to, to, next(), claim), "http://server/app.db");
  // The size of the page index, before the trailer of 16 bytes.
  claim = whole;
  claim.replace(claim.size() - 24, 8, "\x7f\xff\xff\xff\xff\xff\xff\xff");
  expect_refused(answer("200 OK", to, to, next(), claim), "http://server/app.db");
}

TEST_F(HttpLies, BodiesAndHeadsWithoutEnd) {
  const TransactionMark to = primary.newest();
  const std::string honest =
      primary.answer({.line = "GET /app.db/v1/changes?after=" + to_text(Position::of(here)),
                      .head = {},
                      .body = {}});
  std::string endless = honest;
  const std::size_t length = endless.find("Content-Length");
  endless.replace(length, 14, "X-Length-Was--");
  expect_refused(endless + std::string(5000000, 'x'), "bytes follow its end");
  std::string interim;
  for (int i = 0; i < 10000; ++i) interim += "HTTP/1.1 100 Continue\r\n\r\n";
  expect_refused(interim + honest, "http://server/app.db");
  expect_refused(answer("200 OK", to, to, next(), ""), "http://server/app.db");
}

TEST_F(HttpLies, AnotherPageSize) {
  LtxHeader header = next();
  header.page_size = 8192;
  // The database of another size would be another history.
  expect_refused(header, 2, "pages of another size");
}

}  // namespace
}  // namespace edgepack::replica::testing
