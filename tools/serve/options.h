#pragma once
// The command line.

#include <optional>
#include <string>

#include "serve/catalog.h"
#include "serve/http_server.h"

namespace edgepack::serve {

struct Options {
  CatalogOptions catalog;
  HttpOptions http;
  std::string token_file;
};

/// Nothing when the program has said what it was asked for (--help, --version) or what is wrong;
/// `status` is then its exit status.
std::optional<Options> parse_options(int count, char** arguments, int& status);

}  // namespace edgepack::serve
