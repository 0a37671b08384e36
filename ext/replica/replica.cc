#include "replica/replica.h"

#include <chrono>

#include "replica/options.h"
#include "replica/sync.h"
#include "sqlite/statement.h"

namespace edgepack::replica {
namespace {

using sqlite::Arguments;
using sqlite::Context;
using sqlite::Statement;

/// The first SQLite without the bug that lets a checkpoint and a WAL reset at the same time lose a
/// commit (https://www.sqlite.org/wal.html#walresetbug), and the older branches that have the fix.
bool has_wal_reset_bug() {
  const int version = sqlite3_libversion_number();
  const bool fixed_branch =
      (version >= 3044006 && version < 3045000) || (version >= 3050007 && version < 3051000);
  return version < 3051003 && !fixed_branch;
}

void answer(Context& context, Statement& json) {
  json.step();
  context.set_json(json.column_text(0));
}

/// The 16 hexadecimal digits of a checksum, or nothing for none.
std::string checksum_text(std::uint64_t checksum) {
  return checksum == 0 ? std::string() : sqlite::format("%016llx", checksum);
}

/// nullif(?, '') in the statements turns an empty text into NULL.
void replica_sync(Context& context, Arguments arguments) {
  const auto start = std::chrono::steady_clock::now();
  SyncRequest request;
  request.host = context.database();
  Options options;
  if (arguments.size() > 1) {
    options = parse_options(context.database(), "replica_sync", arguments[1], true);
  }
  const Target target = find_target(context.database(), "replica_sync", options);
  if (arguments.size() > 0 && !arguments[0].is_null()) {
    if (arguments[0].type() != SQLITE_TEXT) {
      throw sqlite::Error({.operation = "replica_sync",
                           .object = "source",
                           .problem = std::string("got ") + arguments[0].type_name() +
                                      ", expected text such as 'file:PATH'"});
    }
    request.source = std::string(arguments[0].text());
  }
  request.path = target.path;
  request.vfs = target.vfs;
  request.timeout_ms = options.timeout_ms;
  request.repair = options.repair;

  const SyncResult result = sync(request);
  const std::chrono::duration<double, std::milli> elapsed =
      std::chrono::steady_clock::now() - start;
  const std::string from = to_text(result.from);
  const std::string to = to_text(result.to);
  const std::string checksum = checksum_text(result.checksum);
  Statement json(context.database(),
                 "SELECT json_object('state', ?1, 'from', nullif(?2, ''), 'to', nullif(?3, ''),"
                 " 'transactions', ?4, 'pages', ?5, 'bytes', ?6,"
                 " 'snapshot', json(iif(?7, 'true', 'false')), 'page_count', ?8, 'checksum', ?9,"
                 " 'source', ?10, 'path', ?11, 'elapsed_ms', round(?12, 3))");
  json.bind(1, result.changed ? "updated" : "current").bind(2, from).bind(3, to);
  if (result.transactions) {
    json.bind(4, static_cast<sqlite3_int64>(*result.transactions));
  }
  json.bind(5, static_cast<sqlite3_int64>(result.pages))
      .bind(6, static_cast<sqlite3_int64>(result.bytes))
      .bind(7, result.snapshot ? 1 : 0)
      .bind(8, sqlite3_int64{result.page_count})
      .bind(9, checksum)
      .bind(10, result.source)
      .bind(11, result.path)
      .bind(12, elapsed.count());
  answer(context, json);
}

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

void replica_status(Context& context, Arguments arguments) {
  Options options;
  if (arguments.size() > 0) {
    options = parse_options(context.database(), "replica_status", arguments[0], false);
  }
  const Target target = find_target(context.database(), "replica_status", options);
  const Status found = status(target.path, target.vfs);
  const Record record = found.record.value_or(Record{});
  const std::string position = to_text(found.state.position);
  const std::string checksum = checksum_text(found.state.checksum);
  const sqlite3_int64 now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                                   std::chrono::system_clock::now().time_since_epoch())
                                   .count();
  Statement json(
      context.database(),
      "SELECT json_object('state', ?1, 'path', ?2, 'source', nullif(?3, ''),"
      " 'position', nullif(?4, ''), 'page_size', nullif(?5, 0), 'page_count', nullif(?6, 0),"
      " 'checksum', nullif(?7, ''),"
      " 'last_contact_age_ms', iif(?8 = 0, NULL, max(?9 - ?8, 0)),"
      " 'last_change_age_ms', iif(?10 = 0, NULL, max(?9 - ?10, 0)),"
      " 'syncs', ?11, 'snapshots', ?12, 'transactions', ?13, 'pages', ?14, 'bytes', ?15,"
      " 'last_error', nullif(?16, ''), 'last_error_age_ms', iif(?17 = 0, NULL, max(?9 - ?17, 0)),"
      " 'sqlite_version', sqlite_version(), 'wal_reset_bug', json(iif(?18, 'true', 'false')))");
  const auto bind_count = [&json](int parameter, std::uint64_t value) {
    json.bind(parameter, static_cast<sqlite3_int64>(value));
  };
  json.bind(1, name_of(found.standing)).bind(2, found.path).bind(3, record.source);
  json.bind(4, position).bind(5, sqlite3_int64{record.page_size});
  json.bind(6, sqlite3_int64{found.state.page_count}).bind(7, checksum);
  json.bind(8, sqlite3_int64{record.contact_ms}).bind(9, now_ms);
  json.bind(10, sqlite3_int64{record.change_ms});
  bind_count(11, record.counters.syncs);
  bind_count(12, record.counters.snapshots);
  bind_count(13, record.counters.transactions);
  bind_count(14, record.counters.pages);
  bind_count(15, record.counters.bytes);
  json.bind(16, record.error).bind(17, sqlite3_int64{record.error_ms});
  json.bind(18, has_wal_reset_bug() ? 1 : 0);
  answer(context, json);
}

constexpr int kFlags = sqlite::kDirectOnly | SQLITE_RESULT_SUBTYPE;

constexpr sqlite::Function kFunctions[] = {
    {"replica_sync", 0, kFlags, replica_sync},     {"replica_sync", 1, kFlags, replica_sync},
    {"replica_sync", 2, kFlags, replica_sync},     {"replica_status", 0, kFlags, replica_status},
    {"replica_status", 1, kFlags, replica_status},
};

}  // namespace

void register_replica(sqlite3* database) { sqlite::register_functions(database, kFunctions); }

}  // namespace edgepack::replica
