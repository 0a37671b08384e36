# Sourced by the commands in this folder: the root folder, tools of our own, a few small functions.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
# scripts/install puts newer tools than the distribution's here.
export PATH="$root/build/tools/bin:$PATH"
python=/usr/bin/python3
jobs=$(nproc)

fail() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# The commands' help is the comment at their head.
show_help() {
  sed -n '2,/^[^#]/{s/^# \{0,1\}//p}' "$0"
}

# quietly LOG COMMAND...: runs it with its output in LOG, and shows the end of it if it fails.
quietly() {
  local log=$1
  shift
  mkdir -p "$(dirname "$log")"
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 60 "$log" >&2
    fail "failed: $* (the whole output is in $log)"
  fi
}

# The folder that node-gyp takes for `nodedir`: it has include/node below it.
node_headers() {
  local prefix
  for prefix in "$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")" /usr /usr/local; do
    if [ -f "$prefix/include/node/node.h" ] && [ -f "$prefix/include/node/common.gypi" ]; then
      echo "$prefix"
      return
    fi
  done
}
