// SPDX-License-Identifier: Apache-2.0
#include "transport/ssh/connection.hpp"

#include "base/socket_address.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <cstring>

namespace douse::transport {
namespace {

// Curve25519 first: OpenSSH's own default (sntrup761) costs 100 ms of CPU a connection, which a fleet can't afford.
constexpr const char* key_exchanges =
    "curve25519-sha256,curve25519-sha256@libssh.org,ecdh-sha2-nistp256,ecdh-sha2-nistp384,"
    "diffie-hellman-group16-sha512,diffie-hellman-group14-sha256";
constexpr const char* host_key_types = "ssh-ed25519,ecdsa-sha2-nistp256,ecdsa-sha2-nistp384,ecdsa-sha2-nistp521,rsa-sha2-512,rsa-sha2-256";
constexpr int turns_a_drive = 64;  // 4 KiB each; then the other connections get their turn

struct PhaseRow {
    std::string_view name;
    std::string_view doing;  // for errors
    unsigned next;           // bits of the phases that may follow
};
constexpr unsigned bit(unsigned phase) {
    return 1u << phase;
}
constexpr unsigned closed_bit = bit(8);
constexpr std::array<PhaseRow, 9> phases{{
    {"connecting", "connecting", bit(1) | closed_bit},
    {"handshaking", "agreeing on keys", bit(2) | closed_bit},
    {"keyed", "waiting", bit(3) | closed_bit},
    {"signing_in", "signing in", bit(4) | closed_bit},
    {"idle", "waiting", bit(5) | closed_bit},
    {"opening", "opening a channel", bit(6) | closed_bit},
    {"requesting", "starting the command", bit(7) | closed_bit},
    {"talking", "running the command", bit(4) | closed_bit},
    {"closed", "being closed", 0},
}};

void set_non_blocking(int fd) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
}

Error make_error(ErrorCode code, std::string sentence, std::string detail = {}, Effect effect = Effect::none) {
    return Error{.code = code, .sentence = std::move(sentence), .detail = std::move(detail), .hint = {}, .effect = effect};
}

Error connect_error(int number) {
    const std::string why = std::strerror(number);
    if (number == ETIMEDOUT) return make_error(ErrorCode::timed_out, "no answer to the connection request", std::string(no_answer) + ": " + why);
    if (number == ECONNREFUSED) return make_error(ErrorCode::unreachable, "the connection was refused", why);
    if (number == EMFILE || number == ENFILE || number == ENOBUFS || number == ENOMEM) {
        return make_error(ErrorCode::internal, "no room for one more connection on this side", why);
    }
    return make_error(ErrorCode::unreachable, "could not connect", why);
}

}  // namespace

Connection::~Connection() {
    if (order_) end(make_error(ErrorCode::cancelled, "the transport was shut down", {}, may_have_run_ ? Effect::unknown : Effect::none));
    enter(Phase::closed);
}

// The one place where the phase changes.
void Connection::enter(Phase phase) {
    if (phase_ == phase) return;
    assert((phases[static_cast<size_t>(phase_)].next & bit(static_cast<unsigned>(phase))) != 0);
    phase_ = phase;
    if (phase != Phase::closed) return;
    drop_channel();
    if (key_) ssh_key_free(key_);
    key_ = nullptr;
    if (event_) {
        if (session_) ssh_event_remove_session(event_, session_);
        ssh_event_free(event_);
    }
    event_ = nullptr;
    if (session_) ssh_free(session_);  // closes libssh's duplicate; no farewell, which could block
    session_ = nullptr;
    fd_.reset();
}

void Connection::take(std::shared_ptr<Order> order) {
    const bool fits = (order->kind == Order::Kind::connect && phase_ == Phase::connecting && !fd_) ||
                      (order->kind == Order::Kind::sign_in && phase_ == Phase::keyed) || (order->kind == Order::Kind::exec && phase_ == Phase::idle);
    if (order_ || !fits) {
        order->done.set_value(fail(ErrorCode::unreachable, "the connection has ended", std::string(phases[static_cast<size_t>(phase_)].name)));
        return;
    }
    order_ = std::move(order);
    may_have_run_ = false;
    // The stop switch ends what would begin now; what runs already is let run, since its end must be known.
    if (auto allowed = permit_.allows(endpoint_.address); !allowed) return end(allowed.error());
    switch (order_->kind) {
        case Order::Kind::connect: start_connect(); break;
        case Order::Kind::sign_in:
            credential_ = refused_ = 0;
            enter(Phase::signing_in);
            break;
        case Order::Kind::exec:
            written_ = 0;
            eof_sent_ = channel_closed_ = has_exit_ = false;
            output_ = {};
            enter(Phase::opening);
            break;
    }
    if (phase_ != Phase::connecting) drive();
}

void Connection::start_connect() {
    const base::SocketAddress to(endpoint_);
    fd_.reset(::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    if (!fd_) return end(connect_error(errno));
    const int on = 1;
    ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (::connect(fd_.get(), to.get(), to.size) != 0 && errno != EINPROGRESS) end(connect_error(errno));
}

void Connection::drive() {
    if (phase_ == Phase::closed) return;
    if (!permit_.in_scope(endpoint_.address)) {
        return end(make_error(ErrorCode::denied, fmt::format("address \"{}\" is outside the incident's scope", endpoint_.address.text()), {},
                              may_have_run_ ? Effect::unknown : Effect::none));
    }
    for (int turn = 0; turn < turns_a_drive && phase_ != Phase::closed; ++turn) {
        if (step() == Turn::wait) return;
    }
}

Connection::Turn Connection::step() {
    switch (phase_) {
        case Phase::connecting: return connect_ended();
        case Phase::handshaking: return handshake();
        case Phase::keyed: return Turn::wait;
        case Phase::signing_in: return sign_in();
        case Phase::opening: return open();
        case Phase::requesting: return request();
        case Phase::talking: return talk();
        case Phase::idle: {
            bool broken = false;
            const Turn turn = pump(broken);
            if (broken) enter(Phase::closed);
            return turn;
        }
        case Phase::closed: break;
    }
    return Turn::wait;
}

Connection::Turn Connection::connect_ended() {
    int number = 0;
    socklen_t size = sizeof number;
    ::getsockopt(fd_.get(), SOL_SOCKET, SO_ERROR, &number, &size);
    if (number != 0) {
        end(connect_error(number));
        return Turn::wait;
    }
    sockaddr_storage peer;
    socklen_t peer_size = sizeof peer;
    if (::getpeername(fd_.get(), reinterpret_cast<sockaddr*>(&peer), &peer_size) != 0) return Turn::wait;  // not yet

    session_ = ssh_new();
    if (!session_) {
        end(make_error(ErrorCode::internal, "no memory for one more connection"));
        return Turn::wait;
    }
    int theirs = ::fcntl(fd_.get(), F_DUPFD_CLOEXEC, 0);
    if (theirs < 0) {
        end(connect_error(errno));
        return Turn::wait;
    }
    const int no = 0;
    ssh_options_set(session_, SSH_OPTIONS_PROCESS_CONFIG, &no);
    ssh_options_set(session_, SSH_OPTIONS_FD, &theirs);
    ssh_options_set(session_, SSH_OPTIONS_HOST, endpoint_.address.text().c_str());
    ssh_options_set(session_, SSH_OPTIONS_USER, user_.c_str());
    ssh_options_set(session_, SSH_OPTIONS_KNOWNHOSTS, "/dev/null");
    ssh_options_set(session_, SSH_OPTIONS_GLOBAL_KNOWNHOSTS, "/dev/null");
    ssh_options_set(session_, SSH_OPTIONS_KEY_EXCHANGE, key_exchanges);
    ssh_options_set(session_, SSH_OPTIONS_HOSTKEYS, host_key_types);
    ssh_set_blocking(session_, 0);
    enter(Phase::handshaking);
    return Turn::again;
}

Connection::Turn Connection::handshake() {
    const int answer = ssh_connect(session_);
    set_non_blocking(fd_.get());  // libssh makes a socket that it was given blocking when it first becomes writable
    if (answer == SSH_AGAIN) return Turn::wait;
    if (answer != SSH_OK) {
        const std::string says = library_says();
        if (says.find("no match") != std::string::npos) {
            end(make_error(ErrorCode::unsupported, "no common way to encrypt", says));
        } else {
            lost("the connection ended while agreeing on keys");
        }
        return Turn::wait;
    }
    ssh_key key = nullptr;
    unsigned char* hash = nullptr;
    size_t hash_size = 0;
    if (ssh_get_server_publickey(session_, &key) == SSH_OK && ssh_get_publickey_hash(key, SSH_PUBLICKEY_HASH_SHA256, &hash, &hash_size) == SSH_OK) {
        char* text = ssh_get_fingerprint_hash(SSH_PUBLICKEY_HASH_SHA256, hash, hash_size);
        host_key_ = {.type = ssh_key_type_to_char(ssh_key_type(key)), .fingerprint = text ? text : ""};
        ssh_string_free_char(text);
    }
    ssh_clean_pubkey_hash(&hash);
    ssh_key_free(key);
    if (host_key_.fingerprint.empty()) {
        end(make_error(ErrorCode::unsupported, "the host key cannot be read", library_says()));
        return Turn::wait;
    }
    event_ = ssh_event_new();
    ssh_event_add_session(event_, session_);
    enter(Phase::keyed);
    keep(Output{});
    return Turn::wait;
}

Connection::Turn Connection::sign_in() {
    if (credential_ >= order_->credentials.size()) {
        end(make_error(ErrorCode::unauthenticated, "every credential was refused", fmt::format("{} tried as \"{}\"", refused_, user_)));
        return Turn::wait;
    }
    const model::SshCredential& credential = order_->credentials[credential_];
    int answer = SSH_AUTH_DENIED;
    if (!credential.private_key.empty()) {
        if (!key_ && ssh_pki_import_privkey_base64(credential.private_key.c_str(), nullptr, nullptr, nullptr, &key_) != SSH_OK) {
            key_ = nullptr;  // not a key, or one with a passphrase: as good as refused
            ++credential_;
            return Turn::again;
        }
        answer = ssh_userauth_publickey(session_, nullptr, key_);
    } else {
        answer = ssh_userauth_password(session_, nullptr, credential.password.c_str());
    }
    if (answer == SSH_AUTH_AGAIN) return Turn::wait;
    if (key_) ssh_key_free(key_);
    key_ = nullptr;
    if (answer == SSH_AUTH_SUCCESS) {
        signed_in_by_key_ = !credential.private_key.empty();
        enter(Phase::idle);
        keep(Output{});
        return Turn::wait;
    }
    if (answer == SSH_AUTH_ERROR) {
        // A server that has had enough of wrong keys hangs up; before the first refusal it is a lost connection.
        if (refused_ == 0) {
            lost("the connection ended while signing in");
        } else {
            end(make_error(ErrorCode::unauthenticated, "every credential was refused",
                           fmt::format("{} tried as \"{}\", then the machine hung up", refused_ + 1, user_)));
        }
        return Turn::wait;
    }
    ++refused_;
    ++credential_;
    return Turn::again;
}

// Reads what is there and flushes what waits. libssh reads 4 KiB a call.
Connection::Turn Connection::pump(bool& broken) {
    const int answer = ssh_event_dopoll(event_, 0);
    broken = answer == SSH_ERROR || !ssh_is_connected(session_);
    return answer > 0 && !broken ? Turn::again : Turn::wait;
}

uint32_t Connection::wanted_events() const {
    switch (phase_) {
        case Phase::connecting: return EPOLLOUT;
        case Phase::keyed:
        case Phase::closed: return 0;
        default: break;
    }
    // libssh flags "write pending" after each write, until it has seen the socket writable; one more wake-up, no spin.
    return EPOLLIN | ((ssh_get_poll_flags(session_) & SSH_WRITE_PENDING) != 0 ? static_cast<uint32_t>(EPOLLOUT) : 0u);
}

std::optional<Deadline> Connection::deadline() const {
    return order_ ? std::optional(order_->deadline) : std::nullopt;
}

void Connection::give_up(ErrorCode code) {
    if (!order_) return;
    const auto effect = may_have_run_ ? Effect::unknown : Effect::none;
    const auto doing = phases[static_cast<size_t>(phase_)].doing;
    if (code == ErrorCode::cancelled) return end(make_error(code, "stopped", std::string(doing), effect));
    switch (phase_) {
        case Phase::connecting: return end(make_error(code, "no answer to the connection request", std::string(no_answer)));
        case Phase::handshaking:
        case Phase::signing_in:
            return end(
                make_error(code, "the machine accepts the connection and then says nothing", fmt::format("{}: {}", hangs_after_connect, doing)));
        default: return end(make_error(code, fmt::format("no end in time while {}", doing), {}, effect));
    }
}

void Connection::lost(std::string_view what) {
    end(make_error(ErrorCode::unreachable, std::string(what), library_says(), may_have_run_ ? Effect::unknown : Effect::none));
}

void Connection::end(Error error) {
    enter(Phase::closed);
    if (order_) keep(std::unexpected(std::move(error)));
}

void Connection::keep(Result<Output> result) {
    const auto order = std::move(order_);
    order_.reset();
    may_have_run_ = false;
    order->done.set_value(std::move(result));
}

std::string Connection::library_says() const {
    return session_ ? ssh_get_error(session_) : "";
}

}  // namespace douse::transport
