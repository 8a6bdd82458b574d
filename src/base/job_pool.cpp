// SPDX-License-Identifier: Apache-2.0
#include "base/job_pool.hpp"

namespace douse::base {

JobPool::JobPool(int threads, size_t queue_limit) : queue_limit_(queue_limit) {
    threads_.reserve(static_cast<size_t>(threads));
    for (int i = 0; i < threads; ++i) threads_.emplace_back([this] { work(); });
}

JobPool::~JobPool() {
    {
        MutexLock lock(mutex_);
        closing_ = true;
    }
    changed_.notify_all();
}

Result<void> JobPool::submit(std::function<void()> job) {
    {
        MutexLock lock(mutex_);
        if (queue_.size() >= queue_limit_) return fail(ErrorCode::exhausted, "too many jobs are waiting");
        queue_.push_back(std::move(job));
    }
    changed_.notify_one();
    return {};
}

void JobPool::wait_until_idle() {
    mutex_.lock();
    while (!queue_.empty() || busy_ != 0) changed_.wait(mutex_);
    mutex_.unlock();
}

void JobPool::work() {
    mutex_.lock();
    for (;;) {
        while (queue_.empty() && !closing_) changed_.wait(mutex_);
        if (queue_.empty()) break;
        std::function<void()> job = std::move(queue_.front());
        queue_.pop_front();
        ++busy_;
        mutex_.unlock();
        job();
        job = nullptr;
        mutex_.lock();
        --busy_;
        if (queue_.empty() && busy_ == 0) changed_.notify_all();
    }
    mutex_.unlock();
}

}  // namespace douse::base
