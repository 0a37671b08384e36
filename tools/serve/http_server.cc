#include "serve/http_server.h"

#include <utility>

#include "serve/connection_threads.h"
#include "serve/counted.h"
#include "serve/http_error.h"
#include "serve/keep_alive_server.h"
#include "serve/metrics.h"
#include "serve/page.h"
#include "sqlite/error.h"

namespace edgepack::serve {
namespace {

/// On one connection, as clients are told; there is no limit.
constexpr std::size_t kMostRequests = 1'000'000;

[[noreturn]] void refuse(const std::string& object, const std::string& problem,
                         const std::string& hint) {
  throw sqlite::Error(
      {.operation = "edgepack-serve", .object = object, .problem = problem, .hint = hint});
}

void set_socket_options(socket_t socket) {
  const int yes = 1;
  ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
}

}  // namespace

HttpServer::HttpServer(HttpOptions options, Catalog& catalog, Api& api, const Tokens* tokens)
    : options_(std::move(options)), catalog_(catalog), api_(api), tokens_(tokens) {
  Tls tls;
  if (!options_.certificate.empty()) {
    tls = open_tls(options_.certificate, options_.key);
    if (tls == nullptr) {
      refuse(options_.certificate, "the certificate and the key " + options_.key + " do not work",
             "both must be readable PEM files that belong together");
    }
  }
  server_ = std::make_unique<KeepAliveServer>(std::move(tls), options_.idle_seconds);
  install_limits();
  install_pages();
  api_.install(*server_);
}

HttpServer::~HttpServer() = default;

void HttpServer::install_limits() {
  server_->new_task_queue = [this] {
    return new ConnectionThreads(options_.max_connections + 16, connections_);
  };
  // Only said in answers: a connection is closed when it was idle for so long.
  server_->set_keep_alive_timeout(options_.idle_seconds);
  server_->set_keep_alive_max_count(kMostRequests);
  server_->set_tcp_nodelay(true);
  server_->set_socket_options(set_socket_options);
  // Api::difference measures its body itself, and answers.
  server_->set_payload_max_length(options_.max_request + 1);
  server_->set_pre_routing_handler(
      [this](const httplib::Request& request, httplib::Response& response) {
        using Answer = httplib::Server::HandlerResponse;
        response.set_header("Cache-Control", "no-store");
        if (connections_ > options_.max_connections) {
          HttpError(503, "unavailable", "too many connections (--max-connections)").write(response);
          response.set_header("Connection", "close");
          return Answer::Handled;
        }
        if (tokens_ != nullptr && request.path != "/health" &&
            !tokens_->permit(request.get_header_value("Authorization"))) {
          response.set_header("WWW-Authenticate", "Bearer realm=\"edgepack-serve\"");
          response.set_header("WWW-Authenticate",
                              "Basic realm=\"edgepack-serve: the token is the password\"");
          HttpError(401, "unauthorized", "a token is missing or wrong").write(response);
          return Answer::Handled;
        }
        if (request.method != "GET" && request.method != "HEAD" && request.method != "POST") {
          HttpError(405, "method_not_allowed", "GET, HEAD and POST are understood").write(response);
          return Answer::Handled;
        }
        return api_.answer(request, response) ? Answer::Handled : Answer::Unhandled;
      });
  server_->set_error_handler([](const httplib::Request&, httplib::Response& response) {
    if (response.body.empty()) write_error(response, response.status);
  });
  server_->set_exception_handler([](const httplib::Request&, httplib::Response& response,
                                    const std::exception_ptr&) { write_error(response, 500); });
}

void HttpServer::install_pages() {
  server_->Get("/", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(page(catalog_, api_.traffic(), connections_), "text/html; charset=utf-8");
  });
  server_->Get("/metrics", [this](const httplib::Request&, httplib::Response& response) {
    response.set_content(metrics(catalog_, api_.traffic(), connections_),
                         "text/plain; version=0.0.4; charset=utf-8");
  });
  server_->Get("/health", [this](const httplib::Request&, httplib::Response& response) {
    std::size_t bad = 0;
    for (const auto& database : catalog_.all()) {
      const Info info = database->info();
      if (!info.ready || !info.error.empty()) ++bad;
    }
    if (bad > 0) {
      HttpError(503, "unavailable", counted(bad, "database") + " cannot be followed now")
          .write(response);
    } else {
      response.set_content("{\"status\":\"ok\"}\n", "application/json");
    }
  });
}

int HttpServer::bind() {
  int port = options_.port;
  if (port == 0) {
    port = server_->bind_to_any_port(options_.host);
  } else if (!server_->bind_to_port(options_.host, port)) {
    port = -1;
  }
  if (port < 0) {
    refuse(options_.host + ':' + std::to_string(options_.port), "cannot listen there",
           "another program may use the port, or the address is not this machine's");
  }
  server_->widen_backlog();
  return port;
}

void HttpServer::run() { server_->listen_after_bind(); }

void HttpServer::stop() { server_->leave(); }

}  // namespace edgepack::serve
