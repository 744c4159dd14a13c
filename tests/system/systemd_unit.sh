#!/usr/bin/env bash
# Fails when `systemd-analyze verify` has anything to say: an unknown key is only a warning there, with exit 0.
set -eu
said=$("$1" verify --man=no "$2" 2>&1) || { printf '%s\n' "$said" "verify failed"; exit 1; }
[ -z "$said" ] || { printf '%s\n' "$said"; exit 1; }

# The proof that it would be noticed.
broken=$(mktemp -d)
trap 'rm -rf "$broken"' EXIT
sed 's/^WatchdogSec=/WatchdogSecs=/' "$2" >"$broken/setclickd.service"
[ -n "$("$1" verify --man=no "$broken/setclickd.service" 2>&1)" ] || { echo "a wrong key went unnoticed"; exit 1; }
