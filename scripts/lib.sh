# What the scripts share: how they speak, how they become root, which node they use. Sourced from the checkout's top.
say() { printf '\033[1m==\033[0m %s\n' "$*" >&2; }
[ -t 2 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '== %s\n' "$*" >&2; }

can_be_root() { [ "$(id -u)" = 0 ] || { command -v sudo >/dev/null && sudo -n true 2>/dev/null; } || { [ -t 0 ] && command -v sudo >/dev/null && sudo -v 2>/dev/null; }; }
need_root() {
  can_be_root && return 0
  local why="neither root nor sudo is available; run it as root or install sudo"
  command -v sudo >/dev/null && why="sudo gives none here without a password that can be typed; run it as root or from a terminal"
  [ -t 0 ] && command -v sudo >/dev/null && why="sudo does not give it to this user; run it as root, or as a user who may use sudo"
  echo "$(basename "$0"): $1 needs root, and $why" >&2
  exit 3
}
as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo --preserve-env=CI,NO_COLOR "$@"; fi; }

use_node() {
  local dir
  for dir in "$PWD"/build/node/node_modules/node-linux-*/bin; do
    [ -x "$dir/node" ] && case ":$PATH:" in *":$dir:"*) ;; *) PATH="$dir:$PATH" ;; esac
  done
  export PATH
}
node_is_new_enough() {
  command -v node >/dev/null && node -e 'const [a,b]=process.versions.node.split(".").map(Number);process.exit((a===20&&b>=19)||(a===22&&b>=12)||a>22?0:1)'
}
