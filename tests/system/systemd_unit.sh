#!/usr/bin/env bash
# Fails when `systemd-analyze verify` has anything to say: an unknown key is only a warning there, with exit 0. And when the
# unit is open to more than it needs: 1.3, of which CAP_LEASE is 0.1.
set -eu
said=$("$1" verify --man=no "$2" 2>&1) || { printf '%s\n' "$said" "verify failed"; exit 1; }
[ -z "$said" ] || { printf '%s\n' "$said"; exit 1; }

"$1" security --offline=true --threshold=13 "$2" || { echo "the unit's exposure has grown"; exit 1; }

# The proof that it would be noticed.
broken=$(mktemp -d)
trap 'rm -rf "$broken"' EXIT
sed 's/^WatchdogSec=/WatchdogSecs=/' "$2" >"$broken/setclickd.service"
[ -n "$("$1" verify --man=no "$broken/setclickd.service" 2>&1)" ] || { echo "a wrong key went unnoticed"; exit 1; }
sed '/^ProtectSystem=/d' "$2" >"$broken/setclickd.service"
! "$1" security --offline=true --threshold=13 "$broken/setclickd.service" >/dev/null || { echo "a hole went unnoticed"; exit 1; }
