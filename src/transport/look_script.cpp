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
# Memory is bounded too: a sparse file of one line would fill it.
bounded() { ( ulimit -v 524288 2>/dev/null; exec timeout "$left" "$@" ); }

# What ls says of the files and of the folders of jobs, asked once. A dead disk among them leaves each to its own question.
places=
ask_places() {
  places=$(timeout "$left" ls -ldn "$@" 2>&1)
  case $? in 0|1|2) places=$newline$places$newline ;; *) places= ;; esac
}
# $said: what ls had to say of the place. It quotes a path, or in old versions and busybox doesn't.
ls_said() {
  for form in "cannot access '$1': " "cannot access $1: " "$1: "; do
    case $places in
      *"${newline}ls: $form"*)
        said=${places#*"${newline}ls: $form"}
        said=${said%%"$newline"*}
        return 0 ;;
    esac
  done
  return 1
}
is_absent() { ls_said "$1" && case $said in 'No such file or directory'|'Not a directory') ;; *) false ;; esac; }

# $size as ls listed it; not of what a link leads to.
size_of() {
  line=${places%%" $1$newline"*}
  [ "$line" != "$places" ] || return 1
  set -- ${line##*"$newline"}
  case $#$1 in 8-*) size=$5 ;; *) return 1 ;; esac   # mode, links, owner, group, size, and when
}

look_file() {
  path=$2
  if is_absent "$path"; then echo "file $1 absent"; return; fi
  if [ "$places" ] && ! ls_said "$path" && { [ -e "$path" ] || [ -L "$path" ]; }; then
    :   # a file that ls had no trouble with
  elif ! line=$(timeout "$left" ls -ldn "$path" 2>&1); then
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
    size_of "$path" || size=$(wc -c <"$path") || size=
    sum=
    if [ -n "$size" ] && [ "$size" -le 67108864 ]; then sum=$(timeout "$left" sha256sum <"$path") || sum=; fi
    echo "file $1 present regular" ${size:--} ${sum%% *}
  fi
}

# What stands in the kernel's tables is read at the end, by one awk for all looks and whoever the machine is.
names= programs= tables=
tables() {
  have awk || return 0
  {
    if [ "$names" ]; then echo comms; grep -H '' /proc/[0-9]*/comm 2>/dev/null; echo "end $?"; fi
    if [ "$programs" ]; then echo exes; ls -ln /proc/[0-9]*/exe 2>&1; echo "end $?"; fi
  } | awk '
    function begins(head, bytes) { print head; most = bytes; size = cut = 0 }
    function send(line) { size += length(line) + 2; if (size <= most) print ">" line; else if (!cut++) print "cut -" }
    from == "processes" && !programs && $0 == "exes" { programs = 1; begins("exes -", 1048576); next }
    from == "processes" && !programs && $0 == "comms" { begins("comms -", 524288); next }
    from == "processes" { send($0) }
    from == "addresses" && FNR == 1 { begins("machine v4", 8192) }
    from == "addresses" { if (/32 host LOCAL/ && !known[last]++) send(last); last = $2 }
    from == "sockets" && FNR == 1 { read[look]++; files[look] = of }
    from == "sockets" && $4 == state { n = split($2, at, ":"); if (at[n] == port) found[look] = port }
    END { for (look in files) if (read[look] == files[look]) print "listener", look, found[look] }
  ' from=processes - $tables || { echo; echo 'cut -'; }   # what breaks off is cut, and half a line is none
}

# Names, or programs, of all processes: once for all looks, however many processes there are. Where the first one can't be read
# (hidepid), there are some that we may not see.
look_process() {
  if ! have awk; then unknown "$1" "awk is missing"; return; fi
  [ -r /proc/1/comm ] && hidden=0 || hidden=1
  if [ -z "$3" ]; then
    [ "$names" ] || echo "unnamed - $hidden"
    names=1
    return
  fi
  [ "$programs" ] || echo "hidden - $hidden"
  programs=1
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
  of=1 six=/proc/net/${2}6
  if [ -r "$six" ]; then of=2; else six=; fi
  tables="$tables from=sockets look=$1 state=$state port=$3 of=$of /proc/net/$2 $six"
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
  [ "$places" ] || ask_places $job_places /home/*/.config/systemd/user
  [ "$places" ] || no_jobs 'the folders of jobs gave no answer in time'
  rest=$places
  while [ "$rest" ]; do   # whatever the place, since ls quotes odd names in its own way
    line=${rest%%"$newline"*} rest=${rest#*"$newline"}
    case $line in
      'ls: '*': No such file or directory'|'ls: '*': Not a directory') ;;
      'ls: '*) no_jobs "$line" ;;
    esac
  done
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
  if first_line /proc/sys/kernel/arch; then   # Linux since 6.1
    say machine os Linux
    say machine arch "$line"
    first_line /proc/sys/kernel/hostname && say machine host_name "$line"
  else
    line=$(uname -snm)
    say machine os "${line%% *}"
    say machine arch "${line##* }"
    line=${line#* }
    say machine host_name "${line% *}"
  fi
  first_line /etc/machine-id && say machine machine_id "$line"
  first_line /proc/sys/kernel/random/boot_id && say machine boot_id "$line"
  [ -f /etc/os-release ] && [ -r /etc/os-release ] && { echo 'machine release'; first_lines /etc/os-release; }
  for net in /sys/class/net/*; do
    first_line "$net/type" && [ "$line" = 1 ] && first_line "$net/address" && say machine mac "$line"
  done
  [ -r /proc/net/fib_trie ] && tables='from=addresses /proc/net/fib_trie'
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
job_places="$job_tables $script_folders $unit_folders"
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
  exec sed -n 's/^[[:space:]]*Unit[[:space:]]*=[[:space:]]*\([A-Za-z0-9:_.@\\-]\{1,\}\)[[:space:]]*$/\1/p' "$@" 2>/dev/null
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
  units=$(ulimit -v 524288 2>/dev/null; ulimit -t 10 2>/dev/null; timer_units)
  [ $? -le 2 ] || no_jobs 'the timers of systemd cannot be read'   # up to 2: what can't be read is named below
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
