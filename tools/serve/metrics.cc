#include "serve/metrics.h"

#include <functional>
#include <vector>

namespace edgepack::serve {
namespace {

struct Figures {
  std::string label;
  Info info;
  std::size_t waiters;
};

std::string escape_label(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '\\' || c == '"') escaped += '\\';
    escaped += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return escaped;
}

/// Metric names of one value a database.
struct DatabaseMetric {
  const char* name;
  const char* type;
  const char* help;
  std::function<std::uint64_t(const Figures&)> value;
};

const std::vector<DatabaseMetric>& database_metrics() {
  static const std::vector<DatabaseMetric> kMetrics{
      {"litefs_db_txid", "gauge", "Newest transaction id.",
       [](const Figures& f) { return f.info.position.txid; }},
      {"litefs_db_commit_count", "counter", "States that were added to the log.",
       [](const Figures& f) { return f.info.commits; }},
      {"litefs_db_ltx_count", "gauge", "LTX files on disk.",
       [](const Figures& f) { return f.info.files; }},
      {"litefs_db_ltx_bytes", "gauge", "Bytes of LTX files on disk.",
       [](const Figures& f) { return f.info.bytes_on_disk; }},
      {"edgepack_db_size_bytes", "gauge", "Size of the database.",
       [](const Figures& f) { return std::uint64_t{f.info.page_size} * f.info.page_count; }},
      {"edgepack_db_compare_count", "counter", "States that were found by comparing all pages.",
       [](const Figures& f) { return f.info.compared; }},
      {"edgepack_db_subscriber_count", "gauge", "Replicas that wait for a change.",
       [](const Figures& f) { return f.waiters; }},
      {"edgepack_db_up", "gauge", "1 if the database can be followed.",
       [](const Figures& f) { return std::uint64_t{f.info.ready && f.info.error.empty()}; }},
  };
  return kMetrics;
}

void put(std::string& text, const char* name, const char* type, const char* help,
         std::uint64_t value) {
  text += std::string("# HELP ") + name + ' ' + help + "\n# TYPE " + name + ' ' + type + '\n' +
          name + ' ' + std::to_string(value) + '\n';
}

}  // namespace

std::string metrics(const Catalog& catalog, const Traffic& traffic, std::size_t connections) {
  std::vector<Figures> databases;
  std::size_t waiters = 0;
  for (const auto& database : catalog.all()) {
    databases.push_back({"{db=\"" + escape_label(database->name()) + "\"} ", database->info(),
                         database->waiters()});
    waiters += databases.back().waiters;
  }
  std::string text;
  put(text, "litefs_db_count", "gauge", "Databases that are served.", databases.size());
  put(text, "litefs_is_primary", "gauge", "Always 1.", 1);
  put(text, "litefs_subscriber_count", "gauge", "Replicas that wait for a change.", waiters);
  put(text, "litefs_http_stream_count", "gauge", "Transfers under way.", traffic.streams);
  put(text, "edgepack_http_connection_count", "gauge", "Open connections.", connections);
  put(text, "edgepack_http_request_count", "counter", "Requests.", traffic.requests);
  put(text, "edgepack_http_error_count", "counter", "Requests that were refused or failed.",
      traffic.errors);
  put(text, "edgepack_http_bytes", "counter", "Bytes of LTX files that were sent.", traffic.bytes);
  put(text, "edgepack_snapshot_count", "counter", "Snapshots that were asked for.",
      traffic.snapshots);
  put(text, "edgepack_change_set_count", "counter", "Change sets that were sent.",
      traffic.change_sets);
  put(text, "edgepack_difference_count", "counter", "Differences that were asked for.",
      traffic.differences);
  put(text, "edgepack_restore_count", "counter", "Past states that were asked for.",
      traffic.restores);
  for (const DatabaseMetric& metric : database_metrics()) {
    text += std::string("# HELP ") + metric.name + ' ' + metric.help + "\n# TYPE " + metric.name +
            ' ' + metric.type + '\n';
    for (const Figures& figures : databases) {
      text += metric.name + figures.label + std::to_string(metric.value(figures)) + '\n';
    }
  }
  return text;
}

}  // namespace edgepack::serve
