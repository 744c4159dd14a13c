#!/usr/bin/env bash
# Fails when `systemd-analyze verify` has anything to say about one of the examples.
set -eu
said=$("$1" verify --man=no "$2"/* 2>&1) || { printf '%s\n' "$said" "verify failed"; exit 1; }
[ -z "$said" ] || { printf '%s\n' "$said"; exit 1; }
