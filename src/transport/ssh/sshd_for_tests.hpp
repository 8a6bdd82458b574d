// SPDX-License-Identifier: Apache-2.0
// A real sshd on a loopback address with keys, port and folder of its own, for tests. As root it can live in mount
// and PID namespaces of its own, in which /etc, /var, /run and /usr/local are throw-away copies: a machine that may be changed.
#pragma once

#include "base/address.hpp"
#include "base/mutex.hpp"
#include "model/permit.hpp"

#include <sys/types.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace douse::transport {

class SshdForTests {
public:
    enum class Place { plain, own_files };
    // Empty `why_not()` means that it runs. Otherwise the test skips with that reason.
    // `at`: where it must listen; otherwise on 127.0.0.1, at a port that is free.
    explicit SshdForTests(Place place = Place::plain, const std::string& extra_config = {}, std::optional<Endpoint> at = {});
    ~SshdForTests();
    SshdForTests(const SshdForTests&) = delete;
    SshdForTests& operator=(const SshdForTests&) = delete;

    [[nodiscard]] const std::string& why_not() const { return why_not_; }
    [[nodiscard]] Endpoint endpoint() const { return endpoint_; }
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }  // seen by both sides, gone at the end
    [[nodiscard]] model::SshCredential credential() const;                         // that opens
    [[nodiscard]] model::SshCredential wrong_credential() const;
    void kill_connections() const;  // as if the network were cut: the processes that serve connections die
    void change_host_key();

private:
    bool start();
    void stop();

    std::filesystem::path folder_;
    Place place_;
    std::string why_not_;
    Endpoint endpoint_;
    pid_t pid_ = -1;
};

// Runs a command here, without a shell's quoting trouble: words as they are. Its output goes to `out` when given.
int run_here(const std::vector<std::string>& words, std::string* out = nullptr);

// Host keys by place: pinned at first sight, confirmed by a login by key.
class PinnedKeys {
public:
    std::atomic<bool> readable = true;
    model::HostKeyJudgement judge(const Endpoint& endpoint, const model::HostKey& key);
    void confirm(const Endpoint& endpoint, const model::HostKey& key);
    void ask(const Endpoint& endpoint, const model::HostKey& key);
    size_t size();
    bool asked(const Endpoint& endpoint);  // whether a person was asked to confirm the pinned key

private:
    base::Mutex mutex_;
    std::map<Endpoint, model::HostKey> keys_ GUARDED_BY(mutex_);
    std::set<Endpoint> confirmed_ GUARDED_BY(mutex_), asked_ GUARDED_BY(mutex_);
};

// The scope 127.0.0.0/8, these credentials, these host keys.
struct PermitParts {
    std::vector<model::SshCredential> credentials;
    std::shared_ptr<PinnedKeys> pinned = std::make_shared<PinnedKeys>();  // owners: test and permits
    std::string scope = "127.0.0.0/8";
    model::Purpose purpose = model::Purpose::act;
    std::function<bool()> stopped;
    std::function<bool(const Address&)> still_in_scope;
};
model::Permit permit_of(const PermitParts& parts);

}  // namespace douse::transport
