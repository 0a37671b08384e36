#include "replica/verify.h"

#include "replica/apply.h"
#include "replica/standing.h"

namespace edgepack::replica {
namespace {

/// What `replica` shows, and which recorded state that is.
struct Shown {
  std::unique_ptr<Snapshot> base;
  State state;
};

Shown read_shown(const Connection& replica, const char* vfs) {
  constexpr int kAttempts = 100;
  for (int attempt = 0; attempt < kAttempts; ++attempt) {
    auto base = std::make_unique<Snapshot>(replica);
    const PositionFile position(replica.path(), vfs);
    if (!position.record() || !position.record()->after.known) break;
    if (const auto state = state_by_mark(position, *base)) return {std::move(base), *state};
    // Without the lock, a sync may have gone on between the two; if none has, no mark will fit.
    const bool same = base->is_wal() && base->index().header() &&
                      base->index().header()->change == base->header().change;
    if (same) return {std::move(base), position.record()->after};
  }
  replica.fail("it is no replica, or its first sync has not ended", "sync it first");
}

}  // namespace

Verification verify(const Connection& replica, const char* vfs, Source* source,
                    sqlite::Interrupt& interrupt) {
  const Shown shown = read_shown(replica, vfs);
  return {.checksum = checksum_of(*shown.base, interrupt),
          .recorded = shown.state.checksum,
          .primary = source != nullptr ? source->expected_checksum(shown.state) : std::nullopt,
          .position = shown.state.position,
          .page_count = shown.base->page_count()};
}

Verification verify_with_source(const VerifyRequest& request) {
  sqlite::Interrupt interrupt(request.host);
  const Connection replica(request.operation, request.path, Connection::Missing::kFail,
                           request.vfs);
  const PositionFile position(replica.path(), request.vfs);
  if (!position.record()) replica.fail("it is no replica", "sync it first");
  const std::unique_ptr<Source> source = open_source(
      position.record()->source, {.operation = request.operation,
                                  .replica_path = replica.path(),
                                  .timeout_ms = request.timeout_ms,
                                  .access = request.access.value_or(position.record()->access),
                                  .http = request.http,
                                  .interrupt = &interrupt});
  return verify(replica, request.vfs, source.get(), interrupt);
}

}  // namespace edgepack::replica
