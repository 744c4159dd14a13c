#!/usr/bin/env bash
# Makes a Debian 12 root with systemd in it, once for each list of packages, and prints where it is.
#   root.sh NAME PACKAGE… [-- PACKAGE…]
# What stands after "--" is only downloaded: `apt install ./setclickd.deb` finds it without a network.
# The roots lie in $SETCLICK_WORLD_CACHE (~/.cache/setclickd-world) and may be removed at any time; nothing writes to them.
set -euo pipefail

name=$1
shift
installed=() later=()
into=installed
for word in "$@"; do
    if [ "$word" = -- ]; then into=later; continue; fi
    if [ $into = installed ]; then installed+=("$word"); else later+=("$word"); fi
done

cache=${SETCLICK_WORLD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/setclickd-world}
mkdir -p "$cache"
key=$({ cat "${BASH_SOURCE[0]}"; printf '%s\n' "$@"; } | sha256sum | cut -c1-12)
root=$cache/$name-$key
exec 9>"$cache/$name.lock"
flock 9
if [ ! -d "$root" ]; then
    part=$cache/$name.part
    rm -rf "$part"
    # The download goes on in the root itself, with the lists that mmdebstrap leaves there.
    mmdebstrap --quiet --mode=root --variant=minbase --skip=cleanup/apt,cleanup/machine-id \
        --include="$(IFS=,; printf '%s' "${installed[*]}")" \
        ${later:+--customize-hook="chroot \"\$1\" apt-get -y -qq --no-install-recommends --download-only install ${later[*]}"} \
        bookworm "$part" >&2
    mv "$part" "$root"
fi
# Those of lists that are no longer asked for go after a month.
touch "$root"
find "$cache" -mindepth 1 -maxdepth 1 -type d -name "$name-*" -mtime +30 -exec rm -rf {} +
printf '%s\n' "$root"
