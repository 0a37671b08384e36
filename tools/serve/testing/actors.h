#pragma once
// A primary with its application, the server before it, a replica and its readers, each in a
// process of its own.

#include <memory>
#include <optional>
#include <random>
#include <string>

#include "replica/step.h"
#include "replica/testing/pair.h"
#include "serve/step.h"
#include "serve/testing/process.h"

namespace edgepack::serve::testing {

/// Numbers that are the same in each run.
class Random {
 public:
  explicit Random(unsigned seed) : engine_(seed) {}
  unsigned below(unsigned bound) { return static_cast<unsigned>(engine_() % bound); }

 private:
  std::mt19937 engine_;
};

/// Where a process kills itself: when the step comes for the `count`-th time.
template <class AStep>
struct FatalStep {
  AStep step;
  int count = 1;
};

class Actors {
 public:
  explicit Actors(const std::string& journal_mode);

  /// Each transaction adds 1 to all rows of `counter`, and changes, adds or removes other rows; now
  /// and then a checkpoint or VACUUM. Tells nothing. Fails if SQLite refuses anything.
  std::unique_ptr<Process> start_application(unsigned seed) const;
  /// Answers on one port for the life of this object.
  std::unique_ptr<Process> start_server(std::optional<FatalStep<Step>> fatal = std::nullopt);
  /// Syncs again and again until it is told to stop, or has seen `most` new states. An error that
  /// will not pass by itself ends it in bad order.
  std::unique_ptr<Process> start_replica(
      std::optional<FatalStep<replica::Step>> fatal = std::nullopt, int most = -1) const;
  /// Reads the replica in transactions of up to `hold_ms` until it is told to stop. One that shows
  /// a torn state, changes or goes back, or that SQLite refuses, ends it in bad order. Tells one
  /// line when it has the first snapshot.
  std::unique_ptr<Process> start_reader(int hold_ms) const;
  /// One sync that has time. False if it failed.
  bool sync_once() const;

  /// The replica's files and the server's folder go.
  void forget_replica() const;
  /// Checks that what the file `path` shows is whole, and answers the counter (0: no table yet).
  static long long expect_sound(const std::string& path);

  std::string primary_path() const { return folder_ / "app.db"; }
  std::string replica_path() const { return folder_ / "replica.db"; }

 private:
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_) + "/app.db"; }

  replica::testing::TemporaryFolder folder_;
  int port_ = 0;
};

}  // namespace edgepack::serve::testing
