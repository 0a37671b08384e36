#pragma once
// Reads LTX files of every variant (docs/ltx-format.md).

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "replica/page_stream.h"

struct LZ4F_dctx_s;

namespace edgepack::replica {

/// One file, read as a stream: a page at a time, in bounded memory. Nothing that it hands out is
/// proven before next() has answered false. One thread. Everything throws Error with `operation`
/// and `name` when the file is damaged, broken off, or of no variant that can be read.
class LtxReader final : public PageStream {
 public:
  /// Fills the beginning of the bytes and answers how many; 0 at the end of the file only. Throws
  /// what it likes.
  using Read = std::function<std::size_t(std::span<std::byte>)>;

  /// Reads the header. `name` is what messages call the file.
  LtxReader(std::string operation, std::string name, Read read);
  ~LtxReader() override;
  LtxReader(LtxReader&&) noexcept;
  LtxReader& operator=(LtxReader&&) = delete;

  const LtxHeader& header() const noexcept override { return header_; }

  /// The next page into `bytes` (of header().page_size). False: the file is at its end, and what it
  /// held was right by the checksum of the file (that of the database is left to the caller). Pages
  /// ascend, lie within header().commit and are never the lock page; a snapshot has all others.
  bool next(std::uint32_t& page, std::span<std::byte> bytes) override;

  /// The page that next() handed out as the LZ4 block that the file has of it; empty if it has it
  /// in another form. Valid until the next call.
  std::span<const std::byte> block() const noexcept override { return block_; }

  /// Known once next() has answered false.
  const LtxTrailer& trailer() const noexcept { return trailer_; }
  std::uint64_t post_checksum() const noexcept override { return trailer_.post_checksum; }

  /// Bytes of the file that have been used.
  std::uint64_t offset() const noexcept { return offset_; }

 private:
  enum class Variant { kUnknown, kRaw, kLz4, kFrame4, kV3 };

  [[noreturn]] void fail(const std::string& problem) const;
  // The file's bytes: peek() makes `count` of them visible (fewer at the end), take() uses them.
  std::span<const std::byte> peek(std::size_t count);
  void take(std::span<std::byte> bytes);
  void skip(std::size_t count) noexcept;

  Variant detect();
  bool is_block();
  void check_page(std::uint32_t page);
  void read_page(std::span<const std::byte> page_header, std::span<std::byte> bytes);
  void read_block(std::span<std::byte> bytes);
  void read_index();
  void read_trailer();
  // LZ4 frames.
  void begin_frame();
  void read_frame(std::span<std::byte> bytes);
  void end_frame();

  std::string operation_;
  std::string name_;
  Read read_;
  std::unique_ptr<std::byte[]> buffer_;
  std::size_t capacity_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::uint64_t offset_ = 0;
  std::span<const std::byte> block_;
  std::unique_ptr<LZ4F_dctx_s, void (*)(LZ4F_dctx_s*)> frame_;
  bool frame_ended_ = false;

  LtxHeader header_;
  LtxTrailer trailer_;
  Variant variant_ = Variant::kUnknown;
  bool ended_ = false;
  std::uint32_t last_page_ = 0;
  std::uint64_t checksum_ = 0;        // of the file
  std::uint64_t index_checksum_ = 0;  // of the page index that the pages call for
  std::uint64_t index_size_ = 0;
  std::vector<std::byte> index_entry_;
};

}  // namespace edgepack::replica
