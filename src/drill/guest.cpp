// SPDX-License-Identifier: Apache-2.0
#include "drill/guest.hpp"

namespace douse::drill {

const std::array<GuestFile, 6> guest_files{{
    {"etc/ssh/sshd_config", 0644, R"sh(Port 22
HostKey /etc/ssh/ssh_host_ed25519_key
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxStartups 100:30:200
MaxSessions 20
PidFile /run/sshd.pid
Subsystem sftp internal-sftp
)sh"},
    // One line for each call, added in one write. The folder lies outside the machine's own file system, so that a full disk
    // can't hide a call.
    {"usr/lib/drill/count", 0755, R"sh(#!/bin/sh
# count WHAT [WORD]: one line in /var/lib/drill-counts/WHAT
read -r up rest </proc/uptime
echo "$up ${2:-called}" >>"/var/lib/drill-counts/$1"
)sh"},
    // A refused call is one that met dpkg's lock; it did nothing, and its line is followed by a line that says so.
    {"usr/bin/dpkg", 0755, R"sh(#!/bin/sh
# The drill's dpkg: counts real installs, and lies where the machine is one that lies.
real=/usr/lib/drill/dpkg
installs=no
for word in "$@"; do
    case $word in -i|--install|--unpack) installs=yes ;; --) break ;; esac
done
[ $installs = yes ] || exec $real "$@"
/usr/lib/drill/count dpkg called
if [ -e /usr/lib/drill/lie ]; then
    echo "Unpacking drill-svc ..."
    echo "Setting up drill-svc ..."
    exit 0
fi
exec 3>&1
errors=$($real "$@" 2>&1 >&3 3>&-)
code=$?
[ -z "$errors" ] || printf '%s\n' "$errors" >&2
case $code:$errors in 2:*lock*) /usr/lib/drill/count dpkg refused ;; esac
exit $code
)sh"},
    {"usr/sbin/reboot", 0755, R"sh(#!/bin/sh
# Pid 1 of a drill machine restarts it when it is told so by this signal.
kill -USR1 1
)sh"},
    {"usr/sbin/shutdown", 0755, R"sh(#!/bin/sh
# shutdown [-r|-h|-P|-H] [now|+MINUTES] [MESSAGE]; shutdown -c
signal=TERM when=+1
for word in "$@"; do
    case $word in
        -c) kill "$(cat /run/shutdown.pid 2>/dev/null)" 2>/dev/null; rm -f /run/shutdown.pid; exit 0 ;;
        -r|--reboot) signal=USR1 ;;
        -h|-P|-H|--halt|--poweroff) signal=TERM ;;
        -k|--no-wall) ;;
        -*) echo "shutdown: unknown option $word" >&2; exit 1 ;;
        now) when=+0; break ;;
        +[0-9]*) when=$word; break ;;
        *) echo "shutdown: only now and +MINUTES are understood here" >&2; exit 1 ;;
    esac
done
minutes=${when#+}
if [ "$minutes" = 0 ]; then kill -$signal 1; exit 0; fi
setsid sh -c "echo \$\$ >/run/shutdown.pid; sleep $((minutes * 60)); kill -$signal 1" </dev/null >/dev/null 2>&1 &
echo "Shutdown scheduled in $minutes minutes, use 'shutdown -c' to cancel."
)sh"},
    {"etc/apt/apt.conf.d/99drill", 0644, "Acquire::Retries \"0\";\n"},  // no repository is reachable from a drill machine
}};

}  // namespace douse::drill
