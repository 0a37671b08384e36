// How fast documents are read: each scanner of ours, and simdjson on the same texts.
//
//     json_scan_bench FILE...
//
// A file that ends in .json is one document, any other has one document a line. Prints, for each
// reader, the least time of 15 rounds over all documents.

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <simdjson.h>
#include <sstream>
#include <string>
#include <vector>

#include "json/document.h"
#include "json/kernels/scan.h"

namespace {

std::vector<std::string> documents_of(const std::string& name) {
  std::ifstream file(name);
  std::vector<std::string> documents;
  if (name.ends_with(".json")) {
    documents.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  } else {
    for (std::string line; std::getline(file, line);) documents.push_back(line);
  }
  return documents;
}

template <class Read>
void measure(const char* reader, const std::vector<std::string>& documents, Read read) {
  using Clock = std::chrono::steady_clock;
  double bytes = 0;
  for (const std::string& document : documents) bytes += static_cast<double>(document.size());
  double least = 1e9;
  int refused = 0;
  for (int round = 0; round < 15; ++round) {
    const Clock::time_point start = Clock::now();
    for (const std::string& document : documents) refused += read(document) ? 0 : 1;
    least = std::min(least, std::chrono::duration<double>(Clock::now() - start).count());
  }
  std::printf("  %-24s %12.1f ns a document %7.2f GB/s%s\n", reader,
              least * 1e9 / static_cast<double>(documents.size()), bytes / least / 1e9,
              refused > 0 ? "  REFUSED" : "");
}

}  // namespace

int main(int count, char** names) {
  namespace kernels = edgepack::json::kernels;
  for (int i = 1; i < count; ++i) {
    const std::vector<std::string> documents = documents_of(names[i]);
    std::size_t longest = 0;
    for (const std::string& document : documents) longest = std::max(longest, document.size());
    std::printf("%s: %zu documents\n", names[i], documents.size());
    for (const kernels::Scanner* scanner : kernels::usable_scanners()) {
      kernels::force_scanner(scanner);
      edgepack::json::Document document;
      measure(scanner->name, documents,
              [&](const std::string& text) { return document.read(text); });
    }
    kernels::force_scanner(nullptr);
    std::unique_ptr<simdjson::internal::dom_parser_implementation> stage;
    if (simdjson::get_active_implementation()->create_dom_parser_implementation(
            longest + simdjson::SIMDJSON_PADDING, 256, stage) != simdjson::SUCCESS) {
      return 1;
    }
    measure("simdjson, first stage", documents, [&](const std::string& text) {
      return stage->stage1(reinterpret_cast<const std::uint8_t*>(text.data()), text.size(),
                           simdjson::stage1_mode::regular) == simdjson::SUCCESS;
    });
    simdjson::dom::parser parser;
    measure("simdjson, whole (DOM)", documents, [&](const std::string& text) {
      return parser.parse(text.data(), text.size(), true).error() == simdjson::SUCCESS;
    });
  }
  return 0;
}
