// SPDX-License-Identifier: Apache-2.0
// One SSH connection as a state machine over libssh, driven by the loop and touched by its thread alone.
//
//   connecting -> handshaking -> keyed -> signing_in -> idle <-> opening -> requesting -> talking
//                                                        ^---------------------------------'
//   any -> closed (the other end, a deadline, a stop, the permit)
//
// `keyed` and `idle` wait for the next order of a caller; the other phases carry one out. An order's promise is always kept.
#pragma once

#include "base/address.hpp"
#include "base/clock.hpp"
#include "base/error.hpp"
#include "base/unique_fd.hpp"
#include "model/permit.hpp"
#include "transport/transport.hpp"

#include <libssh/callbacks.h>
#include <libssh/libssh.h>

#include <cstddef>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace douse::transport {

// What a caller wants next of its connection. `done` is set on the loop's thread.
struct Order {
    enum class Kind { connect, sign_in, exec };
    Kind kind = Kind::connect;
    std::vector<model::SshCredential> credentials;  // sign_in, all of one user
    std::string command;                            // exec
    std::string_view input;                         // exec; the caller waits, so it outlives the order
    Deadline deadline{};
    std::promise<Result<Output>> done;  // connect: host_key() is set; exec: the output
};

class Connection {
public:
    Connection(const model::Permit& permit, Endpoint endpoint, std::string user) : permit_(permit), endpoint_(endpoint), user_(std::move(user)) {}
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    void take(std::shared_ptr<Order> order);  // refused if another is under way or the connection is closed
    void drive();                             // something may have happened on the socket
    void give_up(ErrorCode code);             // timed_out or cancelled: ends the order, and the connection with it

    void hang_up() { enter(Phase::closed); }  // no order is under way

    [[nodiscard]] std::optional<Deadline> deadline() const;  // of the order under way
    [[nodiscard]] bool has(const Order* order) const { return order_.get() == order; }
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] uint32_t wanted_events() const;  // 0: leave the socket alone for now
    [[nodiscard]] bool closed() const { return phase_ == Phase::closed; }
    [[nodiscard]] const model::HostKey& host_key() const { return host_key_; }
    [[nodiscard]] bool signed_in_by_key() const { return signed_in_by_key_; }

private:
    enum class Phase { connecting, handshaking, keyed, signing_in, idle, opening, requesting, talking, closed };
    enum class Turn { again, wait };  // go on at once, or when the socket has news

    void enter(Phase phase);
    void start_connect();
    Turn step();
    Turn connect_ended();
    Turn handshake();
    Turn sign_in();
    Turn open();
    Turn request();
    Turn talk();
    Turn pump(bool& broken);
    void keep(Result<Output> result);
    void lost(std::string_view what);
    void end(Error error);  // ends the order with it and closes
    void drop_channel();
    [[nodiscard]] std::string library_says() const;

    static int on_data(ssh_session, ssh_channel, void* data, uint32_t size, int is_stderr, void* self);
    static void on_close(ssh_session, ssh_channel, void* self);
    static void on_exit(ssh_session, ssh_channel, int code, void* self);
    static void on_signal(ssh_session, ssh_channel, const char* name, int, const char*, const char*, void* self);

    const model::Permit permit_;
    const Endpoint endpoint_;
    const std::string user_;
    Phase phase_ = Phase::connecting;
    base::UniqueFd fd_;  // ours; libssh has a duplicate, because it closes its own or not depending on how things end
    ssh_session session_ = nullptr;
    ssh_event event_ = nullptr;
    ssh_channel channel_ = nullptr;
    ssh_channel_callbacks_struct callbacks_{};
    model::HostKey host_key_;
    std::shared_ptr<Order> order_;  // owners: the waiting caller and the connection

    size_t credential_ = 0;
    ssh_key key_ = nullptr;
    size_t refused_ = 0;
    bool signed_in_by_key_ = false;

    bool may_have_run_ = false;  // the command was sent: effect unknown from here
    size_t written_ = 0;
    bool eof_sent_ = false;
    bool channel_closed_ = false;
    bool has_exit_ = false;
    Output output_;
};

}  // namespace douse::transport
