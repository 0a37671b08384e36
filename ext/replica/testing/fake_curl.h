#pragma once
// A libcurl without a network: a function answers in the place of the server.

#include <functional>
#include <string>

#include "replica/curl_library.h"
#include "replica/testing/http_server.h"

namespace edgepack::replica::testing {

/// What comes back: `bytes` from the status line on, `piece` bytes of the body at a time, and then
/// its end or a broken connection.
struct FakeAnswer {
  std::string bytes;
  std::size_t piece = 16384;
  bool breaks_off = false;
};

using FakeServer = std::function<FakeAnswer(const HttpServer::Request& request)>;

/// The library, whose requests `server` answers until the next call. It hands heads and bodies to
/// the callbacks as libcurl does, and treats `Content-Length` as libcurl does; chunks it does not
/// know. One thread.
const CurlLibrary& fake_curl(FakeServer server);

}  // namespace edgepack::replica::testing
