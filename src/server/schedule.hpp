// SPDX-License-Identifier: Apache-2.0
// What happens by time alone: evidence grows too old, exemptions run out. One thread; every few seconds it derives the assets whose
// disposition time may have changed. Sweeps are started by people.
#pragma once

#include "store/store.hpp"

#include <thread>

namespace douse::server {

class Schedule {
public:
    explicit Schedule(store::Store& store, Millis every = std::chrono::seconds{5});
    ~Schedule() = default;  // stops and waits

private:
    std::jthread thread_;
};

}  // namespace douse::server
