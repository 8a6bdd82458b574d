// SPDX-License-Identifier: Apache-2.0
// The part of a connection that runs one command: open a channel, request, feed stdin, gather output, close.
#include "transport/ssh/connection.hpp"

#include <algorithm>
#include <utility>

namespace douse::transport {
namespace {

constexpr size_t write_chunk = 64u << 10;  // handed to libssh at a time, which buffers without bound

}  // namespace

Connection::Turn Connection::open() {
    if (!channel_) {
        channel_ = ssh_channel_new(session_);
        if (!channel_) {
            lost("no channel");
            return Turn::wait;
        }
        callbacks_ = {};
        callbacks_.userdata = this;
        callbacks_.channel_data_function = on_data;
        callbacks_.channel_close_function = on_close;
        callbacks_.channel_exit_status_function = on_exit;
        callbacks_.channel_exit_signal_function = on_signal;
        ssh_callbacks_init(&callbacks_);
        ssh_set_channel_callbacks(channel_, &callbacks_);
    }
    const int answer = ssh_channel_open_session(channel_);
    if (answer == SSH_AGAIN) return Turn::wait;
    if (answer != SSH_OK) {
        lost("the machine opens no channel");
        return Turn::wait;
    }
    enter(Phase::requesting);
    return Turn::again;
}

Connection::Turn Connection::request() {
    may_have_run_ = true;
    const int answer = ssh_channel_request_exec(channel_, order_->command.c_str());
    if (answer == SSH_AGAIN) return Turn::wait;
    if (answer != SSH_OK) {
        lost("the machine runs no command");
        return Turn::wait;
    }
    enter(Phase::talking);
    return Turn::again;
}

Connection::Turn Connection::talk() {
    bool broken = false;
    const Turn turn = pump(broken);
    if (channel_closed_) {
        drop_channel();
        if (!has_exit_) {
            lost("the channel was closed before the command's exit code came");
            return Turn::wait;
        }
        enter(broken ? Phase::closed : Phase::idle);
        keep(std::move(output_));
        return Turn::wait;
    }
    if (broken) {
        lost("the connection was lost while the command ran");
        return Turn::wait;
    }
    if ((ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0) return turn;
    if (written_ < order_->input.size()) {
        const size_t window = ssh_channel_window_size(channel_);
        const size_t size = std::min({write_chunk, window, order_->input.size() - written_});
        if (size == 0) return turn;
        const int wrote = ssh_channel_write(channel_, order_->input.data() + written_, static_cast<uint32_t>(size));
        if (wrote > 0) written_ += static_cast<size_t>(wrote);
        if (wrote >= 0 || wrote == SSH_AGAIN) return wrote > 0 ? Turn::again : turn;
        // The command doesn't want more (it ended, or closed its stdin); its exit code is on the way, or the connection is gone.
        written_ = order_->input.size();
        eof_sent_ = true;
        return Turn::again;
    }
    if (!eof_sent_) {
        ssh_channel_send_eof(channel_);
        eof_sent_ = true;
        return Turn::again;
    }
    return turn;
}

void Connection::drop_channel() {
    if (!channel_) return;
    ssh_remove_channel_callbacks(channel_, &callbacks_);  // or they fire on the freed channel
    ssh_channel_free(channel_);
    channel_ = nullptr;
}

int Connection::on_data(ssh_session, ssh_channel, void* data, uint32_t size, int is_stderr, void* self) {
    auto& out = static_cast<Connection*>(self)->output_;
    std::string& kept = is_stderr ? out.err : out.out;
    const size_t room = (is_stderr ? error_limit : output_limit) - kept.size();
    kept.append(static_cast<const char*>(data), std::min<size_t>(room, size));
    if (size > room) out.truncated = true;
    return static_cast<int>(size);
}

void Connection::on_close(ssh_session, ssh_channel, void* self) {
    static_cast<Connection*>(self)->channel_closed_ = true;
}

void Connection::on_exit(ssh_session, ssh_channel, int code, void* self) {
    auto& me = *static_cast<Connection*>(self);
    me.has_exit_ = true;
    me.output_.exit_code = static_cast<uint32_t>(code);
}

void Connection::on_signal(ssh_session, ssh_channel, const char* name, int, const char*, const char*, void* self) {
    auto& me = *static_cast<Connection*>(self);
    me.has_exit_ = true;
    me.output_.exit_code = -1;
    me.output_.signal = name ? name : "";
}

}  // namespace douse::transport
