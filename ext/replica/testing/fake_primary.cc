#include "replica/testing/fake_primary.h"

#include "replica/bytes.h"
#include "replica/checksum.h"
#include "replica/ltx_writer.h"
#include "replica/testing/pair.h"
#include "sqlite/statement.h"

namespace edgepack::replica::testing {
namespace {

constexpr std::uint64_t kFirstId = 100;

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

std::string with_body(const std::string& head, const std::string& body) {
  return head + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

std::string plain_answer(int status, const std::string& text) {
  return with_body("HTTP/1.1 " + std::to_string(status) + " x\r\n", text);
}

void FakePrimary::commit(const std::string& path) {
  const std::string file = read_whole(path);
  const std::uint32_t stored = read_be16(bytes_of(file).data() + 16);
  const std::size_t page_size = stored == 1 ? 65536 : stored;
  Pages pages;
  DatabaseChecksum checksum;
  for (std::size_t at = 0; at < file.size(); at += page_size) {
    pages.push_back(file.substr(at, page_size));
    checksum.toggle(static_cast<std::uint32_t>(pages.size()), bytes_of(pages.back()));
  }
  states_.push_back({std::move(pages), checksum.value()});
}

TransactionMark FakePrimary::mark_of(std::size_t state) const {
  return {.log = log_, .txid = kFirstId + state, .checksum = states_[state].checksum};
}

std::string FakePrimary::head_of(std::size_t state) const {
  return "Edgepack-Position: " + to_text(Position::of(mark_of(state))) +
         "\r\nEdgepack-Newest: " + to_text(Position::of(newest())) +
         "\r\nEdgepack-Timestamp: 5000\r\nEdgepack-Time: 5007\r\nEdgepack-Page-Size: " +
         std::to_string(states_[state].pages[0].size()) +
         "\r\nEdgepack-Page-Count: " + std::to_string(states_[state].pages.size()) + "\r\n";
}

std::string FakePrimary::ltx(std::size_t to, std::uint64_t min, std::uint64_t before,
                             const std::vector<std::uint32_t>& pages) const {
  std::string body;
  const LtxHeader header{.page_size = static_cast<std::uint32_t>(states_[to].pages[0].size()),
                         .commit = static_cast<std::uint32_t>(states_[to].pages.size()),
                         .min_txid = min,
                         .max_txid = kFirstId + to,
                         .timestamp = 5000,
                         .pre_checksum = before};
  LtxWriter writer(header, [&](std::span<const std::byte> bytes) {
    body.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  });
  for (const std::uint32_t page : pages) writer.add(page, bytes_of(states_[to].pages[page - 1]));
  writer.finish(mark_of(to).checksum);
  return with_body("HTTP/1.1 200 OK\r\nContent-Type: application/x-ltx\r\n" + head_of(to), body);
}

std::string FakePrimary::changes(const std::string& after) const {
  const std::size_t last = states_.size() - 1;
  for (std::size_t state = 0; state <= last; ++state) {
    if (to_text(Position::of(mark_of(state))) != after) continue;
    if (state == last) return "HTTP/1.1 204 No Content\r\n" + head_of(last) + "\r\n";
    if (state < first_) return with_body("HTTP/1.1 410 Gone\r\n" + head_of(last), "{}");
    std::vector<std::uint32_t> pages;
    for (std::uint32_t page = 1; page <= states_[last].pages.size(); ++page) {
      const bool is_new = page > states_[state].pages.size();
      if (is_new || states_[state].pages[page - 1] != states_[last].pages[page - 1])
        pages.push_back(page);
    }
    return ltx(last, kFirstId + state + 1, mark_of(state).checksum, pages);
  }
  return with_body("HTTP/1.1 409 Conflict\r\n" + head_of(last), R"({"reason":"checksum"})");
}

std::string FakePrimary::difference(const std::string& sums) const {
  const std::size_t last = states_.size() - 1;
  std::uint64_t before = kChecksumFlag;
  std::vector<std::uint32_t> pages;
  for (std::uint32_t page = 1; page <= states_[last].pages.size(); ++page) {
    const std::size_t at = std::size_t{page - 1} * 8;
    const bool known = at + 8 <= sums.size();
    const std::uint64_t sum = known ? read_be64(bytes_of(sums).data() + at) : 0;
    if (sum != page_checksum(page, bytes_of(states_[last].pages[page - 1]))) pages.push_back(page);
  }
  for (std::size_t at = 0; at + 8 <= sums.size(); at += 8) {
    before = (before ^ read_be64(bytes_of(sums).data() + at)) | kChecksumFlag;
  }
  return ltx(last, kFirstId + last, before, pages);
}

std::string FakePrimary::answer(const HttpServer::Request& request) const {
  const std::size_t last = states_.size() - 1;
  const auto asks = [&](const char* path) { return request.line.find(path) != std::string::npos; };
  if (asks("/v1/snapshot") || asks("/v1/restore")) {
    std::vector<std::uint32_t> all(states_[last].pages.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::uint32_t>(i + 1);
    return ltx(last, 1, 0, all);
  }
  if (asks("/v1/difference")) return difference(request.body);
  if (const std::size_t at = request.line.find("after="); at != std::string::npos) {
    return changes(request.line.substr(at + 6, 50));
  }
  return with_body("HTTP/1.1 200 OK\r\n" + head_of(last), "{}");
}

}  // namespace edgepack::replica::testing
