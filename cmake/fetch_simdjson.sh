#!/bin/sh
# Puts the source tree of the distribution's simdjson package into the folder $1.
# Works without root: apt keeps its lists of source packages in a folder of our own.
set -eu
target=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/lists/partial" "$work/cache/archives/partial" "$work/parts"

# The machine's own package sources, asked for source packages as well.
for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$file" ] && sed -n 's/^deb /deb-src /p' "$file" >>"$work/sources.list"
done
for file in /etc/apt/sources.list.d/*.sources; do
  [ -f "$file" ] && sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/parts/$(basename "$file")"
done

apt() {
  apt-get -q -o Dir::State::lists="$work/lists" -o Dir::Cache="$work/cache" \
    -o Dir::Etc::sourcelist="$work/sources.list" -o Dir::Etc::sourceparts="$work/parts" "$@"
}
touch "$work/sources.list"
cd "$work"
# Some other package source of the machine may have no source packages; only simdjson's matters.
apt update >"$work/log" 2>&1 || true
if ! apt source --download-only simdjson >>"$work/log" 2>&1; then
  cat "$work/log" >&2
  echo "fetch simdjson: the package sources offer no source package of simdjson; unpack a release" \
    "of simdjson 3.0 or newer and pass -DEDGEPACK_SIMDJSON_SOURCE=FOLDER to cmake" >&2
  exit 1
fi
mkdir -p "$target"
tar -xf simdjson_*.orig.tar.* --strip-components=1 -C "$target"
