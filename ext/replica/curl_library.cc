#include "replica/curl_library.h"

#include <dlfcn.h>

#include "sqlite/error.h"

namespace edgepack::replica {
namespace {

struct Loaded {
  CurlLibrary library{};
  std::string problem;
};

void* open_library() {
#if defined(__APPLE__)
  constexpr const char* kNames[] = {"libcurl.4.dylib", "/usr/lib/libcurl.4.dylib"};
#else
  constexpr const char* kNames[] = {"libcurl.so.4", "libcurl-gnutls.so.4", "libcurl.so"};
#endif
  for (const char* name : kNames) {
    if (void* library = ::dlopen(name, RTLD_NOW | RTLD_LOCAL)) return library;
  }
  return nullptr;
}

template <class Function>
void find(void* from, const char* name, Function& function, std::string& problem) {
  function = reinterpret_cast<Function>(::dlsym(from, name));
  if (function == nullptr) problem = std::string("the libcurl that was found has no ") + name;
}

/// Never unloaded: the system may hold handlers of it.
Loaded load() {
  Loaded loaded;
  void* const from = open_library();
  if (from == nullptr) {
    loaded.problem = "a source on the network needs libcurl, which is not installed";
    return loaded;
  }
  CurlLibrary& curl = loaded.library;
  decltype(&::curl_global_init) global_init = nullptr;
  find(from, "curl_global_init", global_init, loaded.problem);
  find(from, "curl_easy_init", curl.easy_init, loaded.problem);
  find(from, "curl_easy_cleanup", curl.easy_cleanup, loaded.problem);
  find(from, "curl_easy_reset", curl.easy_reset, loaded.problem);
  find(from, "curl_easy_setopt", curl.easy_setopt, loaded.problem);
  find(from, "curl_easy_getinfo", curl.easy_getinfo, loaded.problem);
  find(from, "curl_easy_strerror", curl.easy_strerror, loaded.problem);
  find(from, "curl_easy_pause", curl.easy_pause, loaded.problem);
  find(from, "curl_multi_init", curl.multi_init, loaded.problem);
  find(from, "curl_multi_cleanup", curl.multi_cleanup, loaded.problem);
  find(from, "curl_multi_add_handle", curl.multi_add_handle, loaded.problem);
  find(from, "curl_multi_remove_handle", curl.multi_remove_handle, loaded.problem);
  find(from, "curl_multi_perform", curl.multi_perform, loaded.problem);
  find(from, "curl_multi_poll", curl.multi_poll, loaded.problem);
  find(from, "curl_multi_info_read", curl.multi_info_read, loaded.problem);
  find(from, "curl_slist_append", curl.slist_append, loaded.problem);
  find(from, "curl_slist_free_all", curl.slist_free_all, loaded.problem);
  if (loaded.problem.empty() && global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    loaded.problem = "libcurl cannot be initialized";
  }
  return loaded;
}

}  // namespace

const CurlLibrary& curl_library(const std::string& operation, const std::string& object) {
  static const Loaded loaded = load();
  if (!loaded.problem.empty()) {
    throw sqlite::Error(
        {.operation = operation,
         .object = object,
         .problem = loaded.problem,
         .hint = "install libcurl 7.66 or newer (Debian: apt-get install libcurl4)"});
  }
  return loaded.library;
}

}  // namespace edgepack::replica
