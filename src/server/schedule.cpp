// SPDX-License-Identifier: Apache-2.0
#include "server/schedule.hpp"

#include "base/log.hpp"
#include "store/evidence_rows.hpp"

#include <fmt/format.h>
#include <condition_variable>
#include <mutex>

namespace douse::server {

Schedule::Schedule(store::Store& store, Millis every)
    : thread_([&store, every](const std::stop_token& stop) {
          std::mutex mutex;
          std::condition_variable_any woken;
          while (!stop.stop_requested()) {
              if (const auto derived = store.write([](store::Tx& tx) { return store::derive_due(tx); }); !derived) {
                  base::log(base::LogLevel::error, fmt::format("decay: {}", derived.error().sentence));
              }
              std::unique_lock lock(mutex);
              woken.wait_for(lock, stop, every, [] { return false; });
          }
      }) {}

}  // namespace douse::server
