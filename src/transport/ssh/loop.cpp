// SPDX-License-Identifier: Apache-2.0
#include "transport/ssh/loop.hpp"

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <csignal>
#include <limits>
#include <utility>

namespace douse::transport {
namespace {

constexpr uint64_t wake_id = 0;
constexpr int events_a_turn = 64;

}  // namespace

SshLoop::SshLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)), wake_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    ssh_init();
    epoll_event event{.events = EPOLLIN, .data = {.u64 = wake_id}};
    const bool ready = epoll_ && wake_ && ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wake_.get(), &event) == 0;
    assert(ready);
    static_cast<void>(ready);
    thread_ = std::thread([this] { run(); });
}

SshLoop::~SshLoop() {
    shut_down();
}

void SshLoop::shut_down() {
    {
        base::MutexLock lock(mutex_);
        if (std::exchange(down_, true)) return;
        posted_.emplace_back([this] { running_ = false; });
    }
    wake();
    thread_.join();
}

bool SshLoop::post(std::function<void()> work) {
    {
        base::MutexLock lock(mutex_);
        if (down_) return false;
        posted_.push_back(std::move(work));
    }
    wake();
    return true;
}

void SshLoop::wake() {
    const uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(wake_.get(), &one, sizeof one);
}

Result<Output> SshLoop::perform(const std::shared_ptr<Connection>& connection, const std::shared_ptr<Order>& order, std::stop_token stop) {
    auto done = order->done.get_future();
    const bool posted = post([this, connection, order] {
        const auto [place, is_new] = ids_.try_emplace(connection.get(), last_id_ + 1);
        if (is_new) watched_.emplace(++last_id_, Watched{.connection = connection});
        connection->take(order);
        watch(place->second);
    });
    if (!posted) return fail(ErrorCode::cancelled, "the transport was shut down");
    const std::stop_callback on_stop(stop, [this, connection, order] {
        post([this, connection, order] {
            if (connection->has(order.get())) connection->give_up(ErrorCode::cancelled);
            if (const auto found = ids_.find(connection.get()); found != ids_.end()) watch(found->second);
        });
    });
    return done.get();
}

void SshLoop::close(std::shared_ptr<Connection> connection) {
    post([this, connection = std::move(connection)] {
        const auto found = ids_.find(connection.get());
        connection->hang_up();
        if (found == ids_.end()) return;
        watched_.erase(found->second);
        ids_.erase(found);
    });
}

void SshLoop::run() {
    sigset_t signals;  // a write to a closed socket must be an error here, never a signal
    sigemptyset(&signals);
    sigaddset(&signals, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);

    std::array<epoll_event, events_a_turn> events;
    while (running_) {
        const int count = ::epoll_wait(epoll_.get(), events.data(), events_a_turn, wait_millis());
        for (int i = 0; i < count; ++i) {
            const uint64_t id = events[static_cast<size_t>(i)].data.u64;
            if (id == wake_id) {
                uint64_t ignored = 0;
                [[maybe_unused]] const auto size = ::read(wake_.get(), &ignored, sizeof ignored);
                continue;
            }
            const auto found = watched_.find(id);
            if (found == watched_.end()) continue;
            found->second.connection->drive();
            watch(id);
        }
        run_posted();
        expire();
    }
    run_posted();  // nothing is posted any more; whoever waits for one of these orders gets its end
    for (auto& [id, watched] : watched_) {
        watched.connection->give_up(ErrorCode::cancelled);
        watched.connection->hang_up();
    }
    watched_.clear();
    ids_.clear();
}

void SshLoop::run_posted() {
    std::vector<std::function<void()>> work;
    {
        base::MutexLock lock(mutex_);
        work.swap(posted_);
    }
    for (const auto& each : work) each();
}

// Few connections live at once (the job pool's threads), so that walking them all costs less than keeping them in order.
void SshLoop::expire() {
    const auto now = std::chrono::steady_clock::now();
    std::vector<uint64_t> late;
    for (const auto& [id, watched] : watched_) {
        if (const auto deadline = watched.connection->deadline(); deadline && *deadline <= now) late.push_back(id);
    }
    for (const uint64_t id : late) {
        watched_.at(id).connection->give_up(ErrorCode::timed_out);
        watch(id);
    }
}

int SshLoop::wait_millis() const {
    std::optional<Deadline> first;
    for (const auto& [id, watched] : watched_) {
        if (const auto deadline = watched.connection->deadline(); deadline && (!first || *deadline < *first)) first = deadline;
    }
    if (!first) return -1;
    const auto left = base::left_until(*first).count() + 1;
    return static_cast<int>(std::min<int64_t>(left, std::numeric_limits<int>::max()));
}

// Brings epoll in line with what the connection waits for; forgets a closed one, whose descriptor is gone.
void SshLoop::watch(uint64_t id) {
    const auto found = watched_.find(id);
    if (found == watched_.end()) return;
    Watched& watched = found->second;
    if (watched.connection->closed()) {
        ids_.erase(watched.connection.get());
        watched_.erase(found);
        return;
    }
    const uint32_t wanted = watched.connection->fd() < 0 ? 0 : watched.connection->wanted_events();
    if (wanted == watched.events) return;
    epoll_event event{.events = wanted, .data = {.u64 = id}};
    const int operation = watched.events == 0 ? EPOLL_CTL_ADD : wanted == 0 ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;
    ::epoll_ctl(epoll_.get(), operation, watched.connection->fd(), &event);
    watched.events = wanted;
}

}  // namespace douse::transport
