#pragma once
// libcurl, loaded when it is first needed, so that a pack that is not used over the network needs
// none.

#include <curl/curl.h>
#include <string>

namespace edgepack::replica {

/// The functions of libcurl (7.66 or newer) that edgepack calls, by their names without `curl_`.
struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_reset) easy_reset;
  CURLcode (*easy_setopt)(CURL*, CURLoption, ...);
  CURLcode (*easy_getinfo)(CURL*, CURLINFO, ...);
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_easy_pause) easy_pause;
  decltype(&::curl_multi_init) multi_init;
  decltype(&::curl_multi_cleanup) multi_cleanup;
  decltype(&::curl_multi_add_handle) multi_add_handle;
  decltype(&::curl_multi_remove_handle) multi_remove_handle;
  decltype(&::curl_multi_perform) multi_perform;
  decltype(&::curl_multi_poll) multi_poll;
  decltype(&::curl_multi_info_read) multi_info_read;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
};

/// Loads the library, once a process. Throws Error, with `operation` and `object`, that says how to
/// install it.
const CurlLibrary& curl_library(const std::string& operation, const std::string& object);

}  // namespace edgepack::replica
