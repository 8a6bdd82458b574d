// SPDX-License-Identifier: Apache-2.0
#include "transport/files.hpp"

#include "base/digest.hpp"
#include "transport/shell.hpp"

#include <fmt/format.h>

#include <utility>

namespace douse::transport {

// What is there is judged by one ls, whatever its depth; what is missing is made below it, where nobody else can write.
const std::string_view own_folder_script = R"sh(
own_me=
who_we_are() {
  [ -z "$own_me" ] || return 0
  while read -r own_line own_real own_me own_rest; do [ "$own_line" != Uid: ] || return 0; done </proc/self/status
  own_me=$(id -u)
} 2>/dev/null
own_folder() {
  who_we_are
  set -f
  own_whole=$1
  own_at= own_left=${1#/}/ own_depth=1
  set -- /
  while [ -n "$own_left" ]; do
    own_at=$own_at/${own_left%%/*}
    if [ ! -e "$own_at" ] && [ ! -L "$own_at" ]; then break; fi
    own_left=${own_left#*/} own_depth=$((own_depth + 1))
    set -- "$@" "$own_at"
  done
  # Permissions and owner as ls has them: drwxr-xr-x links owner. Its order is that of the path.
  own_lines=$(ls -ldn "$@" 2>&1) || { why=$own_lines; return 13; }
  own_line=0
  while read -r own_mode own_links own_owner own_rest; do
    own_line=$((own_line + 1)) own_last=$own_owner own_path=/${own_rest#*/}
    case $own_mode in d*) ;; *) why="$own_path is not a directory"; return 13 ;; esac
    [ "$own_owner" = 0 ] || [ "$own_owner" = "$own_me" ] || { why="$own_path belongs to user $own_owner"; return 13; }
    case $own_mode in
      d????????[tT]*) [ -n "$own_left" ] || [ $own_line -lt $own_depth ] || { why="$own_path can be written to by others"; return 13; } ;;
      d????w*|d???????w*) why="$own_path can be written to by others"; return 13 ;;
    esac
  done <<LINES
$own_lines
LINES
  [ $own_line = $own_depth ] || { why=$own_lines; return 13; }
  if [ -n "$own_left" ]; then
    set --
    while [ -n "$own_left" ]; do
      set -- "$@" "$own_at"
      own_left=${own_left#*/} own_at=$own_at/${own_left%%/*} own_last=$own_me
    done
    why=$(mkdir -m 700 "$@" 2>&1) || case $why in
      *'No space left'*|*'quota exceeded'*) return 28 ;;
      *'File exists'*) own_folder "$own_whole"; return ;;   # another was faster
      *) return 13 ;;
    esac
  fi
  [ "$own_last" = "$own_me" ] || { why="$own_path belongs to user $own_last"; return 13; }
  set +f
}
)sh";

namespace {

// $1 folder, $2 name, $3 SHA-256, $4 mode; the bytes on stdin. set -C makes > create exclusively, so it follows no link.
constexpr std::string_view put_script = R"sh(
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C; export PATH LC_ALL
unset QUOTING_STYLE POSIXLY_CORRECT
umask 077
give_up() { printf '%s\n' "$2" >&2; exit "$1"; }
folder=$1 name=$2 want=$3 mode=$4
own_folder "$folder" || give_up $? "$why"
cd "$folder" || exit 13
[ ! -d "./$name" ] || give_up 13 "it is a directory"
tmp=./.douse-$$-$want
trap 'rm -f "$tmp"' EXIT
if [ -e "$tmp" ] || [ -L "$tmp" ]; then rm -f "$tmp"; fi
failed() {
  case $why in
    *'No space left'*|*'quota exceeded'*) give_up 28 "$why" ;;
    *) give_up 1 "$why" ;;
  esac
}
set -C
why=$( { cat >"$tmp"; } 2>&1) || failed
set +C
got=$(sha256sum <"$tmp") || give_up 1 "sha256sum does not work here"
[ "${got%% *}" = "$want" ] || give_up 74 "what arrived has another SHA-256"
[ "$mode" = 600 ] || chmod "$mode" "$tmp" || exit 1   # as umask makes it
why=$(sync "$tmp" 2>&1) || case $why in *'No space left'*|*'quota exceeded'*) failed ;; *) sync ;; esac
mv -f "$tmp" "./$name" || exit 1
trap - EXIT
sync . 2>/dev/null || sync
)sh";

// $1 path, $2 most bytes. Through one descriptor, so that what was judged is what is read.
constexpr std::string_view read_script = R"sh(
PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C; export PATH LC_ALL
unset QUOTING_STYLE POSIXLY_CORRECT
give_up() { printf '%s\n' "$2" >&2; exit "$1"; }
[ ! -L "$1" ] || give_up 40 "it is a symbolic link"
if [ ! -e "$1" ]; then
  why=$(ls -d "$1" 2>&1)
  case $why in *'No such file'*|*'Not a directory'*) exit 2 ;; esac
  give_up 13 "$why"
fi
[ -f "$1" ] || give_up 40 "it is not a regular file"
[ -r "$1" ] || give_up 13 "no permission to read it"
head -c "$(($2 + 1))" <"$1"
)sh";

// `sh -c` with its arguments, in the words of whatever login shell the user has.
std::string call(std::string_view script, std::initializer_list<std::string_view> arguments) {
    std::string command = "exec /bin/sh -c " + shell_word(script) + " sh";
    for (const auto argument : arguments) command += ' ' + shell_word(argument);
    return command;
}

std::string first_line(std::string_view text) {
    return std::string(text.substr(0, text.find('\n')));
}

}  // namespace

Result<void> put_by_shell(Session& session, const std::string& path, std::string_view bytes, unsigned mode, Deadline deadline, std::stop_token stop) {
    const auto slash = path.rfind('/');
    if (!is_plain_path(path) || slash == 0) return fail(ErrorCode::invalid, fmt::format("\"{}\" is not a place for a file", path));
    const std::string script = std::string(own_folder_script) + std::string(put_script);
    const std::string command =
        call(script, {path.substr(0, slash), path.substr(slash + 1), base::sha256_hex(bytes), fmt::format("{:o}", mode & 0777)});
    TRY(auto output, session.run(command, bytes, deadline, std::move(stop)));
    const std::string why = first_line(output.err);
    switch (output.exit_code) {
        case 0: return {};
        case 13: return fail(ErrorCode::denied, fmt::format("could not put \"{}\": its folder is not ours alone", path), why);
        case 28: return fail(ErrorCode::exhausted, fmt::format("could not put \"{}\": the disk is full", path), why);
        case 74: return fail(ErrorCode::unreachable, fmt::format("could not put \"{}\": it was damaged on the way", path), why);
        default: return fail(ErrorCode::wrong_state, fmt::format("could not put \"{}\"", path), why);
    }
}

Result<std::string> read_by_shell(Session& session, const std::string& path, size_t max_bytes, Deadline deadline, std::stop_token stop) {
    if (!is_plain_path(path)) return fail(ErrorCode::invalid, fmt::format("\"{}\" is not an absolute path", path));
    if (max_bytes >= output_limit) return fail(ErrorCode::invalid, fmt::format("{} bytes are more than one read brings", max_bytes));
    TRY(auto output, session.run(call(read_script, {path, std::to_string(max_bytes)}), {}, deadline, std::move(stop)));
    const std::string why = first_line(output.err);
    switch (output.exit_code) {
        case 0: break;
        case 2: return fail(ErrorCode::not_found, fmt::format("there is no file \"{}\"", path));
        case 13: return fail(ErrorCode::denied, fmt::format("could not read \"{}\"", path), why);
        case 40: return fail(ErrorCode::unsupported, fmt::format("\"{}\" is not read", path), why);
        default: return fail(ErrorCode::wrong_state, fmt::format("could not read \"{}\"", path), why);
    }
    if (output.out.size() > max_bytes) return fail(ErrorCode::exhausted, fmt::format("\"{}\" is larger than {} bytes", path, max_bytes));
    return std::move(output.out);
}

}  // namespace douse::transport
