// SPDX-License-Identifier: Apache-2.0
// A bounded pool of threads for work that blocks. A full queue refuses; the destructor finishes what was taken.
#pragma once

#include "base/error.hpp"
#include "base/mutex.hpp"

#include <deque>
#include <functional>
#include <thread>
#include <vector>

namespace douse::base {

class JobPool {
public:
    // `queue_limit` jobs may wait; more is `exhausted`.
    JobPool(int threads, size_t queue_limit);
    ~JobPool();
    JobPool(const JobPool&) = delete;
    JobPool& operator=(const JobPool&) = delete;

    Result<void> submit(std::function<void()> job);  // a job must not throw; if it does, the program stops with its message
    void wait_until_idle();

private:
    void work();

    Mutex mutex_;
    ConditionVariable changed_;
    std::deque<std::function<void()>> queue_ GUARDED_BY(mutex_);
    size_t busy_ GUARDED_BY(mutex_) = 0;
    bool closing_ GUARDED_BY(mutex_) = false;
    const size_t queue_limit_;
    std::vector<std::jthread> threads_;
};

}  // namespace douse::base
