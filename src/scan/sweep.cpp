// SPDX-License-Identifier: Apache-2.0
// One epoll loop. A flight is one try at one target:
//
//   connecting --refused, unreachable, filtered--> over
//              --no answer in time--------------> over as silent, or back into the queue while tries are left
//              --connected----------------------> talking (a conversation), banner (one line), or over as open
//   talking, banner --done, gave up, closed, out of time--> over as open
//
// Over 400 lines, because a flight's whole life is one state machine and is read in one sitting.
// Timers lie in a heap and are dropped lazily: an entry counts only while its flight is the same and its deadline still holds.
#include "scan/sweep.hpp"

#include "base/socket_address.hpp"
#include "base/unique_fd.hpp"
#include "base/utf8.hpp"
#include "playbook/talk.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <deque>
#include <memory>
#include <optional>
#include <queue>

namespace douse::scan {
namespace {

using Clock = std::chrono::steady_clock;
using playbook::Turn;

constexpr size_t events_a_turn = 256;
constexpr size_t bytes_a_read = 4096;
constexpr size_t banner_limit = 256;  // RFC 4253 4.2: a version line has at most 255 characters
constexpr Millis banner_timeout = std::chrono::seconds{3};
constexpr Millis longest_wait = std::chrono::milliseconds{100};  // a stop is seen within this
constexpr size_t descriptors_kept_free = 64;                     // for the rest of the process

constexpr std::array<std::string_view, 7> state_names{"open", "closed", "filtered", "silent", "unreachable", "out_of_scope", "cancelled"};
static_assert(state_names.size() == static_cast<size_t>(PortState::cancelled) + 1);

enum class Phase { idle, connecting, talking, banner };

struct Flight {
    Phase phase = Phase::idle;
    uint32_t generation = 0;  // of this slot: a late event or timer of an earlier flight is ignored
    size_t target = 0;
    base::UniqueFd fd;
    uint32_t interest = 0;
    Clock::time_point limit{};   // of the whole try
    Clock::time_point within{};  // of the answer that is waited for
    std::unique_ptr<playbook::Conversation> talk;
    std::string out;  // to be sent
    size_t sent = 0;
    std::string line;  // banner
};

struct Timer {
    Clock::time_point at;
    size_t slot;
    uint32_t generation;
    bool operator>(const Timer& other) const { return at > other.at; }
};

// What a failed connect says about the port; nothing for an error of our own.
std::optional<PortState> state_of(int error) {
    switch (error) {
        case ECONNREFUSED: return PortState::closed;
        case EHOSTUNREACH:
        case ENETUNREACH:
        case EHOSTDOWN:
        case ENETDOWN:
        case EADDRNOTAVAIL: return PortState::unreachable;
        case EACCES:
        case EPERM: return PortState::filtered;
        case ETIMEDOUT: return PortState::silent;
        case ECONNRESET: return PortState::closed;
        default: return std::nullopt;
    }
}

size_t descriptors_allowed(size_t wanted) {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY) return wanted;
    const size_t can = limit.rlim_cur > descriptors_kept_free ? limit.rlim_cur - descriptors_kept_free : 1;
    return std::clamp<size_t>(wanted, 1, can);
}

class Sweep {
public:
    Sweep(const model::Permit& permit, std::span<const Target> targets, const Limits& limits, std::stop_token stop,
          const std::function<void(const Outcome&)>& on_outcome)
        : permit_(permit),
          targets_(targets),
          limits_(limits),
          stop_(std::move(stop)),
          on_outcome_(on_outcome),
          outcomes_(targets.size()),
          ended_(targets.size(), false),
          at_once_(descriptors_allowed(limits.at_once)),
          tokens_(limits.burst) {
        for (size_t i = 0; i < targets.size(); ++i) {
            outcomes_[i].target = i;
            queue_.push_back(i);
        }
    }

    Result<std::vector<Outcome>> run() {
        epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
        if (!epoll_) return fail(ErrorCode::exhausted, "no descriptor is left for a sweep");
        flights_.resize(std::min(at_once_, std::max<size_t>(targets_.size(), 1)));
        for (size_t slot = flights_.size(); slot > 0; --slot) free_.push_back(slot - 1);
        last_refill_ = Clock::now();
        while (open_ > 0 || !queue_.empty()) {
            if (stop_.stop_requested()) {
                cancel_all();
                break;
            }
            TRY(launch());
            wait();
            expire();
        }
        assert(std::all_of(ended_.begin(), ended_.end(), [](bool e) { return e; }));
        return std::move(outcomes_);
    }

private:
    Result<void> launch() {
        const Clock::time_point now = Clock::now();
        const double passed = std::chrono::duration<double>(now - last_refill_).count();
        tokens_ = std::min(limits_.burst, tokens_ + passed * limits_.connects_per_second);
        last_refill_ = now;
        while (tokens_ >= 1 && !free_.empty() && !queue_.empty()) {
            const size_t target = queue_.front();
            queue_.pop_front();
            if (const auto allowed = permit_.allows(targets_[target].endpoint.address); !allowed) {
                end(target, allowed.error().code == ErrorCode::cancelled ? PortState::cancelled : PortState::out_of_scope);
                continue;
            }
            tokens_ -= 1;
            if (connect(target)) continue;
            if (open_ == 0) return fail(ErrorCode::exhausted, "no descriptor is left for even one connection");
            queue_.push_front(target);  // some flight's end gives a descriptor back
            break;
        }
        return {};
    }

    // False: this process is out of descriptors.
    bool connect(size_t target) {
        const Endpoint& endpoint = targets_[target].endpoint;
        const base::SocketAddress to(endpoint);
        base::UniqueFd fd(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
        if (!fd) {
            if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return false;
            ++outcomes_[target].tries;
            end(target, PortState::unreachable);
            return true;
        }
        const int on = 1;
        ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        // An abortive close leaves no TIME_WAIT behind: a sweep opens thousands of connections from one address.
        const linger abort{.l_onoff = 1, .l_linger = 0};
        ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &abort, sizeof abort);
        ++outcomes_[target].tries;
        outcomes_[target].at = base::SystemClock{}.now();
        const int done = ::connect(fd.get(), to.get(), to.size);
        if (done != 0 && errno != EINPROGRESS) {
            end(target, state_of(errno).value_or(PortState::unreachable));
            return true;
        }
        const size_t slot = free_.back();
        free_.pop_back();
        Flight& flight = flights_[slot];
        const uint32_t generation = flight.generation + 1;
        flight = Flight{};
        flight.phase = Phase::connecting;
        flight.generation = generation;
        flight.target = target;
        flight.fd = std::move(fd);
        ++open_;
        const playbook::Talk* talk = targets_[target].talk;
        flight.limit = Clock::now() + (talk == nullptr ? limits_.connect_timeout : std::min(limits_.connect_timeout, talk->timeout));
        watch(slot, EPOLLOUT);
        arm(slot, flight.limit);
        return true;
    }

    void watch(size_t slot, uint32_t interest) {
        Flight& flight = flights_[slot];
        if (flight.interest == interest) return;
        epoll_event event{};
        event.events = interest;
        event.data.u64 = uint64_t{flight.generation} << 32 | slot;
        ::epoll_ctl(epoll_.get(), flight.interest == 0 ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, flight.fd.get(), &event);
        flight.interest = interest;
    }

    void arm(size_t slot, Clock::time_point at) { timers_.push({at, slot, flights_[slot].generation}); }

    void wait() {
        Clock::time_point next = Clock::now() + longest_wait;
        if (!timers_.empty()) next = std::min(next, timers_.top().at);
        if (!queue_.empty() && !free_.empty()) {
            const double missing = std::max(0.0, 1 - tokens_) / limits_.connects_per_second;
            next = std::min(next, Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(missing)));
        }
        // Rounded up: the tokens of a part of a millisecond are not worth a turn without sleep.
        const int span = next <= Clock::now() ? 0 : static_cast<int>(base::left_until(next).count()) + 1;
        std::array<epoll_event, events_a_turn> events;
        const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), span);
        for (int i = 0; i < count; ++i) {
            const size_t slot = events[static_cast<size_t>(i)].data.u64 & 0xffffffff;
            const auto generation = static_cast<uint32_t>(events[static_cast<size_t>(i)].data.u64 >> 32);
            if (flights_[slot].phase != Phase::idle && flights_[slot].generation == generation) on_event(slot);
        }
    }

    void on_event(size_t slot) {
        Flight& flight = flights_[slot];
        switch (flight.phase) {
            case Phase::connecting: on_connected(slot); break;
            case Phase::talking:
                if (!flight.out.empty())
                    push(slot);
                else
                    pull(slot);
                break;
            case Phase::banner: read_banner(slot); break;
            case Phase::idle: break;
        }
    }

    void on_connected(size_t slot) {
        Flight& flight = flights_[slot];
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(flight.fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) {
            land(slot, state_of(error).value_or(PortState::unreachable));
            return;
        }
        const Target& target = targets_[flight.target];
        if (target.talk != nullptr) {
            flight.phase = Phase::talking;
            flight.limit = Clock::now() + target.talk->timeout;
            flight.within = flight.limit;
            arm(slot, flight.limit);
            flight.talk = std::make_unique<playbook::Conversation>(*target.talk);
            take(slot, flight.talk->start());
        } else if (target.ssh_banner) {
            flight.phase = Phase::banner;
            flight.limit = Clock::now() + banner_timeout;
            arm(slot, flight.limit);
            watch(slot, EPOLLIN);
        } else {
            land(slot, PortState::open);
        }
    }

    void take(size_t slot, Turn turn) {
        Flight& flight = flights_[slot];
        switch (turn.next) {
            case Turn::Next::send:
                flight.out = std::move(turn.bytes);
                flight.sent = 0;
                push(slot);
                break;
            case Turn::Next::need_more:
                if (turn.new_expect) {
                    flight.within = turn.within ? std::min(flight.limit, Clock::now() + *turn.within) : flight.limit;
                    arm(slot, flight.within);
                }
                watch(slot, EPOLLIN);
                break;
            case Turn::Next::done:
            case Turn::Next::give_up: land(slot, PortState::open); break;
        }
    }

    void push(size_t slot) {
        Flight& flight = flights_[slot];
        if (!permit_.allows(targets_[flight.target].endpoint.address)) {
            land(slot, PortState::cancelled);
            return;
        }
        while (flight.sent < flight.out.size()) {
            const ssize_t count = ::send(flight.fd.get(), flight.out.data() + flight.sent, flight.out.size() - flight.sent, MSG_NOSIGNAL);
            if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
                watch(slot, EPOLLOUT);
                return;
            }
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) {
                take(slot, flight.talk->on_eof());
                return;
            }
            flight.sent += static_cast<size_t>(count);
        }
        flight.out.clear();
        take(slot, flight.talk->sent());
    }

    void pull(size_t slot) {
        Flight& flight = flights_[slot];
        std::array<char, bytes_a_read> buffer;
        const ssize_t count = ::recv(flight.fd.get(), buffer.data(), buffer.size(), 0);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
        if (count <= 0)
            take(slot, flight.talk->on_eof());
        else
            take(slot, flight.talk->feed({buffer.data(), static_cast<size_t>(count)}));
    }

    void read_banner(size_t slot) {
        Flight& flight = flights_[slot];
        std::array<char, banner_limit> buffer;
        const ssize_t count = ::recv(flight.fd.get(), buffer.data(), buffer.size(), 0);
        if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR)) return;
        if (count > 0) flight.line.append(buffer.data(), static_cast<size_t>(count));
        if (count <= 0 || flight.line.size() >= banner_limit || flight.line.find('\n') != std::string::npos) land(slot, PortState::open);
    }

    void expire() {
        const Clock::time_point now = Clock::now();
        while (!timers_.empty() && timers_.top().at <= now) {
            const Timer timer = timers_.top();
            timers_.pop();
            Flight& flight = flights_[timer.slot];
            if (flight.phase == Phase::idle || flight.generation != timer.generation) continue;
            if (flight.phase == Phase::talking) {
                if (std::min(flight.within, flight.limit) > now) continue;
                take(timer.slot, flight.talk->on_timeout());
            } else if (flight.limit <= now) {
                land(timer.slot, flight.phase == Phase::connecting ? PortState::silent : PortState::open);
            }
        }
    }

    // A flight's end. A silent target goes back into the queue while it has tries left.
    void land(size_t slot, PortState state) {
        Flight& flight = flights_[slot];
        Outcome& outcome = outcomes_[flight.target];
        if (state == PortState::open) {
            if (flight.talk)
                outcome.facts = flight.talk->facts();
            else
                outcome.facts = playbook::facts_of_port("open");
            if (flight.phase == Phase::banner) {
                const std::string line = flight.line.substr(0, flight.line.find_first_of("\r\n"));
                if (line.starts_with("SSH-")) outcome.facts["ssh.banner"] = model::Fact::of(base::utf8_text(line));
            }
        }
        const size_t target = flight.target;
        flight.talk.reset();
        flight.fd.reset();  // also takes it out of the epoll set
        flight.phase = Phase::idle;
        free_.push_back(slot);
        --open_;
        if (state == PortState::silent && outcome.tries < limits_.tries && !stop_.stop_requested())
            queue_.push_back(target);
        else
            end(target, state);
    }

    void end(size_t target, PortState state) {
        assert(!ended_[target]);
        ended_[target] = true;
        Outcome& outcome = outcomes_[target];
        outcome.state = state;
        if (outcome.at == Timestamp{}) outcome.at = base::SystemClock{}.now();  // nothing was sent
        if (state == PortState::closed || state == PortState::filtered || state == PortState::silent)
            outcome.facts = playbook::facts_of_port(name_of(state));
        if (on_outcome_) on_outcome_(outcome);
    }

    void cancel_all() {
        for (size_t slot = 0; slot < flights_.size(); ++slot) {
            if (flights_[slot].phase != Phase::idle) land(slot, PortState::cancelled);
        }
        for (size_t target : queue_) end(target, PortState::cancelled);
        queue_.clear();
    }

    const model::Permit& permit_;
    const std::span<const Target> targets_;
    const Limits limits_;
    const std::stop_token stop_;
    const std::function<void(const Outcome&)>& on_outcome_;
    std::vector<Outcome> outcomes_;
    std::vector<bool> ended_;
    std::deque<size_t> queue_;
    std::vector<Flight> flights_;
    std::vector<size_t> free_;
    size_t open_ = 0;
    const size_t at_once_;
    double tokens_;
    Clock::time_point last_refill_{};
    base::UniqueFd epoll_;
    std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
};

}  // namespace

std::string_view name_of(PortState state) {
    return state_names[static_cast<size_t>(state)];
}

bool is_up(PortState state) {
    return state == PortState::open || state == PortState::closed;
}

Result<std::vector<Outcome>> sweep(const model::Permit& permit, std::span<const Target> targets, const Limits& limits, std::stop_token stop,
                                   const std::function<void(const Outcome&)>& on_outcome) {
    return Sweep(permit, targets, limits, std::move(stop), on_outcome).run();
}

}  // namespace douse::scan
