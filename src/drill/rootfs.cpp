// SPDX-License-Identifier: Apache-2.0
#include "drill/rootfs.hpp"

#include "base/digest.hpp"
#include "base/unique_fd.hpp"
#include "drill/files.hpp"
#include "drill/guest.hpp"
#include "drill/program.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <sstream>
#include <vector>

namespace douse::drill {
namespace {

constexpr std::string_view included = "openssh-server,cron,procps,iproute2,init-system-helpers";

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

Result<std::string> host_suite() {
    TRY(std::string release, read_file("/etc/os-release"));
    for (const auto& line : lines_of(release))
        if (line.starts_with("VERSION_CODENAME=")) return line.substr(line.find('=') + 1);
    return fail(ErrorCode::unsupported, "this machine doesn't say which Debian it is", "no VERSION_CODENAME in /etc/os-release");
}

// The host's own mirrors of Debian, as it reaches them; other repositories have no place in a drill machine.
Result<std::vector<std::string>> host_mirrors(const std::string& suite) {
    TRY(std::string targets, must_run({"apt-get", "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT)", "Created-By: Packages"}));
    std::vector<std::string> mirrors;
    for (const auto& line : lines_of(targets)) {
        std::istringstream words(line);
        std::string uri;
        std::string release;
        std::string component;
        words >> uri >> release >> component;
        const bool ours = release == suite || release == suite + "-updates" || release == suite + "-security";
        const std::string mirror = fmt::format("deb {} {} {}", uri, release, component);
        if (ours && component == "main" && std::ranges::find(mirrors, mirror) == mirrors.end()) mirrors.push_back(mirror);
    }
    return mirrors;
}

// How this machine reaches its mirrors (proxies, certificates, checks) holds for mmdebstrap too.
Result<std::vector<std::string>> host_apt_options() {
    TRY(std::string dump, must_run({"apt-config", "dump"}));
    std::vector<std::string> options;
    constexpr std::array<std::string_view, 7> wanted{"Acquire::http",     "Acquire::https",         "Acquire::Check-",   "Acquire::Retries",
                                                     "Acquire::ForceIPv", "Acquire::AllowInsecure", "Acquire::AllowWeak"};
    for (const auto& line : lines_of(dump))
        for (std::string_view prefix : wanted)
            if (line.starts_with(prefix) && !line.ends_with(" \"\";")) {
                options.push_back("--aptopt=" + line);
                break;
            }
    return options;
}

std::string recipe_of(const std::string& suite, const Packages& packages) {
    std::string recipe = fmt::format("2\n{}\n{}\n{}\n", suite, included, packages.vulnerable.sha256);
    for (const auto& file : guest_files) recipe += fmt::format("{} {:o}\n{}\n", file.path, file.mode, file.text);
    return base::sha256_hex(recipe);
}

Result<void> customise(const std::filesystem::path& tree, const Packages& packages) {
    std::error_code failed;
    std::filesystem::create_directories((tree / real_dpkg).parent_path());
    std::filesystem::rename(tree / "usr/bin/dpkg", tree / real_dpkg, failed);
    if (failed) return fail(ErrorCode::internal, "could not move dpkg aside in the drill's tree", failed.message());
    for (const auto& file : guest_files) TRY(write_file(tree / file.path, file.text, file.mode));
    for (std::string_view key : {"rsa", "ecdsa", "ed25519"})
        for (std::string_view end : {"", ".pub"}) std::filesystem::remove(tree / fmt::format("etc/ssh/ssh_host_{}_key{}", key, end), failed);
    std::filesystem::remove(tree / "etc/machine-id", failed);
    std::filesystem::remove(tree / "etc/resolv.conf", failed);
    TRY(std::string deb, read_file(packages.vulnerable.file));
    TRY(write_file(tree / "drill.deb", deb, 0644));
    TRY(must_run({"chroot", tree.string(), "/" + std::string(real_dpkg), "--install", "/drill.deb"}, {},
                 {"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C"}));
    std::filesystem::remove(tree / "drill.deb", failed);
    return {};
}

Result<void> bootstrap(const std::filesystem::path& tree, const std::string& suite) {
    TRY(auto mirrors, host_mirrors(suite));
    TRY(auto options, host_apt_options());
    std::vector<std::string> words{"mmdebstrap",
                                   "--quiet",
                                   "--mode=root",
                                   "--variant=minbase",
                                   fmt::format("--include={}", included),
                                   "--dpkgopt=path-exclude=/usr/share/doc/*",
                                   "--dpkgopt=path-exclude=/usr/share/man/*",
                                   "--dpkgopt=path-exclude=/usr/share/locale/*"};
    words.insert(words.end(), options.begin(), options.end());
    words.push_back(suite);
    words.push_back(tree.string());
    words.insert(words.end(), mirrors.begin(), mirrors.end());  // none: mmdebstrap's own default
    TRY(must_run(words, {}, {"DEBIAN_FRONTEND=noninteractive", "LC_ALL=C.UTF-8"}));
    return {};
}

Result<Rootfs> held(const std::filesystem::path& tree) {
    base::UniqueFd hold(::open(tree.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!hold || ::flock(hold.get(), LOCK_SH) != 0)
        return fail(ErrorCode::denied, fmt::format("could not hold \"{}\"", tree.string()), std::strerror(errno));
    return Rootfs{tree, std::move(hold)};
}

void remove_others(const std::filesystem::path& cache, const std::string& suite, const std::filesystem::path& keep) {
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(cache, failed)) {
        if (entry.path() == keep || !entry.path().filename().string().starts_with(suite + "-")) continue;
        const base::UniqueFd other(::open(entry.path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
        if (other && ::flock(other.get(), LOCK_EX | LOCK_NB) == 0) std::filesystem::remove_all(entry.path(), failed);
    }
}

}  // namespace

Result<Rootfs> make_rootfs(const std::filesystem::path& cache, const Packages& packages, const Announce& announce) {
    TRY(const std::string suite, host_suite());
    std::error_code failed;
    std::filesystem::create_directories(cache, failed);
    const base::UniqueFd lock(::open((cache / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!lock) return fail(ErrorCode::denied, fmt::format("could not write in \"{}\"", cache.string()), std::strerror(errno));
    if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
        announce("waiting for another drill that makes the machines' file system");
        if (::flock(lock.get(), LOCK_EX) != 0) return fail(ErrorCode::internal, "could not lock the drill's cache", std::strerror(errno));
    }
    const auto tree = cache / fmt::format("{}-{}", suite, recipe_of(suite, packages).substr(0, 8));
    if (std::filesystem::exists(tree, failed)) return held(tree);

    announce(fmt::format("making the machines' file system, a minimal Debian {} (once)", suite));
    const auto part = cache / (suite + ".part");
    std::filesystem::remove_all(part, failed);
    auto made = bootstrap(part, suite);
    if (made) made = customise(part, packages);
    if (!made) {
        std::filesystem::remove_all(part, failed);
        return within("the machines' file system", std::move(made).error());
    }
    std::filesystem::rename(part, tree, failed);
    if (failed) return fail(ErrorCode::denied, fmt::format("could not write \"{}\"", tree.string()), failed.message());
    remove_others(cache, suite, tree);
    return held(tree);
}

}  // namespace douse::drill
