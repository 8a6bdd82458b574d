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
  if [ "$state" = ended ]; then
    while IFS= read -r line; do   # what was set aside and not needed follows "done:"
      printf '%s\n' "$line"
      [ "$line" != done: ] || break
    done <"$end"
  fi
  echo 'douse-end'
}

step_start() {
  hash=$1 seconds=$2
  seconds_up
  latest=$((up + seconds))
  who_we_are
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
  who_we_are
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
    printf '%8192s' '' >"$new_end" &&
    printf 'douse 1\njob %s\nstep %s\nrun %s\nhash %s\nboot %s\npid %s\nborn %s\n' \
      "$job" "$step" "$run" "$hash" "$boot" $$ "$born" >"$new_start" &&
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
  short=0 late=
  if disk_is_short "$needs"; then
    code=28 short=1
    printf '%s\n' "$why" >"did$suffix"
  else
    seconds_up
    began=$up
    timeout -k 5 "$limit" /bin/sh "$0" act "$root" "$job" "$step" "$run" "$hash" </dev/null >"output$suffix" 2>&1
    code=$?
    case $code in
      124) late="timed out after $limit seconds" ;;
      137)
        seconds_up
        if [ $((up - began)) -lt "$limit" ]; then late='it was killed from outside'
        else code=124 late="timed out after $limit seconds, and had to be killed"
        fi ;;
    esac
  fi
  # Over what was set aside, which has room for both texts.
  {
    printf 'code %s\nshort %s\nsaid:\n' "$code" "$short"
    room=2500
    while [ $room -gt 0 ] && { IFS= read -r line || [ -n "$line" ]; }; do
      printf ">%.${room}s\n" "$line"
      room=$((room - ${#line} - 2))
    done <"did$suffix"
    [ -z "$late" ] || printf '>%s\n' "$late"
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

constexpr std::string_view verbs = R"sh(
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
    static const std::string text = std::string(prologue) + std::string(own_folder_script) + std::string(receipt) + std::string(other_jobs_script) +
                                    std::string(step_actions_script) + std::string(verbs);
    return text;
}

}  // namespace douse::transport
