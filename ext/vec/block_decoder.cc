#include "vec/block_decoder.h"

#include <utility>

#include "vec/helper_thread.h"

namespace edgepack::vec {

BlockDecoder::~BlockDecoder() {
  if (!has_helper()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  submitted_one_.notify_one();
  helper_.join();
}

void BlockDecoder::submit() {
  if (may_help_ && submitted_ == kAlone) helper_ = start_helper([this] { help(); });
  {
    const std::lock_guard lock(mutex_);
    job(submitted_).is_done = false;
    ++submitted_;
  }
  if (has_helper()) submitted_one_.notify_one();
}

BlockReading& BlockDecoder::take() {
  Job& first = job(taken_);
  {
    std::unique_lock lock(mutex_);
    while (!first.is_done) {
      if (begun_ == submitted_) {
        finished_one_.wait(lock);
        continue;
      }
      Job& mine = job(begun_++);
      lock.unlock();
      decode(mine);
      lock.lock();
      mine.is_done = true;
    }
  }
  ++taken_;
  if (first.error) std::rethrow_exception(std::exchange(first.error, nullptr));
  return first.reading;
}

void BlockDecoder::decode(Job& job) const noexcept {
  try {
    BlockReading& reading = job.reading;
    reading.block =
        std::make_shared<const DecodedBlock>(column_, vector_, reading.header, reading.slots);
  } catch (...) {
    job.error = std::current_exception();
  }
}

void BlockDecoder::help() {
  std::unique_lock lock(mutex_);
  for (;;) {
    submitted_one_.wait(lock, [this] { return stop_ || begun_ < submitted_; });
    if (stop_) return;
    Job& next = job(begun_++);
    lock.unlock();
    decode(next);
    lock.lock();
    next.is_done = true;
    finished_one_.notify_one();
  }
}

}  // namespace edgepack::vec
