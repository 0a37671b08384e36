#include "replica/metrics.h"

#include <array>
#include <chrono>
#include <optional>

#include "sqlite/statement.h"

namespace edgepack::replica {
namespace {

struct Metric {
  const char* name;
  const char* type;
  const char* help;
  /// Nothing where a replica has no value.
  std::optional<double> (*value)(const Status& status);
};

double seconds(std::int64_t ms) { return static_cast<double>(ms) / 1000; }

const Counters& counters(const Status& status) {
  static const Counters none;
  return status.record ? status.record->counters : none;
}

std::optional<double> time_of(std::int64_t ms) {
  return ms == 0 ? std::nullopt : std::optional(seconds(ms));
}

constexpr Metric kMetrics[] = {
    {"litefs_db_txid", "gauge", "Transaction id of the database (served sources).",
     [](const Status& s) -> std::optional<double> {
       if (s.state.position.kind != Position::Kind::kTransaction) return std::nullopt;
       return static_cast<double>(s.state.position.transaction.txid);
     }},
    {"litefs_db_lag_seconds", "gauge",
     "From the newest commit at the primary until it was visible here, at the last change.",
     [](const Status& s) -> std::optional<double> {
       if (!s.record || s.record->lag_ms < 0) return std::nullopt;
       return seconds(s.record->lag_ms);
     }},
    {"replica_up", "gauge", "1 if the replica shows a state that a sync left.",
     [](const Status& s) -> std::optional<double> {
       return s.standing == Status::Standing::kReplica ? 1.0 : 0.0;
     }},
    {"replica_size_bytes", "gauge", "Size of the database.",
     [](const Status& s) -> std::optional<double> {
       if (!s.record) return std::nullopt;
       return static_cast<double>(s.state.page_count) * s.record->page_size;
     }},
    {"replica_last_contact_timestamp_seconds", "gauge",
     "When the source answered last, in seconds since 1970.",
     [](const Status& s) { return time_of(s.record ? s.record->contact_ms : 0); }},
    {"replica_last_change_timestamp_seconds", "gauge",
     "When the replica changed last, in seconds since 1970.",
     [](const Status& s) { return time_of(s.record ? s.record->change_ms : 0); }},
    {"replica_syncs_total", "counter", "Syncs that succeeded.",
     [](const Status& s) { return std::optional<double>(counters(s).syncs); }},
    {"replica_snapshots_total", "counter", "Syncs that took a whole database.",
     [](const Status& s) { return std::optional<double>(counters(s).snapshots); }},
    {"replica_transactions_total", "counter", "Transactions of the primary that arrived.",
     [](const Status& s) { return std::optional<double>(counters(s).transactions); }},
    {"replica_pages_written_total", "counter", "Pages written to the replica.",
     [](const Status& s) { return std::optional<double>(counters(s).pages); }},
    {"replica_received_bytes_total", "counter", "Bytes received from the source.",
     [](const Status& s) { return std::optional<double>(counters(s).bytes); }},
    {"replica_retries_total", "counter", "Requests that were repeated.",
     [](const Status& s) { return std::optional<double>(counters(s).retries); }},
    {"replica_errors_total", "counter", "Syncs that failed.",
     [](const Status& s) { return std::optional<double>(counters(s).errors); }},
};

/// A label's value: backslash, quote and line end are escaped.
std::string escaped(const std::string& value) {
  std::string text;
  for (const char c : value) {
    if (c == '\\' || c == '"') text += '\\';
    text += c == '\n' ? std::string("\\n") : std::string(1, c);
  }
  return text;
}

}  // namespace

std::string metrics_of(std::span<const Status> replicas) {
  std::string text = sqlite::format(
      "# HELP litefs_db_count Number of databases.\n# TYPE litefs_db_count gauge\n"
      "litefs_db_count %d\n",
      static_cast<int>(replicas.size()));
  for (const Metric& metric : kMetrics) {
    text += sqlite::format("# HELP %s %s\n# TYPE %s %s\n", metric.name, metric.help, metric.name,
                           metric.type);
    for (const Status& status : replicas) {
      const std::optional<double> value = metric.value(status);
      if (!value) continue;
      text += sqlite::format("%s{db=\"%s\"} %.16g\n", metric.name, escaped(status.path).c_str(),
                             *value);
    }
  }
  return text;
}

}  // namespace edgepack::replica
