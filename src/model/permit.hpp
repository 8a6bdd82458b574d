// SPDX-License-Identifier: Apache-2.0
// The permit: incident's guard said yes. Without one no transport opens.
//
// It carries the scope, the credentials and the pinned host keys, so that a hand needs to know nothing of incidents.
// It is asked again right before each connect and each send: the stop switch and the scope may have changed since.
#pragma once

#include "base/address.hpp"
#include "base/error.hpp"
#include "model/scope.hpp"

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace douse::incident {
class Guard;
}

namespace douse::model {

// A key in OpenSSH's private key format, or a password. A password is only ever sent to a confirmed host key.
struct SshCredential {
    std::string user;
    std::string private_key;  // PEM text, or empty
    std::string password;     // or empty
};

// A host key: its type ("ssh-ed25519") and "SHA256:..." fingerprint as OpenSSH prints it.
struct HostKey {
    std::string type;
    std::string fingerprint;
    bool operator==(const HostKey&) const = default;
};

enum class HostKeyJudgement {
    confirmed,   // pinned, and a person accepted it or a login by key was made under it before
    pinned,      // the same key as before, and that is all that is known of it
    first_seen,  // none was known: it is pinned now
    changed,     // another one was pinned: refuse; the change is recorded for a person
    unjudged,    // it could not be looked up: refuse, and try again later
};

enum class Purpose { look, act };

class Permit {
public:
    struct Parts {
        std::shared_ptr<const Scope> scope;      // owners: the permit and the guard that replaces it when the scope changes
        std::vector<SshCredential> credentials;  // tried in this order
        std::function<HostKeyJudgement(const Endpoint&, const HostKey&)> judge_host_key;
        std::function<void(const Endpoint&, const HostKey&)> signed_in_by_key = nullptr;   // confirms the key
        std::function<void(const Endpoint&, const HostKey&)> password_withheld = nullptr;  // asks a person to confirm it
        std::function<bool()> stopped;                       // the stop switch, asked each time; looks are not stopped by it
        std::function<bool(const Address&)> still_in_scope;  // the scope as it is by now; may be empty in tests
    };

    [[nodiscard]] Purpose purpose() const { return purpose_; }
    // Yes, or the reason why not: outside the scope (denied) or stopped (cancelled). Effect is always none.
    [[nodiscard]] Result<void> allows(const Address& address) const;
    // The scope alone, as it is by now: for what is under way when the stop switch is thrown, whose end must be learned.
    [[nodiscard]] bool in_scope(const Address& address) const;
    [[nodiscard]] const std::vector<SshCredential>& credentials() const { return parts_.credentials; }
    [[nodiscard]] HostKeyJudgement judge(const Endpoint& endpoint, const HostKey& key) const { return parts_.judge_host_key(endpoint, key); }
    void signed_in_by_key(const Endpoint& endpoint, const HostKey& key) const {
        if (parts_.signed_in_by_key) parts_.signed_in_by_key(endpoint, key);
    }
    void password_withheld(const Endpoint& endpoint, const HostKey& key) const {
        if (parts_.password_withheld) parts_.password_withheld(endpoint, key);
    }
    [[nodiscard]] const Scope& scope() const { return *parts_.scope; }

private:
    friend class douse::incident::Guard;
    friend class PermitForTests;  // tests of hands make their own; see model/permit_for_tests.hpp
    Permit(Purpose purpose, Parts parts) : purpose_(purpose), parts_(std::move(parts)) {}

    Purpose purpose_;
    Parts parts_;
};

}  // namespace douse::model
