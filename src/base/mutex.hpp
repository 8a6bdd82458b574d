// SPDX-License-Identifier: Apache-2.0
// A mutex whose use clang checks (-Wthread-safety). Public functions lock; private *_locked functions expect the lock.
#pragma once

#include <condition_variable>
#include <mutex>

#if defined(__clang__)
#define DOUSE_TSA(x) __attribute__((x))
#else
#define DOUSE_TSA(x)
#endif
#define GUARDED_BY(x) DOUSE_TSA(guarded_by(x))
#define REQUIRES(...) DOUSE_TSA(requires_capability(__VA_ARGS__))

namespace douse::base {

class DOUSE_TSA(capability("mutex")) Mutex {
public:
    void lock() DOUSE_TSA(acquire_capability()) { mutex_.lock(); }
    void unlock() DOUSE_TSA(release_capability()) { mutex_.unlock(); }

private:
    std::mutex mutex_;
};

class DOUSE_TSA(scoped_lockable) MutexLock {
public:
    explicit MutexLock(Mutex& mutex) DOUSE_TSA(acquire_capability(mutex)) : mutex_(mutex) { mutex_.lock(); }
    ~MutexLock() DOUSE_TSA(release_capability()) { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

using ConditionVariable = std::condition_variable_any;  // waits on a Mutex

}  // namespace douse::base
