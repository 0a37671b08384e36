#include "replica/status.h"

#include <algorithm>
#include <chrono>

#include "replica/standing.h"
#include "sqlite/statement.h"

namespace edgepack::replica {
namespace {

const char* name_of(Status::Standing standing) {
  switch (standing) {
    case Status::Standing::kNone:
      return "none";
    case Status::Standing::kReplica:
      return "replica";
    case Status::Standing::kUnverified:
      return "unverified";
    case Status::Standing::kIncomplete:
      return "incomplete";
  }
  return "";
}

Fact text(const char* name, std::string value) {
  const bool is_null = value.empty();
  return {name, Fact::Type::kText, is_null, std::move(value), 0};
}

Fact number(const char* name, std::uint64_t value) {
  return {name, Fact::Type::kInteger, false, {}, static_cast<std::int64_t>(value)};
}

Fact number_or_null(const char* name, std::int64_t value, bool is_null) {
  return {name, Fact::Type::kInteger, is_null, {}, value};
}

Fact boolean(const char* name, bool value) {
  return {name, Fact::Type::kBoolean, false, {}, value ? 1 : 0};
}

}  // namespace

Status status(const std::string& path, const char* vfs) {
  Status status;
  status.path = path;
  // A database that was never synced need not even exist.
  if (!PositionFile(path, vfs).exists()) return status;
  const Connection replica("replica_status", path, Connection::Missing::kFail, vfs);
  status.path = replica.path();
  const PositionFile position(replica.path(), vfs);
  if (!position.exists()) return status;
  status.record = position.record();
  status.standing = Status::Standing::kIncomplete;
  if (!status.record || !status.record->after.known) return status;
  const Snapshot base(replica);
  const auto shown = state_by_mark(position, base);
  status.state = shown.value_or(status.record->after);
  status.standing = shown ? Status::Standing::kReplica : Status::Standing::kUnverified;
  return status;
}

bool has_wal_reset_bug() noexcept {
  const int version = sqlite3_libversion_number();
  const bool fixed_branch =
      (version >= 3044006 && version < 3045000) || (version >= 3050007 && version < 3051000);
  return version < 3051003 && !fixed_branch;
}

std::vector<Fact> facts_of(const Status& status) {
  const Record record = status.record.value_or(Record{});
  const State& state = status.state;
  const Counters& counters = record.counters;
  const std::int64_t now = std::chrono::duration_cast<std::chrono::milliseconds>(
                               std::chrono::system_clock::now().time_since_epoch())
                               .count();
  const auto age = [now](const char* name, std::int64_t since) {
    return number_or_null(name, std::max<std::int64_t>(now - since, 0), since == 0);
  };
  return {
      text("state", name_of(status.standing)),
      text("path", status.path),
      text("source", record.source),
      text("position", to_text(state.position)),
      text("primary_position", to_text(record.newest)),
      number_or_null("lag_ms", record.lag_ms, record.lag_ms < 0),
      number_or_null("page_size", record.page_size, record.page_size == 0),
      number_or_null("page_count", state.page_count, state.page_count == 0),
      text("checksum",
           state.checksum == 0 ? std::string() : sqlite::format("%016llx", state.checksum)),
      age("last_contact_age_ms", record.contact_ms),
      age("last_change_age_ms", record.change_ms),
      number("syncs", counters.syncs),
      number("snapshots", counters.snapshots),
      number("transactions", counters.transactions),
      number("pages", counters.pages),
      number("bytes", counters.bytes),
      number("retries", counters.retries),
      number("errors", counters.errors),
      text("last_error", record.error),
      number_or_null("last_error_ms", record.error_ms, record.error_ms == 0),
      age("last_error_age_ms", record.error_ms),
      text("sqlite_version", sqlite3_libversion()),
      boolean("wal_reset_bug", has_wal_reset_bug()),
  };
}

std::vector<const char*> fact_names() {
  std::vector<const char*> names;
  for (const Fact& fact : facts_of(Status{})) names.push_back(fact.name);
  return names;
}

}  // namespace edgepack::replica
