// Any bytes as the answers of a server: the sync fails and the replica shows what it showed, or it
// ends at a state whose checksum it announces, which is the primary's if the server is honest but
// for damage.

#include <cstdlib>
#include <memory>

#include "replica/checksum.h"
#include "replica/ltx_writer.h"
#include "replica/sync.h"
#include "replica/testing/fake_curl.h"
#include "replica/testing/fake_primary.h"
#include "replica/testing/image.h"
#include "replica/testing/pair.h"

using namespace edgepack::replica;
using namespace edgepack::replica::testing;

namespace {

constexpr char kSource[] = "http://fake/app.db";
constexpr std::uint32_t kPageSize = 512;

/// Hands out the input, and zeros behind its end.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : data_(data), size_(size) {}
  std::uint64_t number(int bytes) {
    std::uint64_t value = 0;
    for (; bytes > 0; --bytes) value = value << 8 | next();
    return value;
  }
  std::string rest() {
    const std::string text(reinterpret_cast<const char*>(data_), size_);
    size_ = 0;
    return text;
  }
  bool empty() const { return size_ == 0; }

 private:
  std::uint64_t next() {
    if (size_ == 0) return 0;
    --size_;
    return *data_++;
  }
  const std::uint8_t* data_;
  std::size_t size_;
};

/// A primary with two states, and a replica that shows the first.
struct World {
  explicit World(sqlite3* host) : primary(7) {
    Pair pair("WAL", kPageSize);
    pair.primary->rows("INSERT INTO t(a, b) VALUES (1, randomblob(3000)), (2, 'two')");
    commit(pair);
    Session session(&fake_curl(
        [this](const auto& request) { return FakeAnswer{.bytes = primary.answer(request)}; }));
    sync({.host = host, .session = &session, .path = replica, .source = kSource});
    first = Image::of(replica);
    first_checksum = primary.newest().checksum;
    pair.primary->rows("UPDATE t SET a = 3; INSERT INTO t(b) VALUES (randomblob(900))");
    commit(pair);
  }
  void commit(Pair& pair) {
    pair.primary->rows("PRAGMA wal_checkpoint(TRUNCATE)");
    primary.commit(pair.primary_path);
  }

  TemporaryFolder folder;
  std::string replica = folder / "replica.db";
  FakePrimary primary;
  Image first;
  std::uint64_t first_checksum = 0;
};

/// An answer whose parts fit one another as far as the input wants it.
std::string consistent_answer(Input& input, const World& world) {
  LtxHeader header{.page_size = 512U << (input.number(1) % 8),
                   .commit = static_cast<std::uint32_t>(input.number(1)),
                   .min_txid = input.number(1),
                   .max_txid = input.number(1),
                   .timestamp = 5000,
                   .pre_checksum = world.primary.newest().checksum ^ (input.number(1) & 1)};
  if (input.number(1) % 16 == 0) header.commit |= 0x7fff0000;
  std::string body;
  DatabaseChecksum checksum;
  try {
    LtxWriter writer(header, [&](std::span<const std::byte> bytes) {
      body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    });
    std::string page(header.page_size, static_cast<char>(input.number(1)));
    const auto bytes = std::as_bytes(std::span(page));
    std::uint32_t number = 0;
    const auto count = input.number(1) % 32;
    for (std::uint64_t i = 0; i < count; ++i) {
      number += 1 + static_cast<std::uint32_t>(input.number(1) % 4);
      page[input.number(1)] = static_cast<char>(input.number(1));
      writer.add(number, bytes);
      checksum.toggle(number, bytes);
    }
    writer.finish(checksum.value());
  } catch (const edgepack::sqlite::Error&) {
    body.resize(body.size() / 2);
  }
  TransactionMark mark{.log = 7, .txid = header.max_txid, .checksum = checksum.value()};
  const std::string position = to_text(Position::of(mark));
  return "HTTP/1.1 200 OK\r\nEdgepack-Position: " + position + "\r\nEdgepack-Newest: " + position +
         "\r\nEdgepack-Page-Size: " + std::to_string(header.page_size) +
         "\r\nEdgepack-Page-Count: " + std::to_string(header.commit) + "\r\n\r\n" + body;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const edgepack::testing::Database binding;  // of SQLite to this program
  static const World world(binding);
  Input input(data, size);
  const auto choices = input.number(1);
  const auto damaged = input.number(1) % 4;  // which answer
  const auto at = input.number(2);
  const auto piece = 1 + input.number(1) * 8;
  const bool from_nothing = (choices & 1) != 0;
  (from_nothing ? Image{} : world.first).restore(world.replica);
  const std::uint64_t before = from_nothing ? kChecksumFlag : world.first_checksum;
  bool is_honest = true;
  std::uint64_t asked = 0;
  const auto answer = [&](const HttpServer::Request& request) {
    FakeAnswer fake{
        .bytes = world.primary.answer(request), .piece = piece, .breaks_off = (choices & 2) != 0};
    if (asked > 20) fake.bytes = plain_answer(500, "");
    if (asked++ != damaged) return fake;
    switch (choices >> 3 & 3) {
      case 0:
        fake.bytes = "HTTP/1.1 200 OK\r\n" + input.rest();
        break;
      case 1:
        is_honest = false;
        fake.bytes = consistent_answer(input, world);
        break;
      default: {
        const std::string text = input.rest();
        const std::size_t place = at % fake.bytes.size();
        fake.bytes.replace(place, (choices & 32) != 0 ? 0 : text.size(), text);
      }
    }
    return fake;
  };
  Session session(&fake_curl(answer));
  SyncRequest request{.host = binding,
                      .session = &session,
                      .path = world.replica,
                      .source = kSource,
                      .timeout_ms = 1,
                      .repair = (choices & 4) != 0};
  std::optional<SyncResult> result;
  try {
    result = sync(request);
  } catch (const edgepack::sqlite::Error&) {
  }
  session.close(world.replica);
  const std::uint64_t now = database_checksum(world.replica);
  const bool is_newest = now == world.primary.newest().checksum;
  if (is_honest && now != before && !is_newest) std::abort();
  // A liar whose sums agree may lead to anything once, and fail afterwards.
  if (!result && is_honest && now != before && asked < 2) std::abort();
  if (result && now != kChecksumFlag && now != result->checksum) std::abort();
  return 0;
}
