#include "serve/options.h"

#include <CLI/CLI.hpp>
#include <iostream>

#include "pack/version.h"

namespace edgepack::serve {
namespace {

constexpr char kDescription[] =
    "Serves SQLite databases to read replicas over HTTP, beside the application that writes them.\n"
    "The application needs no change. Replicas pull with SELECT "
    "replica_sync('http://HOST:PORT/NAME').\n";
constexpr char kFooter[] =
    "A database app.db is served as http://HOST:PORT/app.db; the log of its changes is kept in\n"
    "app.db-serve. With --tokens, replicas send a token; SIGHUP reads the file again.\n"
    "http://HOST:PORT/ shows all databases to a browser.\n"
    "Example: edgepack-serve --listen 0.0.0.0:7433 --tokens tokens.txt --cert c.pem --key k.pem "
    "app.db";

bool is_loopback(const std::string& host) {
  return host.starts_with("127.") || host == "::1" || host == "localhost";
}

/// `HOST:PORT`, `[ADDRESS]:PORT`, `:PORT`.
std::string split_address(const std::string& text, HttpOptions& http) {
  const std::size_t colon = text.rfind(':');
  const std::string port = colon == std::string::npos ? "" : text.substr(colon + 1);
  if (port.empty() || port.size() > 5 ||
      port.find_first_not_of("0123456789") != std::string::npos || std::stoi(port) > 65535) {
    return "--listen: " + text + ": it takes HOST:PORT, for example 127.0.0.1:7433";
  }
  http.port = std::stoi(port);
  http.host = text.substr(0, colon);
  if (http.host.size() > 2 && http.host.front() == '[' && http.host.back() == ']') {
    http.host = http.host.substr(1, http.host.size() - 2);
  }
  if (http.host.empty()) http.host = "0.0.0.0";
  return {};
}

}  // namespace

std::optional<Options> parse_options(int count, char** arguments, int& status) {
  Options options;
  std::string listen = "127.0.0.1:7433";
  bool insecure = false;
  std::uint64_t retain_ms = 0;
  CLI::App app(kDescription, "edgepack-serve");
  app.footer(kFooter);
  app.set_version_flag("--version", "edgepack-serve " EDGEPACK_VERSION " (" EDGEPACK_COMMIT ")");
  app.add_option(
         "PATH", options.catalog.paths,
         "databases: FILE, NAME=FILE, or a folder, whose *.db, *.db3, *.sqlite and *.sqlite3 "
         "are served, also those that come later")
      ->required();
  app.add_option("--listen", listen, "HOST:PORT to listen on; port 0 takes any")
      ->capture_default_str();
  app.add_option("--log-dir", options.catalog.log_dir,
                 "keep the logs here instead of beside each database")
      ->check(CLI::ExistingDirectory);
  app.add_option("--retain", retain_ms,
                 "how far back states can be restored: 90min, 24h, 7d (default 24h)")
      ->transform(CLI::AsNumberWithUnit(
          std::map<std::string, std::uint64_t>{
              {"s", 1000}, {"min", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}},
          CLI::AsNumberWithUnit::UNIT_REQUIRED));
  app.add_option("--retain-bytes", options.catalog.retention.bytes,
                 "size that the log of one database may have, if older states than the newest "
                 "snapshot are in it: 500MB, 10GB (default 10GB)")
      ->transform(CLI::AsSizeValue(false));
  app.add_option("--tokens", options.token_file,
                 "file with the tokens that replicas may send, one a line")
      ->check(CLI::ExistingFile);
  auto* const certificate =
      app.add_option("--cert", options.http.certificate, "PEM file with the certificate chain: TLS")
          ->check(CLI::ExistingFile);
  auto* const key = app.add_option("--key", options.http.key, "PEM file with the certificate's key")
                        ->check(CLI::ExistingFile);
  certificate->needs(key);
  key->needs(certificate);
  app.add_flag("--insecure", insecure,
               "listen beyond this machine although there are no tokens: everybody can read");
  app.add_option("--max-connections", options.http.max_connections,
                 "more are refused; a waiting replica is one")
      ->check(CLI::Range(1, 20000))
      ->capture_default_str();
  app.add_option("--max-request", options.http.max_request,
                 "largest body of a request, 8 bytes for each page of a database that is compared")
      ->transform(CLI::AsSizeValue(false))
      ->default_str("64MB");
  app.add_option("--idle", options.http.idle_seconds,
                 "seconds after which a connection that says nothing is closed")
      ->check(CLI::Range(1, 3600))
      ->capture_default_str();
  try {
    app.parse(count, arguments);
  } catch (const CLI::ParseError& error) {
    status = app.exit(error);
    return std::nullopt;
  }
  if (retain_ms != 0) options.catalog.retention.age = std::chrono::milliseconds(retain_ms);
  std::string problem = split_address(listen, options.http);
  if (problem.empty() && options.token_file.empty() && !insecure &&
      !is_loopback(options.http.host)) {
    problem = "--listen " + listen +
              ": everybody who reaches it could read the databases; give --tokens FILE, or "
              "--insecure if that is meant";
  }
  if (!problem.empty()) {
    std::cerr << "edgepack-serve: " << problem << '\n';
    status = 2;
    return std::nullopt;
  }
  return options;
}

}  // namespace edgepack::serve
