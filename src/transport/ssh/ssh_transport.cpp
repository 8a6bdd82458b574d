// SPDX-License-Identifier: Apache-2.0
#include "transport/ssh/ssh_transport.hpp"

#include "transport/files.hpp"
#include "transport/ssh/connection.hpp"
#include "transport/ssh/loop.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>
#include <vector>

namespace douse::transport {
namespace {

// OpenSSH hangs up after MaxAuthTries (6) wrong credentials; a new connection takes the next ones.
constexpr size_t credentials_a_connection = 5;

class SshSession final : public Session {
public:
    SshSession(std::shared_ptr<SshLoop> loop, std::shared_ptr<Connection> connection)
        : loop_(std::move(loop)), connection_(std::move(connection)), host_key_(connection_->host_key()) {}
    ~SshSession() override { loop_->close(std::move(connection_)); }
    SshSession(const SshSession&) = delete;
    SshSession& operator=(const SshSession&) = delete;

    Result<Output> run(const std::string& command, std::string_view input, Deadline deadline, std::stop_token stop) override {
        auto order = std::make_shared<Order>();
        order->kind = Order::Kind::exec;
        order->command = command;
        order->input = input;
        order->deadline = deadline;
        return loop_->perform(connection_, order, std::move(stop));
    }
    Result<void> put(const std::string& path, std::string_view bytes, unsigned mode, Deadline deadline, std::stop_token stop) override {
        return put_by_shell(*this, path, bytes, mode, deadline, std::move(stop));
    }
    Result<std::string> read(const std::string& path, size_t max_bytes, Deadline deadline, std::stop_token stop) override {
        return read_by_shell(*this, path, max_bytes, deadline, std::move(stop));
    }
    [[nodiscard]] model::HostKey host_key() const override { return host_key_; }

private:
    std::shared_ptr<SshLoop> loop_;  // owners: the transport and its sessions
    std::shared_ptr<Connection> connection_;
    model::HostKey host_key_;
};

// As many credentials as one connection may try: of one user, since a server doesn't let it change.
std::vector<model::SshCredential> next_batch(std::span<const model::SshCredential> left) {
    std::vector<model::SshCredential> batch;
    for (const auto& credential : left) {
        if (batch.size() == credentials_a_connection || (!batch.empty() && credential.user != batch.front().user)) break;
        batch.push_back(credential);
    }
    return batch;
}

Result<void> check_host_key(model::HostKeyJudgement judgement, const model::HostKey& key) {
    if (judgement == model::HostKeyJudgement::changed) {
        return fail(ErrorCode::conflict, "the host key is another one than the pinned one", fmt::format("{} {}", key.type, key.fingerprint),
                    "the machine was set up anew, or somebody stands between");
    }
    if (judgement == model::HostKeyJudgement::unjudged) {
        return fail(ErrorCode::unreachable, "the host key could not be judged", "the pinned ones could not be read");
    }
    return {};
}

}  // namespace

SshTransport::SshTransport() : loop_(std::make_shared<SshLoop>()) {}
SshTransport::~SshTransport() {
    loop_->shut_down();
}

Result<std::unique_ptr<Session>> SshTransport::reach(const model::Permit& permit, Endpoint endpoint, Deadline deadline, std::stop_token stop) {
    TRY(permit.allows(endpoint.address));
    std::span<const model::SshCredential> left = permit.credentials();
    if (left.empty()) return fail(ErrorCode::unauthenticated, "there is no credential to sign in with");
    Error last{.code = ErrorCode::unauthenticated, .sentence = "every credential was refused", .detail = {}, .hint = {}};
    size_t withheld = 0;
    model::HostKey withheld_from;
    while (!left.empty()) {
        auto batch = next_batch(left);
        left = left.subspan(batch.size());

        auto connection = std::make_shared<Connection>(permit, endpoint, batch.front().user);
        auto connect = std::make_shared<Order>();
        connect->kind = Order::Kind::connect;
        connect->deadline = deadline;
        TRY(auto connected, loop_->perform(connection, connect, stop));
        static_cast<void>(connected);

        // On this thread: it may ask and write the store.
        const auto judgement = permit.judge(endpoint, connection->host_key());
        if (auto trusted = check_host_key(judgement, connection->host_key()); !trusted) {
            loop_->close(connection);
            return std::unexpected(std::move(trusted).error());
        }
        if (judgement != model::HostKeyJudgement::confirmed) {
            const size_t passwords = std::erase_if(batch, [](const model::SshCredential& c) { return c.private_key.empty(); });
            if (passwords > 0) withheld_from = connection->host_key();
            withheld += passwords;
        }
        if (batch.empty()) {
            loop_->close(connection);
            continue;
        }

        auto sign_in = std::make_shared<Order>();
        sign_in->kind = Order::Kind::sign_in;
        sign_in->credentials = std::move(batch);
        sign_in->deadline = deadline;
        auto signed_in = loop_->perform(connection, sign_in, stop);
        if (signed_in) {
            if (judgement != model::HostKeyJudgement::confirmed && connection->signed_in_by_key()) {
                permit.signed_in_by_key(endpoint, connection->host_key());
            }
            return std::make_unique<SshSession>(loop_, std::move(connection));
        }
        loop_->close(connection);
        last = std::move(signed_in).error();
        if (last.code != ErrorCode::unauthenticated) break;
    }
    if (withheld > 0 && last.code == ErrorCode::unauthenticated) {
        last.sentence = "a password was withheld: the host key was never confirmed";
        last.detail = std::string(password_withheld) + (last.detail.empty() ? "" : "; keys: " + last.detail);
        last.hint = "a login by key confirms it, and so does a person: douse hostkey list";
        permit.password_withheld(endpoint, withheld_from);
    }
    return std::unexpected(std::move(last));
}

}  // namespace douse::transport
