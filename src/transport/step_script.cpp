// SPDX-License-Identifier: Apache-2.0
#include "transport/step_script.hpp"

#include "transport/files.hpp"
#include "transport/look_script.hpp"

#include <string_view>

namespace douse::transport {
namespace {

constexpr std::string_view prologue = R"sh(# Written by Douse: runs one step of an approved playbook at most once, and keeps its receipt.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C; export PATH LC_ALL
unset QUOTING_STYLE GREP_OPTIONS POSIXLY_CORRECT BLOCK_SIZE DF_BLOCK_SIZE
umask 077
)sh";

// ---- the receipt: start, ask, work
constexpr std::string_view receipt = R"sh(
newline='
'
refuse() { printf '%s\n' "$2" >&2; exit "$1"; }
is_full() { case $1 in *'No space left'*|*'quota exceeded'*) return 0 ;; *) return 1 ;; esac; }
# An old sync knows no files: then everything is synced. $why where a file could not be.
synced() { why=$(sync "$@" 2>&1) || { ! is_full "$why" && sync; }; }
nap() { sleep "$1" 2>/dev/null || sleep 1; }
# These answer in a variable: a process for each would cost more than the asking.
seconds_up() { read -r up rest </proc/uptime; up=${up%.*}; }
boot_id() { boot=none; read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
value_of() {
  while read -r word value; do [ "$word" != "$1" ] || return 0; done <"$2"
  value=
} 2>/dev/null
# When the process began, in ticks since boot: field 22 of its stat, which follows a name that may hold anything.
born_at() {
  born=
  read -r stat <"/proc/$1/stat" || return 1
  set -- ${stat##*) }
  born=${20}
} 2>/dev/null

is_alive() {
  boot_id
  value_of boot "$start"
  [ "$value" = "$boot" ] || return 1
  value_of pid "$start"
  [ -n "$value" ] && born_at "$value" || return 1
  value_of born "$start"
  [ "$born" = "$value" ]
}

# Between the call and the start somebody who lives is at it: what is set aside for step, start and end has their pid in its name.
begins() {
  for file in "begin$suffix-"*; do
    [ -e "$file" ] || continue
    words=
    read -r words <"/proc/${file##*-}/cmdline"   # its zeros are passed over, or words are joined
    case $words in *"$job"*) return 0 ;; esac
  done
  return 1
} 2>/dev/null

state_now() {
  if [ -e "$end" ]; then state=ended
  elif [ ! -e "$start" ] && begins; then state=running
  elif [ ! -e "$start" ]; then state=not_started
  elif is_alive; then state=running
  elif [ -e "$end" ]; then state=ended
  else state=fate_unknown
  fi
}

answer() {
  state_now
  echo 'douse-step 2'
  echo "state $state"
  if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; then echo 'reboot 1'; fi
  if [ "$state" = ended ]; then tr -d '\0' <"$end"; fi
  echo 'douse-end'
}

step_start() {
  hash=$1 seconds=$2
  seconds_up
  latest=$((up + seconds))
  own_me=$(id -u)
  [ "$own_me" = 0 ] || refuse 77 "its user id is $own_me"
  own_folder "$folder" || refuse $? "$why"
  cd "$folder" || refuse 13 "$folder cannot be entered"
  if [ ! -e "$start" ]; then
    params=begin$suffix-params-$$
    why=$( { cat >"$params"; } 2>&1) || { rm -f "$params"; is_full "$why" && refuse 28 "$why"; refuse 70 "$why"; }
    last=
    while IFS= read -r line; do last=$line; done <"$params"   # a line without its end is none
    [ "$last" = end ] || { rm -f "$params"; refuse 74 'its parameters were cut off on the way'; }
    # The bell is waited for, and rung by the worker's end: who waits asks nothing meanwhile, however many steps run at once.
    sleep "$seconds" </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
    bell=$!
    born_at "$bell"
    bell_born=$born
    {
      setsid /bin/sh "$0" work "$root" "$job" "$step" "$run" "$hash" "$params"
      code=$?
      born_at "$bell" && [ "$born" = "$bell_born" ] && kill "$bell"   # unless it ended long ago, and another has its number
      exit $code
    } </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&- &
    worker=$!
    if ! wait "$bell" 2>/dev/null && [ ! -e "$start" ]; then
      wait "$worker"
      code=$?
      [ -e "$start" ] || case $code in
        28) refuse 28 'there is no room for the receipt' ;;
        *) refuse 70 "the step did not begin (code $code)" ;;
      esac
    fi
  else
    cat >/dev/null
  fi
  if [ -e "$start" ]; then
    value_of hash "$start"
    [ "$value" = "$hash" ] || refuse 75 'there is a receipt of another step under this name'
  fi
  while [ ! -e "$end" ]; do   # another call's worker is looked for now and then
    seconds_up
    [ "$up" -lt "$latest" ] || break
    state_now
    [ "$state" = running ] || break
    nap 0.5
  done
  answer
}

step_ask() {
  own_me=$(id -u)
  [ "$own_me" = 0 ] || refuse 77 "its user id is $own_me"
  if [ ! -d "$folder" ]; then echo 'douse-step 2'; echo 'state not_started'; echo 'douse-end'; return; fi
  own_folder "$folder" || refuse $? "$why"
  cd "$folder" || refuse 13 "$folder cannot be entered"
  answer
}

# The detached part. Whatever it needs for the end is set aside before the start, so that a disk that fills up under the
# step can't swallow its result.
step_work() {
  hash=$1 params=$2
  cd "$folder" || exit 13
  trap '' HUP INT
  [ -e "$start" ] && { rm -f "$params"; exit 0; }
  boot_id
  born_at $$
  new_start=begin$suffix-start-$$ new_end=begin$suffix-end-$$
  {
    dd if=/dev/zero of="$new_end" bs=8192 count=1 2>/dev/null &&
    printf 'douse 1\njob %s\nstep %s\nrun %s\nhash %s\nboot %s\npid %s\nborn %s\nat %s\n' \
      "$job" "$step" "$run" "$hash" "$boot" $$ "$born" "$(date +%s)" >"$new_start" &&
    synced "$params" "$new_end" "$new_start"
  } 2>/dev/null || { rm -f "$new_start" "$new_end" "$params"; exit 28; }
  if ! ln "$new_start" "$start" 2>/dev/null; then
    rm -f "$new_start" "$new_end" "$params"
    [ -e "$start" ] && exit 0
    exit 28
  fi
  rm -f "$new_start"
  mv -f "$params" "params$suffix"
  sync . 2>/dev/null || sync

  printf '' >"did$suffix"; printf '' >"output$suffix"   # where no name is left for them, the action fails
  exec 3<"params$suffix"
  IFS= read -r limit <&3
  IFS= read -r needs <&3
  exec 3<&-
  short=0
  if disk_is_short "$needs"; then
    code=28 short=1
    printf '%s\n' "$why" >"did$suffix"
  else
    seconds_up
    began=$up
    timeout -k 5 "$limit" /bin/sh "$0" act "$root" "$job" "$step" "$run" "$hash" </dev/null >"output$suffix" 2>&1
    code=$?
    case $code in
      124) echo "timed out after $limit seconds" >>"did$suffix" ;;
      137)
        seconds_up
        if [ $((up - began)) -lt "$limit" ]; then echo 'it was killed from outside' >>"did$suffix"
        else code=124; echo "timed out after $limit seconds, and had to be killed" >>"did$suffix"
        fi ;;
    esac
  fi
  # Over what was set aside. No line of base64 holds a colon.
  {
    printf 'code %s\nshort %s\nat %s\nsaid:\n' "$code" "$short" "$(date +%s)"
    tail -c 2500 "did$suffix" | base64
    if [ "$code" != 0 ]; then echo 'output:'; tail -c 2000 "output$suffix" | base64; fi
    echo 'done:'
  } 1<>"$new_end"
  sync "$new_end" 2>/dev/null || sync
  mv -f "$new_end" "$end"
  sync . 2>/dev/null || sync
}

disk_is_short() {
  [ "$1" -gt 0 ] || return 1
  short_of=$1 why=
  lines=$(df -Pk / /var "$root" 2>/dev/null)
  while read -r device blocks used available percent place; do
    case $available in ''|*[!0-9]*) continue ;; esac   # its head
    [ $((available * 1024)) -ge "$short_of" ] || why="$place has $available KiB free, $((short_of / 1024)) KiB are needed"
  done <<LINES
$lines
LINES
  [ -n "$why" ]
}
)sh";

// ---- the actions: each says what it did in one line, and returns 0 or the code that ends the step
constexpr std::string_view actions = R"sh(
did() { printf '%s\n' "$1" >>"$folder/did$suffix"; }

no_jobs() { :; }   # root reads them all
# A job of cron is a line that begins with a time; one of at is a whole file. Timers and scripts of cron's folders are somebody's
# units and files, not lines of ours to cut: they are named, and left to a person.
remove_job() {
  pattern=$1 count=0 seen= at_file= at_line=
  set --
  for file in /etc/crontab /etc/cron.d/* /etc/cron.d/.[!.]* /var/spool/cron/crontabs/* /var/spool/cron/tabs/* \
              /var/spool/cron/* /var/spool/cron/atjobs/* /var/spool/at/*; do
    [ -f "$file" ] || continue
    set -- "$@" "$file"
  done
  lines=$(PATTERN=$pattern awk '
    !index($0, ENVIRON["PATTERN"]) { next }
    FILENAME ~ /\n/ { exit 1 }
    FILENAME ~ /\/atjobs\/|\/spool\/at\// { if (!seen[FILENAME]++) print 0, FILENAME; next }
    /^[ \t]*[0-9*@~]/ { print FNR, FILENAME }' /dev/null "$@") || { did "the tables of cron and at cannot be read"; return 1; }
  while IFS= read -r line; do   # "NUMBER FILE", in which a blank at the end counts
    [ -n "$line" ] || continue
    count=$((count + 1)) at_file=${line#* } at_line=${line%% *}
    [ $count -gt 10 ] || seen="$seen $at_file:$at_line"
  done <<LINES
$lines
LINES
  set -- "$pattern"
  elsewhere=$(with_other_jobs env "PATTERN=$1" awk '
    /^[ \t]*#/ || !index($0, ENVIRON["PATTERN"]) || seen[FILENAME]++ { next }
    count++ < 3 { printf "%s ", FILENAME }')
  if [ -n "$elsewhere" ]; then did "\"$1\" stands in $elsewhere: only jobs of cron's tables and of at are removed by this version"; return 1; fi
  if [ $count = 0 ]; then did "no job holds \"$1\": already"; return 0; fi
  if [ $count != 1 ]; then did "$count jobs hold \"$1\", which must fit exactly one:$seen"; return 1; fi
  if [ ! -f "$at_file" ]; then did "$at_file is gone meanwhile"; return 1; fi
  if [ -L "$at_file" ]; then did "$at_file is a symbolic link, and is left alone"; return 1; fi
  others=
  case $at_file in
    */atjobs/*|/var/spool/at/*) ;;
    /etc/cron.d/*) others=$(awk -v n="$at_line" 'NR != n && /^[ \t]*[0-9*@~]/ { print NR; exit }' "$at_file") ;;
    *) others=yes ;;
  esac
  if [ -z "$others" ]; then
    rm -f "$at_file" && [ ! -e "$at_file" ] || { did "$at_file cannot be removed"; return 1; }
    did "removed the job $at_file"
    return 0
  fi
  new=${at_file%/*}/.douse-$$   # cron passes over names that begin with a dot
  # Counted, since not every awk says that the disk is full.
  if cp -p "$at_file" "$new" && awk -v n="$at_line" 'NR != n' "$at_file" >"$new" &&
    [ "$(awk 'END { print NR }' "$at_file")" = "$(awk 'END { print NR + 1 }' "$new")" ] && mv -f "$new" "$at_file"; then
    did "removed line $at_line of $at_file"
  else
    rm -f "$new"; did "$at_file cannot be rewritten"; return 1
  fi
}

# The folder is entered and compared with where its path should lead, so that nobody can put a link under our feet.
remove_file() {
  path=$1 name=${1##*/} dir=${1%/*}
  if [ ! -e "$path" ] && [ ! -L "$path" ]; then did "$path is not there: already"; return 0; fi
  set -f
  at= left=${dir#/}/
  while [ "$left" != / ] && [ -n "$left" ]; do
    part=${left%%/*} left=${left#*/}
    if [ -L "$at/$part" ]; then
      set -- $(ls -ldn "$at/$part"); owner=$3
      set -- $(ls -ldn "${at:-/}"); mode=$1
      case $owner$3$mode in
        00d????-??-*) ;;
        *) did "$at/$part is a symbolic link that is not only root's: $path is left alone"; return 1 ;;
      esac
      at=$(cd -P "$at/$part" && pwd -P) || { did "$path cannot be reached"; return 1; }
      [ "$at" = / ] && at=
    else
      at=$at/$part
    fi
  done
  set +f
  cd -P "${dir:-/}" || { did "$path cannot be reached"; return 1; }
  [ "$(pwd -P)" = "${at:-/}" ] || { did "$path leads elsewhere than it should"; return 1; }
  if [ -d "./$name" ] && [ ! -L "./$name" ]; then did "$path is a folder, and is left alone"; return 1; fi
  if [ ! -f "./$name" ] && [ ! -L "./$name" ]; then did "$path is not a regular file, and is left alone"; return 1; fi
  why=$(rm -f "./$name" 2>&1)
  if [ -e "./$name" ] || [ -L "./$name" ]; then did "$path cannot be removed: $why"; return 1; fi
  did "removed $path"
}

# $pids: whose program is $2, or, for a script, whose name is $1 and whose command line holds $2. What ls lists may be forged by a
# line break in a path, so each is asked by itself.
processes_of() {
  pids=
  for pid in $(ls -ln /proc/[0-9]*/exe 2>/dev/null | WANTED=$2 awk '
    { at = index($0, "/exe -> "); if (!at) next
      program = substr($0, at + 8)
      if (program != ENVIRON["WANTED"] && program != ENVIRON["WANTED"] " (deleted)") next
      pid = substr($0, 1, at - 1); sub(/^.*\/proc\//, "", pid)
      if (pid ~ /^[1-9][0-9]*$/ && pid + 0 > 1) print pid }'); do
    program=$(readlink "/proc/$pid/exe" 2>/dev/null; echo .)
    case $program in "$2$newline." | "$2 (deleted)$newline.") pids="$pids$pid " ;; esac
  done
  name=$1
  while [ ${#name} -gt 15 ]; do name=${name%?}; done   # as the kernel keeps it
  for comm in $(grep -lxF -e "$name" /proc/[0-9]*/comm 2>/dev/null); do
    pid=${comm#/proc/}; pid=${pid%/comm}
    case " $pids" in *" $pid "*) continue ;; esac
    [ "$pid" -gt 1 ] || continue
    if head -c 4096 "/proc/$pid/cmdline" 2>/dev/null | tr '\0' '\n' | head -n 3 | grep -qxF -e "$2"; then pids="$pids$pid "; fi
  done
}
# A zombie has no program any more.
some_run() { for pid in $pids; do [ ! -e "/proc/$pid/exe" ] || return 0; done; return 1; }

stop_process() {
  processes_of "$1" "$2"
  if [ -z "$pids" ]; then did "no process of $2 runs: already"; return 0; fi
  set -- "$1" "$2" $pids
  number=$(($# - 2)) rounds=0
  kill -TERM $pids 2>/dev/null
  while [ -n "$pids" ] && [ $rounds -lt 35 ]; do
    nap 0.2
    rounds=$((rounds + 1))
    if some_run && [ $((rounds % 5)) != 0 ]; then continue; fi
    processes_of "$1" "$2"   # others may have come
    if [ -n "$pids" ] && [ $rounds -ge 25 ]; then kill -KILL $pids 2>/dev/null; fi
  done
  if [ -n "$pids" ]; then did "$2 still runs after KILL, or is started again and again: $pids"; return 1; fi
  did "stopped $number of $2"
}

install_package() {
  if [ ! -f "$3" ] || [ -L "$3" ]; then did "the file $3 is not there"; return 1; fi
  is=$(dpkg-deb --showformat='${Package} ${Version}' -W "$3" 2>&1) || { did "$3 is not a Debian package: $is"; return 1; }
  if [ "$is" != "$1 $2" ]; then did "$3 holds $is, not $1 $2"; return 1; fi
  command -v perl >/dev/null 2>&1 || { did 'perl is missing, which takes the lock of dpkg'; return 1; }
  # As apt does it: the frontend's lock is held over dpkg's run. fcntl's locks survive exec; $^F keeps the descriptor open.
  DEBIAN_FRONTEND=noninteractive perl -e '
    use Fcntl; use Config;
    $^F = 1000;
    sub lock_whole {
      sysopen(my $file, $_[0], O_RDWR | O_CREAT, 0640) or die "$_[0]: $!\n";
      my $form = $Config{archname} =~ /^i\d86/ ? "ssqql" : "ssx4qqlx4";
      until (fcntl($file, F_SETLKW, pack($form, F_WRLCK, 0, 0, 0, 0))) { $!{EINTR} or die "$_[0]: $!\n" }
      return $file;
    }
    our $frontend = lock_whole("/var/lib/dpkg/lock-frontend");
    { my $database = lock_whole("/var/lib/dpkg/lock"); }
    $ENV{DPKG_FRONTEND_LOCKED} = 1;
    exec("dpkg", "--force-confold", "-i", $ARGV[0]);
    die "dpkg: $!\n";' "$3"
  code=$?
  if [ $code = 0 ]; then did "dpkg installed $1 $2"; else did "dpkg ended with code $code"; fi
  return $code
}

restart_service() {
  if [ -d /run/systemd/system ]; then systemctl restart "$1"
  elif command -v service >/dev/null 2>&1; then service "$1" restart
  elif [ -x "/etc/init.d/$1" ]; then "/etc/init.d/$1" restart
  else did 'there is nothing here that restarts services'; return 1
  fi
  code=$?
  if [ $code = 0 ]; then did "restarted $1"; else did "restarting $1 ended with code $code"; fi
  return $code
}

step_act() {
  exec 3<"$folder/params$suffix"
  IFS= read -r limit <&3
  IFS= read -r needs <&3
  while IFS= read -r kind <&3; do
    case $kind in
      remove_job) IFS= read -r a <&3 && remove_job "$a" 3<&- ;;
      remove_file) IFS= read -r a <&3 && remove_file "$a" 3<&- ;;
      stop_process) IFS= read -r a <&3 && IFS= read -r b <&3 && stop_process "$a" "$b" 3<&- ;;
      install_package) IFS= read -r a <&3 && IFS= read -r b <&3 && IFS= read -r c <&3 && install_package "$a" "$b" "$c" 3<&- ;;
      restart_service) IFS= read -r a <&3 && restart_service "$a" 3<&- ;;
      end) exit 0 ;;
      *) did "the action $kind is not known"; exit 70 ;;
    esac || exit $?
  done
  did 'the parameters are cut off'
  exit 70
}

verb=$1 root=$2 job=$3 step=$4 run=$5
folder=$root/jobs/$job/$step
suffix=
[ "$run" = 1 ] || suffix=.$run
start=start$suffix end=end$suffix
shift 5
case $verb in
  start) step_start "$@" ;;
  ask) step_ask ;;
  work) step_work "$@" ;;
  act) step_act ;;
  *) refuse 70 "what is $verb" ;;
esac
)sh";

}  // namespace

const std::string& step_script() {
    static const std::string text =
        std::string(prologue) + std::string(own_folder_script) + std::string(receipt) + std::string(other_jobs_script) + std::string(actions);
    return text;
}

}  // namespace douse::transport
