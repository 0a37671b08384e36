#include "replica/bookmark.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "replica/file_source.h"
#include "replica/served_state.h"
#include "replica/standing.h"

namespace edgepack::replica {
namespace {

constexpr char kBookmark[] = "replica_bookmark";
constexpr char kWait[] = "replica_wait";

/// How long the server may need to write down a state that SQLite's log no longer tells of.
constexpr int kServerMs = 2000;
constexpr int kServerPauseMs = 5;

/// True if `text` is made as `shape`, in which x stands for a lower-case hexadecimal digit.
bool has_shape(std::string_view text, std::string_view shape) {
  return std::ranges::equal(text, shape, [](char c, char s) {
    const bool is_digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
    return s == 'x' ? is_digit : c == s;
  });
}

bool is_served(std::string_view text) { return parse_bookmark(text).has_value(); }

/// The bookmark of a primary that a server follows: a state that the server has told of, and one
/// more for each commit behind it in the log. Nothing if the log does not tell what came behind it.
std::string served_bookmark(Snapshot& now, const ServedState& state) {
  TransactionMark mark = state.position;
  if (!state.mark.known()) {
    const Position position = position_of(now);
    const bool same = position.kind == Position::Kind::kFile &&
                      position.file.change_counter == state.change_counter &&
                      position.file.page_count == state.page_count;
    return same ? bookmark_of(mark) : std::string();
  }
  const auto changes = now.changes_since(state.mark, state.page_count);
  if (!changes) return {};
  mark.txid += changes->transactions;
  return bookmark_of(mark);
}

/// The same of what the server has told, the newest first.
std::string served_bookmark(const Connection& primary, const ServedStates& states) {
  Snapshot now(primary);
  for (const auto* state : {&states.announced, &states.durable}) {
    if (!*state) continue;
    if (std::string text = served_bookmark(now, **state); !text.empty()) return text;
  }
  return {};
}

}  // namespace

std::string bookmark_of(const Position& position) {
  switch (position.kind) {
    case Position::Kind::kNone:
      break;
    case Position::Kind::kTransaction:
      return bookmark_of(position.transaction);
    case Position::Kind::kWal:
      return sqlite::format("wal-%08x-%08x-%08x", position.mark.salt[0], position.mark.frame,
                            position.mark.salt[1]);
    case Position::Kind::kFile:
      return sqlite::format("change-%08x", position.file.change_counter);
  }
  return {};
}

bool has_reached(const Position& position, const std::string& bookmark) {
  const std::string here = bookmark_of(position);
  if (here.size() != bookmark.size()) return false;
  switch (position.kind) {
    case Position::Kind::kNone:
      return false;
    case Position::Kind::kTransaction:
    case Position::Kind::kFile:
      return here >= bookmark;
    case Position::Kind::kWal:
      // Frames of one log only: its first salt rises, but a deleted log begins anywhere.
      return here.substr(0, 12) == bookmark.substr(0, 12) &&
             here.substr(21) == bookmark.substr(21) && here >= bookmark;
  }
  return false;
}

std::string bookmark(const std::string& path, const char* vfs, sqlite::Interrupt& interrupt) {
  const Connection database(kBookmark, path, Connection::Missing::kFail, vfs);
  const PositionFile position(database.path(), vfs);
  if (const auto& record = position.record(); record && record->after.known) {
    const Snapshot base(database);
    return bookmark_of(state_by_mark(position, base).value_or(record->after).position);
  }
  const auto until = Clock::now() + std::chrono::milliseconds(kServerMs);
  for (;;) {
    const ServedStates states = read_served_states(served_state_path(database.path()));
    if (!states.durable) break;
    if (std::string text = served_bookmark(database, states); !text.empty()) return text;
    interrupt.check();
    if (Clock::now() >= until) {
      database.fail("its server has not seen the newest commit yet",
                    "is edgepack-serve running? If the database is no longer served, delete the "
                    "folder that ends in -serve");
    }
    sqlite3_sleep(kServerPauseMs);
  }
  Snapshot now(database);
  return bookmark_of(position_of(now));
}

bool wait_for(const SyncRequest& request, const std::string& bookmark, int timeout_ms) {
  const bool served = is_served(bookmark);
  if (!served && !has_shape(bookmark, "wal-xxxxxxxx-xxxxxxxx-xxxxxxxx") &&
      !has_shape(bookmark, "change-xxxxxxxx")) {
    throw sqlite::Error({.operation = kWait,
                         .object = bookmark,
                         .problem = "this is no bookmark",
                         .hint = "replica_bookmark() makes them"});
  }
  {
    const Connection replica(kWait, request.path, Connection::Missing::kFail, request.vfs);
    const PositionFile position(replica.path(), request.vfs);
    if (!position.exists()) replica.fail("it is no replica", "sync it first");
    const Snapshot base(replica);
    const auto state = state_by_mark(position, base);
    if (state && has_reached(state->position, bookmark)) return true;
  }
  const auto until = Clock::now() + std::chrono::milliseconds(timeout_ms);
  SyncRequest each = request;
  while (Clock::now() < until) {
    const SyncResult result = sync(each);
    const bool from_server = result.to.kind == Position::Kind::kTransaction;
    // A file was read after the bookmark was made, which names an older state of it.
    if (!from_server || has_reached(result.to, bookmark)) return true;
    if (!served) {
      throw sqlite::Error({.operation = kWait,
                           .object = bookmark,
                           .problem = "it was made at a database file, but the source is a server",
                           .hint = "make bookmarks while edgepack-serve follows the primary"});
    }
    each.wait_ms = static_cast<int>(
        std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count());
    each.wait_ms = std::max(each.wait_ms, 0);
  }
  return false;
}

}  // namespace edgepack::replica
