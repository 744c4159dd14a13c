#!/usr/bin/env bash
# Gets Debian's Prometheus, once, and prints the folder of its two programs, prometheus and promtool. The package is only
# unpacked: no service, no user, nothing of it on the machine itself, and no right of root is wanted.
# It lies in $SETCLICK_TOOLS_CACHE (~/.cache/setclickd-tools) and may be removed at any time.
set -euo pipefail

cache=${SETCLICK_TOOLS_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/setclickd-tools}
root=$cache/prometheus
mkdir -p "$cache"
exec 9>"$cache/prometheus.lock"
flock 9
if [ ! -d "$root" ]; then
    part=$cache/prometheus.part
    rm -rf "$part"
    mkdir -p "$part/root"
    # A folder of root's own cannot be written by the user that apt downloads as; apt then does it itself, and warns.
    (cd "$part" && apt-get -q -o Acquire::Retries=3 -o APT::Sandbox::User=root download prometheus) >&2
    dpkg-deb -x "$part"/prometheus_*.deb "$part/root"
    "$part/root/usr/bin/promtool" --version >&2
    mv "$part/root" "$root"
    rm -rf "$part"
fi
printf '%s\n' "$root/usr/bin"
