// SPDX-License-Identifier: Apache-2.0
// The SSH adapter: libssh without blocking, one epoll loop thread for all connections. Nothing of this machine's own SSH set-up
// (config, agent, known hosts, keys) is read; keys and pinned host keys come with the permit.
#pragma once

#include "transport/transport.hpp"

#include <memory>

namespace douse::transport {

class SshLoop;

class SshTransport final : public Transport {
public:
    SshTransport();            // starts the loop thread
    ~SshTransport() override;  // calls under way end as cancelled; sessions that outlive it only give errors

    Result<std::unique_ptr<Session>> reach(const model::Permit& permit, Endpoint endpoint, Deadline deadline, std::stop_token stop) override;

private:
    std::shared_ptr<SshLoop> loop_;  // owners: the transport and its sessions
};

}  // namespace douse::transport
