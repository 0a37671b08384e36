#include "replica/replica.h"

#include <chrono>

#include "replica/bookmark.h"
#include "replica/json_object.h"
#include "replica/metrics.h"
#include "replica/options.h"
#include "replica/replicas.h"
#include "replica/reset.h"
#include "replica/restore.h"
#include "replica/source.h"
#include "replica/status_table.h"
#include "replica/sync.h"
#include "replica/verify.h"

namespace edgepack::replica {
namespace {

using sqlite::Arguments;
using sqlite::Context;

constexpr const char* kSyncOptions[] = {"schema", "path",   "wait_ms",    "timeout_ms", "max_bytes",
                                        "repair", "verify", "token_file", "ca_file"};
constexpr const char* kVerifyOptions[] = {"schema", "path", "timeout_ms", "token_file", "ca_file"};
constexpr const char* kRestoreOptions[] = {"timestamp", "bookmark", "timeout_ms", "token_file",
                                           "ca_file"};
constexpr const char* kFileOptions[] = {"schema", "path"};

/// What every function that means one database begins with. `index`: of the options among the
/// arguments.
struct Call {
  Call(Context& context, Arguments arguments, std::size_t index, const char* operation,
       std::span<const char* const> known)
      : options(index < arguments.size()
                    ? parse_options(context.database(), operation, arguments[index], known)
                    : Options{}),
        target(find_target(context.database(), operation, options)) {}

  Options options;
  Target target;
};

SyncRequest request_of(Context& context, const Call& call) {
  SyncRequest request;
  request.host = context.database();
  request.session = &context.state<Session>();
  request.path = call.target.path;
  request.vfs = call.target.vfs;
  request.access = call.options.access;
  request.wait_ms = call.options.wait_ms;
  request.timeout_ms = call.options.timeout_ms;
  request.max_bytes = call.options.max_bytes;
  request.repair = call.options.repair;
  request.verify = call.options.verify;
  return request;
}

std::string hex(std::uint64_t checksum) {
  return sqlite::format("%016llx", static_cast<unsigned long long>(checksum));
}

double elapsed_ms(Clock::time_point since) {
  return std::chrono::duration<double, std::milli>(Clock::now() - since).count();
}

void replica_sync(Context& context, Arguments arguments) {
  constexpr char kOperation[] = "replica_sync";
  const auto start = Clock::now();
  const Call call(context, arguments, 1, kOperation, kSyncOptions);
  refuse_own_transaction(context.database(), kOperation, call.options);
  SyncRequest request = request_of(context, call);
  if (arguments.size() > 0 && !arguments[0].is_null()) {
    request.source = text_argument(kOperation, "source", arguments[0], "'file:PATH'");
  }
  const SyncResult result = sync(request);
  JsonObject json;
  json.add("state", result.changed ? "updated" : "current")
      .add_or_null("from", to_text(result.from))
      .add_or_null("to", to_text(result.to))
      .add_or_null("transactions", result.transactions)
      .add("pages", result.pages)
      .add("bytes", result.bytes)
      .add("snapshot", result.snapshot)
      .add("page_count", std::int64_t{result.page_count})
      .add("checksum", hex(result.checksum))
      .add("source", result.source)
      .add("path", result.path)
      .add_or_null("lag_ms", result.lag_ms)
      .add("elapsed_ms", elapsed_ms(start));
  context.set_json(json.text());
}

void replica_status(Context& context, Arguments arguments) {
  const Call call(context, arguments, 0, "replica_status", kFileOptions);
  JsonObject json;
  for (const Fact& fact : facts_of(status(call.target.path, call.target.vfs))) {
    if (fact.is_null) {
      json.add_null(fact.name);
    } else if (fact.type == Fact::Type::kText) {
      json.add(fact.name, fact.text);
    } else if (fact.type == Fact::Type::kBoolean) {
      json.add(fact.name, fact.number != 0);
    } else {
      json.add(fact.name, fact.number);
    }
  }
  context.set_json(json.text());
}

void replica_verify(Context& context, Arguments arguments) {
  constexpr char kOperation[] = "replica_verify";
  const auto start = Clock::now();
  const Call call(context, arguments, 0, kOperation, kVerifyOptions);
  const Verification found = verify_with_source({.operation = kOperation,
                                                 .host = context.database(),
                                                 .http = &context.state<Session>().http(),
                                                 .path = call.target.path,
                                                 .vfs = call.target.vfs,
                                                 .timeout_ms = call.options.timeout_ms,
                                                 .access = call.options.access});
  const bool intact = found.checksum == found.recorded;
  JsonObject json;
  if (intact && !found.primary) {
    json.add_null("equal");
  } else {
    json.add("equal", intact && found.checksum == *found.primary);
  }
  json.add("intact", intact)
      .add_or_null("position", to_text(found.position))
      .add("page_count", std::int64_t{found.page_count})
      .add("checksum", hex(found.checksum))
      .add("recorded_checksum", hex(found.recorded))
      .add_or_null("primary_checksum", found.primary ? hex(*found.primary) : std::string())
      .add("elapsed_ms", elapsed_ms(start));
  context.set_json(json.text());
}

void replica_reset(Context& context, Arguments arguments) {
  constexpr char kOperation[] = "replica_reset";
  const Call call(context, arguments, 0, kOperation, kFileOptions);
  refuse_own_transaction(context.database(), kOperation, call.options);
  context.state<Session>().close(call.target.path);
  sqlite::Interrupt interrupt(context.database());
  context.set_integer(reset(call.target.path, call.target.vfs, interrupt) ? 1 : 0);
}

void replica_bookmark(Context& context, Arguments arguments) {
  const Call call(context, arguments, 0, "replica_bookmark", kFileOptions);
  sqlite::Interrupt interrupt(context.database());
  const std::string text = bookmark(call.target.path, call.target.vfs, interrupt);
  if (!text.empty()) context.set_text(text);
}

void replica_wait(Context& context, Arguments arguments) {
  constexpr char kOperation[] = "replica_wait";
  const Call call(context, arguments, 2, kOperation, kFileOptions);
  if (arguments[0].is_null()) return;  // nothing to wait for is nothing to say
  const std::string text =
      text_argument(kOperation, "bookmark", arguments[0], "what replica_bookmark() answers");
  if (arguments[1].type() != SQLITE_INTEGER || arguments[1].integer() < 0 ||
      arguments[1].integer() > 24 * 60 * 60 * 1000) {
    throw sqlite::Error({.operation = kOperation,
                         .object = "timeout_ms",
                         .problem = "expected an integer from 0 to 86400000"});
  }
  refuse_own_transaction(context.database(), kOperation, call.options);
  const auto timeout = static_cast<int>(arguments[1].integer());
  context.set_integer(wait_for(request_of(context, call), text, timeout) ? 1 : 0);
}

void replica_restore(Context& context, Arguments arguments) {
  constexpr char kOperation[] = "replica_restore";
  const auto start = Clock::now();
  const Options options =
      parse_options(context.database(), kOperation, arguments[2], kRestoreOptions);
  sqlite::Interrupt interrupt(context.database());
  const RestoreResult result =
      restore({.source = text_argument(kOperation, "source", arguments[0], "'https://HOST/NAME'"),
               .target = text_argument(kOperation, "target", arguments[1], "'PATH'"),
               .timestamp = options.timestamp,
               .bookmark = options.bookmark,
               .timeout_ms = options.timeout_ms,
               .access = options.access.value_or(Access{})},
              context.state<Session>().http(), interrupt);
  JsonObject json;
  json.add("position", to_text(result.position))
      .add("bookmark", bookmark_of(result.position))
      .add("timestamp_ms", result.timestamp_ms)
      .add("page_count", std::int64_t{result.page_count})
      .add("checksum", hex(result.checksum))
      .add("bytes", result.bytes)
      .add("elapsed_ms", elapsed_ms(start));
  context.set_json(json.text());
}

void replica_metrics(Context& context, Arguments) {
  std::vector<Status> replicas;
  for (const KnownReplica& replica : known_replicas(context.database(), context.state<Session>())) {
    replicas.push_back(status(replica.target.path, replica.target.vfs));
  }
  context.set_text(metrics_of(replicas));
}

constexpr int kJson = sqlite::kDirectOnly | SQLITE_RESULT_SUBTYPE;

constexpr sqlite::Function kFunctions[] = {
    {"replica_sync", 0, kJson, replica_sync},
    {"replica_sync", 1, kJson, replica_sync},
    {"replica_sync", 2, kJson, replica_sync},
    {"replica_status", 0, kJson, replica_status},
    {"replica_status", 1, kJson, replica_status},
    {"replica_verify", 0, kJson, replica_verify},
    {"replica_verify", 1, kJson, replica_verify},
    {"replica_reset", 0, sqlite::kDirectOnly, replica_reset},
    {"replica_reset", 1, sqlite::kDirectOnly, replica_reset},
    {"replica_bookmark", 0, sqlite::kDirectOnly, replica_bookmark},
    {"replica_bookmark", 1, sqlite::kDirectOnly, replica_bookmark},
    {"replica_wait", 2, sqlite::kDirectOnly, replica_wait},
    {"replica_wait", 3, sqlite::kDirectOnly, replica_wait},
    {"replica_restore", 3, kJson, replica_restore},
    {"replica_metrics", 0, sqlite::kDirectOnly, replica_metrics},
};

}  // namespace

void register_replica(sqlite3* database) {
  const auto session = std::make_shared<Session>();
  sqlite::register_functions(database, kFunctions, session);
  const sqlite::Module modules[] = {{"replica_status", sqlite::module_of<StatusTable>()}};
  sqlite::register_modules(database, modules, session);
}

}  // namespace edgepack::replica
