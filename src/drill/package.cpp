// SPDX-License-Identifier: Apache-2.0
#include "drill/package.hpp"

#include "base/digest.hpp"
#include "drill/files.hpp"
#include "drill/process.hpp"
#include "drill/program.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>
#include <charconv>

namespace douse::drill {
namespace {

constexpr const char* control = R"sh(Package: drill-svc
Version: {}
Architecture: all
Maintainer: The Douse drill <drill@drill.example>
Depends: perl-base
Section: misc
Priority: optional
Description: harmless service of the Douse drill
 Says its version on 7445/tcp. It exists on drill machines only.
)sh";

constexpr const char* daemon_source = R"sh(#!/usr/bin/perl
# drill-svcd VERSION-FILE PID-FILE: says the version that was there when it started, on 7445/tcp.
use strict;
use warnings;
use IO::Socket::INET;
use POSIX ();

my ($version_file, $pid_file) = @ARGV;
open my $file, '<', $version_file or die "drill-svcd: $version_file: $!\n";
my $version = <$file>;
close $file;
$version =~ s/\s+//g;
my $listener = IO::Socket::INET->new(LocalPort => 7445, Proto => 'tcp', Listen => 64, ReuseAddr => 1)
    or die "drill-svcd: 7445/tcp: $@\n";
my $child = fork;
if ($child) {    # `start` returns with the port open and the pid written
    open my $pid, '>', $pid_file or die "drill-svcd: $pid_file: $!\n";
    print $pid "$child\n";
    close $pid;
    exit 0;
}
POSIX::setsid();
chdir '/';
open STDIN, '<', '/dev/null';
open STDOUT, '>', '/dev/null';
open STDERR, '>', '/dev/null';
$SIG{CHLD} = 'IGNORE';
for (;;) {
    my $client = $listener->accept or next;
    next if fork;
    close $listener;
    alarm 5;
    my $line = <$client>;
    print $client "drill-svc $version\r\n" if defined $line && $line =~ /^VERSION\r?\n/;
    close $client;
    POSIX::_exit(0);
}
)sh";

constexpr const char* init_script = R"sh(#!/bin/sh
### BEGIN INIT INFO
# Provides:          drill-svc
# Required-Start:    $network
# Required-Stop:     $network
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: harmless service of the Douse drill
### END INIT INFO
PATH=/usr/sbin:/usr/bin:/sbin:/bin
pid_file=/run/drill-svc.pid
version=/usr/share/drill-svc/version

running() {
    read -r pid <$pid_file && [ -n "$pid" ] && read -r name </proc/$pid/comm && [ "$name" = drill-svcd ]
} 2>/dev/null
start() {
    running && return 0
    if [ -e /etc/drill-svc/needs-restart ]; then
        [ -e /run/drill-svc.version ] || cp $version /run/drill-svc.version
        version=/run/drill-svc.version
    fi
    /usr/sbin/drill-svcd $version $pid_file
}
stop() {
    running || return 0
    kill "$pid"
    for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
        running || break
        sleep 0.1
    done
    rm -f $pid_file
    ! running
}
case $1 in
    start) start ;;
    stop) stop ;;
    restart|force-reload)
        # The drill counts restarts on the machine, where nobody can miscount them for it.
        [ ! -x /usr/lib/drill/count ] || /usr/lib/drill/count restart
        stop && start ;;
    status) if running; then echo "drill-svc is running"; else echo "drill-svc is not running"; exit 3; fi ;;
    *) echo "usage: $0 start|stop|restart|status" >&2; exit 2 ;;
esac
)sh";

// A running service is left alone: the fix counts only after a restart, as so often.
constexpr const char* postinst = R"sh(#!/bin/sh
set -e
if [ "$1" = configure ]; then
    update-rc.d drill-svc defaults >/dev/null
    if [ -n "$2" ] && [ -e /etc/drill-svc/needs-restart ]; then touch /var/run/reboot-required; fi
fi
)sh";
constexpr const char* prerm = R"sh(#!/bin/sh
set -e
if [ "$1" = remove ]; then /etc/init.d/drill-svc stop; fi
)sh";
constexpr const char* postrm = R"sh(#!/bin/sh
set -e
if [ "$1" = purge ]; then update-rc.d drill-svc remove >/dev/null; fi
)sh";

constexpr const char* source_date = "SOURCE_DATE_EPOCH=1767225600";  // 2026-01-01; dpkg-deb gives no file a later time

Result<Package> build_one(const std::filesystem::path& folder, const std::string& version) {
    const std::string name = fmt::format("drill-svc_{}_all.deb", version);
    // Two drills may build at one time, so each works in a place of its own.
    const auto tree = folder / fmt::format(".{}.{}", name, ::getpid());
    std::error_code ignored;
    std::filesystem::remove_all(tree, ignored);
    const RemovedAtEnd removal(tree);
    const auto content = tree / "content";
    TRY(write_file(content / "DEBIAN/control", fmt::format(fmt::runtime(control), version), 0644));
    TRY(write_file(content / "DEBIAN/conffiles", "/etc/init.d/drill-svc\n", 0644));
    TRY(write_file(content / "DEBIAN/postinst", postinst, 0755));
    TRY(write_file(content / "DEBIAN/prerm", prerm, 0755));
    TRY(write_file(content / "DEBIAN/postrm", postrm, 0755));
    TRY(write_file(content / "etc/init.d/drill-svc", init_script, 0755));
    TRY(write_file(content / "usr/sbin/drill-svcd", daemon_source, 0755));
    TRY(write_file(content / "usr/share/drill-svc/version", version + "\n", 0644));
    for (const auto& entry : std::filesystem::recursive_directory_iterator(content))
        if (entry.is_directory()) ::chmod(entry.path().c_str(), 0755);  // whatever the umask
    ::chmod(content.c_str(), 0755);
    const auto built = tree / name;
    TRY(must_run({"dpkg-deb", "--root-owner-group", "-Zgzip", "-z9", "--build", content.string(), built.string()}, {}, {source_date}));
    TRY(std::string bytes, read_file(built));
    std::error_code failed;
    std::filesystem::rename(built, folder / name, failed);
    if (failed) return fail(ErrorCode::exhausted, fmt::format("could not write \"{}\"", (folder / name).string()), failed.message());
    return Package{folder / name, version, base::sha256_hex(bytes)};
}

// Places of drills that were killed while they built.
void remove_what_the_dead_left(const std::filesystem::path& folder) {
    std::error_code failed;
    for (const auto& entry : std::filesystem::directory_iterator(folder, failed)) {
        const std::string name = entry.path().filename().string();
        const size_t dot = name.rfind('.');
        int pid = 0;
        if (!name.starts_with(".drill-svc_") ||
            std::from_chars(name.data() + dot + 1, name.data() + name.size(), pid).ptr != name.data() + name.size())
            continue;
        if (!process_of(pid)) std::filesystem::remove_all(entry.path(), failed);
    }
}

}  // namespace

Result<Packages> build_packages(const std::filesystem::path& folder) {
    remove_what_the_dead_left(folder);
    TRY(Package vulnerable, build_one(folder, vulnerable_version));
    TRY(Package fixed, build_one(folder, fixed_version));
    return Packages{std::move(vulnerable), std::move(fixed)};
}

}  // namespace douse::drill
