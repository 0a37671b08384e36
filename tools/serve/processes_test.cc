// The server, a replica, the writing application and readers, each in a process of its own, over
// HTTP. Each of the first three is killed, at its named steps and at any instant: the files open,
// show a committed state, and the next sync ends at the primary's, byte for byte.

#include <cstdlib>
#include <gtest/gtest.h>
#include <thread>

#include "replica/testing/image.h"
#include "serve/testing/actors.h"

namespace edgepack::serve::testing {
namespace {

using replica::testing::database_checksum;

bool is_long() { return std::getenv("EDGEPACK_LONG_TESTS") != nullptr; }

void pause(unsigned milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

enum class Victim { kServer, kReplica, kApplication };

/// One round after the other: all run, one is killed, and everything is looked at.
class Kills {
 public:
  explicit Kills(const std::string& journal_mode) : actors_(journal_mode) {}

  void round(int number) {
    SCOPED_TRACE("round " + std::to_string(number));
    const auto victim = static_cast<Victim>(number % 3);
    const bool by_step = random_.below(2) == 0 && victim != Victim::kApplication;
    // Now and then from the beginning: a first snapshot, a first sync.
    if (number % 7 == 0) {
      end(server_);
      actors_.forget_replica();
      seen_ = 0;
    }
    if (victim == Victim::kServer && by_step) end(server_);
    if (server_ == nullptr) {
      std::optional<FatalStep<Step>> fatal;
      if (victim == Victim::kServer && by_step) fatal = a_step<Step>();
      server_ = actors_.start_server(fatal);
    }
    auto application = actors_.start_application(random_.below(1000));
    std::optional<FatalStep<replica::Step>> fatal;
    if (victim == Victim::kReplica && by_step) fatal = a_step<replica::Step>();
    auto replica = actors_.start_replica(fatal);

    auto& killed = victim == Victim::kServer    ? server_
                   : victim == Victim::kReplica ? replica
                                                : application;
    // A step that does not come in this while becomes a kill at any instant.
    const unsigned longest = by_step ? 300 : random_.below(80);
    for (unsigned waited = 0; waited < longest && !killed->has_ended(); ++waited) pause(1);
    killed->kill();
    EXPECT_TRUE(killed->wait());
    kills_ += killed->was_killed() ? 1 : 0;
    if (victim == Victim::kApplication) Actors::expect_sound(actors_.primary_path());
    if (victim != Victim::kApplication) expect_replica_sound();
    if (victim == Victim::kServer) {
      // It goes on where it was, while everything else goes on as well.
      server_ = actors_.start_server();
      pause(random_.below(30));
    }
    stop(application);
    stop(replica);
    expect_replica_sound();
    EXPECT_TRUE(actors_.sync_once());
    EXPECT_EQ(database_checksum(actors_.replica_path()), database_checksum(actors_.primary_path()));
    expect_replica_sound();
    EXPECT_EQ(seen_, Actors::expect_sound(actors_.primary_path()));
  }

  int kills() const { return kills_; }

 private:
  template <class AStep>
  FatalStep<AStep> a_step() {
    return {.step = static_cast<AStep>(random_.below(static_cast<unsigned>(AStep::kCount))),
            .count = 1 + static_cast<int>(random_.below(4))};
  }
  static void end(std::unique_ptr<Process>& process) {
    if (process == nullptr) return;
    process->kill();
    process->wait();
    process.reset();
  }
  static void stop(const std::unique_ptr<Process>& process) {
    process->stop();
    EXPECT_TRUE(process->wait());
  }
  void expect_replica_sound() {
    if (!std::filesystem::exists(actors_.replica_path())) return;
    const long long now = Actors::expect_sound(actors_.replica_path());
    EXPECT_GE(now, seen_) << "the replica went back";
    seen_ = now;
  }

  Actors actors_;
  std::unique_ptr<Process> server_;
  Random random_{7};
  long long seen_ = 0;
  int kills_ = 0;
};

class AnyProcess : public ::testing::TestWithParam<const char*> {};

TEST_P(AnyProcess, IsKilled) {
  Kills kills(GetParam());
  const int rounds = is_long() ? 1200 : 12;
  for (int number = 0; number < rounds && !HasFailure(); ++number) kills.round(number);
  RecordProperty("kills", kills.kills());
  EXPECT_EQ(kills.kills(), rounds);
}

INSTANTIATE_TEST_SUITE_P(JournalMode, AnyProcess, ::testing::Values("WAL", "DELETE"));

TEST(Processes, ReadersSeeCommittedStatesInOrder) {
  Actors actors("WAL");
  const auto server = actors.start_server();
  ASSERT_TRUE(actors.sync_once());
  std::vector<std::unique_ptr<Process>> readers;
  for (const int hold_ms : {0, 20, 200}) {
    readers.push_back(actors.start_reader(hold_ms));
    EXPECT_EQ(readers.back()->line(), "reading");
  }
  const auto application = actors.start_application(3);
  const auto replica = actors.start_replica(std::nullopt, is_long() ? 3000 : 25);
  EXPECT_TRUE(replica->wait());
  for (const auto& process : readers) {
    EXPECT_FALSE(process->has_ended());
    process->stop();
    EXPECT_TRUE(process->wait());
  }
  application->stop();
  EXPECT_TRUE(application->wait());
  EXPECT_TRUE(actors.sync_once());
  EXPECT_EQ(database_checksum(actors.replica_path()), database_checksum(actors.primary_path()));
}

}  // namespace
}  // namespace edgepack::serve::testing
