// SPDX-License-Identifier: Apache-2.0
#include "transport/look_script.hpp"

namespace douse::transport {

namespace {

// Written for dash and busybox. Everything that could wait for ever (a FIFO, a dead network disk) is either not opened or
// bounded by `timeout`; everything that could be large is cut, and says so. What the shell can do itself it does: a process costs
// milliseconds on a busy machine, and hundreds of looks may run at once.
constexpr std::string_view functions = R"sh(
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C; export PATH LC_ALL
unset QUOTING_STYLE GREP_OPTIONS POSIXLY_CORRECT
umask 077
newline='
'
b64() { base64 | tr -d '\n'; }
# A plain word goes as it is, behind "=".
say() {
  printf '%s %s ' "$1" "$2"
  shift 2
  for word; do case $word in *[!A-Za-z0-9._:/~+-]*) printf '%s' "$word" | b64 ;; *) printf '=%s' "$word" ;; esac; printf ' '; done
  echo
}
# What a look may take: `left` bounds each program that could wait, in_time the loops between them.
begin() { left=$1; read -r up rest </proc/uptime 2>/dev/null || up=0; ends=$((${up%.*} + left)); }
in_time() { read -r up rest </proc/uptime 2>/dev/null || return 0; [ "${up%.*}" -le "$ends" ]; }
unknown() { say unknown "$1" "$2"; }
have() { command -v "$1" >/dev/null 2>&1; }
# The lines of stdin as the text of the line before, up to $1 bytes; "cut" says that there were more. What breaks off is cut too.
text() { awk -v most="$1" '{ size += length($0) + 2; if (size > most) { print "cut -"; exit } print ">" $0 }'; }
broke_off() { echo; echo 'cut -'; }
# Memory is bounded too: a sparse file of one line would fill it.
bounded() { ( ulimit -v 524288 2>/dev/null; exec timeout "$left" "$@" ); }

look_file() {
  path=$2
  if ! line=$(timeout "$left" ls -ldn "$path" 2>&1); then
    case $newline$line in   # only ls itself can say so: an old timeout says it of its own program
      *"${newline}ls: "*': No such file or directory'|*"${newline}ls: "*': Not a directory') echo "file $1 absent" ;;
      "$newline") unknown "$1" 'no answer in time' ;;
      *) unknown "$1" "$line" ;;
    esac
    return
  fi
  if [ ! -f "$path" ]; then
    echo "file $1 present other"
  elif [ ! -r "$path" ]; then
    echo "file $1 present unreadable"
  else
    size=$(wc -c <"$path") || size=
    sum=
    if [ -n "$size" ] && [ "$size" -le 67108864 ]; then sum=$(timeout "$left" sha256sum <"$path") || sum=; fi
    echo "file $1 present regular" ${size:--} ${sum%% *}
  fi
}

# Names, or programs, of all processes: once for all looks, by two programs, however many processes there are. "hidden" counts
# those that we may not see; where the first one can't be read (hidepid), there are some.
names_sent= programs_sent=
look_process() {
  if ! have awk; then unknown "$1" "awk is missing"; return; fi
  [ -r /proc/1/comm ] && hidden=0 || hidden=1
  if [ -z "$3" ]; then
    [ -z "$names_sent" ] || return 0
    names_sent=1
    echo 'comms -'; grep -H '' /proc/[0-9]*/comm 2>/dev/null | text 524288 || broke_off
    echo "unnamed - $hidden"
    return
  fi
  if [ -z "$programs_sent" ]; then
    programs_sent=1
    echo 'exes -'; ls -ln /proc/[0-9]*/exe 2>/dev/null | text 1048576 || broke_off
    printf 'hidden - %s ' $hidden; ls -ln /proc/[0-9]*/exe 2>&1 >/dev/null | grep -c 'Permission denied'
  fi
  # A script's program is its interpreter; its path stands among the first words of its command line.
  count=0
  for comm in $(grep -lxF -e "$2" /proc/[0-9]*/comm 2>/dev/null); do
    count=$((count + 1))
    if [ $count -gt 50 ]; then echo "cut $1"; break; fi
    printf 'command %s ' "$1"; head -c 4096 "${comm%comm}cmdline" 2>/dev/null | b64; echo
  done
}

look_listener() {
  case $2 in tcp) state=0A ;; *) state=07 ;; esac
  if ! have awk; then unknown "$1" "awk is missing"; return; fi
  if [ ! -r "/proc/net/$2" ]; then unknown "$1" "/proc/net/$2 cannot be read"; return; fi
  six=/proc/net/${2}6
  [ -r "$six" ] || six=
  found=$(awk -v s=$state -v p="$3" '$4 == s { n = split($2, a, ":"); if (a[n] == p) { print p; exit } }' "/proc/net/$2" $six) || {
    unknown "$1" "/proc/net/$2 cannot be read"; return; }
  echo "listener $1 $found"
}

# The texts of all jobs, once for all looks, by one program: "job - FILE" and its lines. What can't be read is named.
jobs_sent=
look_job() {
  [ -z "$jobs_sent" ] || return 0
  jobs_sent=1
  if ! have awk; then say jobless - 'awk is missing'; return; fi
  set --
  for place in $job_tables; do
    if [ -f "$place" ]; then
      may_hold_jobs "$place" && set -- "$@" "$place"
    elif [ -d "$place" ]; then
      if [ ! -r "$place" ] || [ ! -x "$place" ]; then no_jobs "$place: no permission"; continue; fi
      count=0
      for file in "$place"/* "$place"/.[!.]*; do
        [ -f "$file" ] || { [ -L "$file" ] && no_jobs "$file: a dead symbolic link"; continue; }
        case $file in */.SEQ|*/.placeholder) continue ;; esac
        in_time || { no_jobs "$place: no time left"; break; }
        count=$((count + 1))
        if [ $count -gt 200 ]; then no_jobs "$place: more than 200 files"; break; fi
        may_hold_jobs "$file" && set -- "$@" "$file"
      done
    elif [ -L "$place" ]; then
      no_jobs "$place: a dead symbolic link"
    fi
  done
  shut_job_folders
  with_other_jobs bounded awk '
    FNR == 1 { again = seen[FILENAME]++ }
    again { next }   # several timers may start one unit
    FNR == 1 { name = FILENAME; gsub(/\n/, "?", name); print "job - " name; size = 0 }
    { size += length($0) + 1; all += length($0) + 2 }
    all > 1572864 { exit 9 }
    size <= 262144 { print ">" $0; next }
    !cut[FILENAME]++ { print ">" substr($0, 1, 4096); print "cut -" }' "$@" 2>/dev/null
  code=$?
  echo   # a program that was killed leaves half a line
  echo "jobs - $code"
}
# A folder that can't be reached is not one that isn't there.
shut_job_folders() {
  shut=$(timeout "$left" ls -d $job_tables $script_folders $unit_folders /home/*/.config/systemd/user 2>&1 >/dev/null)
  case $? in 0|1|2) ;; *) no_jobs 'the folders of jobs gave no answer in time' ;; esac
  while IFS= read -r line; do
    case $line in ''|*': No such file or directory'|*': Not a directory') ;; *) no_jobs "$line" ;; esac
  done <<SHUT
$shut
SHUT
}
no_jobs() { say jobless - "$1"; }

look_package() {
  if ! have dpkg-query; then unknown "$1" "dpkg-query is missing"; return; fi
  if out=$(timeout "$left" dpkg-query -W -f '>${db:Status-Status} ${Version}\n' "$2" 2>&1); then
    echo "package $1 listed"
    while IFS= read -r line; do
      case $line in '>'*) printf '%s\n' "$line" ;; esac   # the others are warnings
    done <<LISTED
$out
LISTED
  else
    case $out in
      *'no packages found'*) echo "package $1 absent" ;;
      *) unknown "$1" "dpkg-query: $out" ;;
    esac
  fi
}

look_reboot() {
  if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; then echo "reboot $1 true"
  elif [ -d /run ] && [ -x /run ]; then echo "reboot $1 false"
  else unknown "$1" "/run cannot be read"
  fi
}

first_line() { line=; { read -r line <"$1"; } 2>/dev/null; [ -n "$line" ]; }
first_lines() {
  count=0
  while [ $count -lt 200 ] && { IFS= read -r line || [ -n "$line" ]; }; do printf '>%s\n' "$line"; count=$((count + 1)); done <"$1"
}
machine() {
  names=$(uname -snm)
  say machine os "${names%% *}"
  say machine arch "${names##* }"
  names=${names#* }
  say machine host_name "${names% *}"
  first_line /etc/machine-id && say machine machine_id "$line"
  first_line /proc/sys/kernel/random/boot_id && say machine boot_id "$line"
  [ -f /etc/os-release ] && [ -r /etc/os-release ] && { echo 'machine release'; first_lines /etc/os-release; }
  for net in /sys/class/net/*; do
    first_line "$net/type" && [ "$line" = 1 ] && first_line "$net/address" && say machine mac "$line"
  done
  if [ -r /proc/net/fib_trie ] && have awk; then
    echo 'machine v4'
    awk '/32 host LOCAL/ && !seen[last]++ { print ">" last; if (++n == 200) exit } { last = $2 }' /proc/net/fib_trie
  fi
  [ -r /proc/net/if_inet6 ] && { echo 'machine v6'; first_lines /proc/net/if_inet6; }
  :
}
)sh";

}  // namespace

// A timer starts the unit of its name, or the one that it says; both are read, with what is dropped in beside them.
const std::string_view other_jobs_script = R"sh(
job_tables='/etc/crontab /etc/cron.d /var/spool/cron/crontabs /var/spool/cron/tabs /var/spool/cron /var/spool/cron/atjobs /var/spool/at'
script_folders='/etc/cron.hourly /etc/cron.daily /etc/cron.weekly /etc/cron.monthly /etc/cron.yearly'
unit_folders='/etc/systemd/system /run/systemd/system /run/systemd/transient /run/systemd/generator /usr/local/lib/systemd/system
  /usr/lib/systemd/system /lib/systemd/system /etc/systemd/user /run/systemd/user /usr/lib/systemd/user /root/.config/systemd/user'
# Empty files hold none, nor do those that the kernel makes as they are read (/proc/kmsg): both are of size 0.
may_hold_jobs() { [ -f "$1" ] && [ -s "$1" ] && { [ -r "$1" ] || { no_jobs "$1: no permission"; false; }; }; }
# Only what can be the name of a unit, since a user's timer says what root reads next.
timer_units() {
  set -- /dev/null /dev/null
  for folder in $unit_folders /home/*/.config/systemd/user; do
    for file in "$folder"/*.timer "$folder"/*.timer.d/*.conf; do
      [ -f "$file" ] && [ -s "$file" ] || continue
      set -- "$@" "$file"
      case $file in *.conf) file=${file%.d/*} ;; esac
      file=${file##*/} file=${file%.timer}
      case $file in *[!A-Za-z0-9:_.@\\-]*) continue ;; esac
      echo "$file.service"
      case $file in *@*) echo "${file%%@*}@.service" ;; esac
    done
  done
  head -c 262145 "$@" 2>/dev/null | sed -n 's/^[[:space:]]*Unit[[:space:]]*=[[:space:]]*\([A-Za-z0-9:_.@\\-]\{1,\}\)[[:space:]]*$/\1/p'
}
# Runs "$@" with the files that hold jobs besides the tables of cron and the spool of at; names to no_jobs what can't be read.
with_other_jobs() {
  set -- "$@" /dev/null
  may_hold_jobs /etc/anacrontab && set -- "$@" /etc/anacrontab
  for folder in $script_folders; do
    [ -d "$folder" ] || continue
    if [ ! -r "$folder" ] || [ ! -x "$folder" ]; then no_jobs "$folder: no permission"; continue; fi
    for file in "$folder"/*; do
      may_hold_jobs "$file" && set -- "$@" "$file"
    done
  done
  units=$(timer_units)
  for folder in $unit_folders /home/*/.config/systemd/user; do
    [ -d "$folder" ] || continue
    if [ "$folder" = /lib/systemd/system ] && [ -L /lib ]; then continue; fi
    if [ ! -r "$folder" ] || [ ! -x "$folder" ]; then no_jobs "$folder: no permission"; continue; fi
    for file in "$folder"/*.timer "$folder"/*.timer.d/*.conf; do
      may_hold_jobs "$file" && set -- "$@" "$file"
    done
    for unit in $units; do
      for file in "$folder/$unit" "$folder/$unit.d"/*.conf; do
        may_hold_jobs "$file" && set -- "$@" "$file"
      done
    done
  done
  "$@"
}
)sh";

const std::string& look_functions() {
    static const std::string text = std::string(functions) + std::string(other_jobs_script);
    return text;
}

}  // namespace douse::transport
