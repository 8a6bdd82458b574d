// SPDX-License-Identifier: Apache-2.0
// What the actions of a step do on the machine. Each says what it did in one line, and returns 0 or the code that ends the step.
#include "transport/step_script.hpp"

namespace douse::transport {

const std::string_view step_actions_script = R"sh(
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
)sh";

}  // namespace douse::transport
