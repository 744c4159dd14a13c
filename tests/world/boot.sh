#!/usr/bin/env bash
# Boots a Debian root under systemd-nspawn, runs one program in it as a service, and ends with it.
#   boot.sh [--beside DIR] ROOT TREE SHARE SECONDS PROGRAM [ARGUMENT…]
#   boot.sh --can                    whether this machine could: 0, or 77
# The root is the lower part of an overlay in memory: nothing is written to it. TREE is seen as /tree (read only), SHARE as
# /world: log and result of the program are left there; DIR as /beside (read only). The machine has no network but its own
# loopback.
# Ends with the program's exit code; 77: this machine cannot boot one, and why is on stderr; 124: not within SECONDS.
set -euo pipefail

cannot() {
    printf 'no machine can be booted here: %s\n' "$*" >&2
    exit 77
}

# --- in namespaces of its own: mounts, and what hides below them, end with this process -------------

inside() {
    local root=$1 tree=$2 share=$3 seconds=$4 work=$3/machine status=0 keep=()
    shift 4
    mkdir -p "$work"
    mount -t tmpfs -o size=4g,mode=0755 setclickd-world "$work" || cannot "a file system in memory is refused"
    mkdir "$work/upper" "$work/work" "$work/root"
    mount -t overlay -o "lowerdir=$root,upperdir=$work/upper,workdir=$work/work" setclickd-world "$work/root" ||
        cannot "an overlay is refused"

    # systemd in the root wants the one hierarchy of cgroups, whatever the machine has.
    if [ "$(stat -f -c %T /sys/fs/cgroup)" != cgroup2fs ]; then
        umount -R /sys/fs/cgroup 2>/dev/null || true
        mount -t cgroup2 cgroup2 /sys/fs/cgroup || cannot "cgroup2 is refused"
    fi
    if [ ! -d /run/systemd/system ]; then
        # Nobody gives it a scope: it is put into a group of its own, which is removed at the end.
        keep=(--keep-unit)
        mkdir -p "/sys/fs/cgroup/$machine"
        echo $$ >"/sys/fs/cgroup/$machine/cgroup.procs" || cannot "no cgroup can be made"
    fi

    local unit=$work/root/etc/systemd/system
    tr -d - </proc/sys/kernel/random/uuid >"$work/root/etc/machine-id"
    printf 'debian\n' >"$work/root/etc/hostname"
    printf '127.0.0.1 localhost debian\n' >"$work/root/etc/hosts"
    mkdir -p "$unit/multi-user.target.wants"
    cat >"$unit/world.service" <<END
[Unit]
Description=What is to be tried in this machine
After=basic.target dbus.service systemd-journald.service
[Service]
# As a person's shell has it: nothing of a service's restrictions, and a home.
Environment=HOME=/root LC_ALL=C.UTF-8 TERM=xterm PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
WorkingDirectory=/root
ExecStart=/bin/sh -c '"\$\$@"; echo \$\$? >/world/result' world $*
ExecStopPost=/bin/systemctl --force --force poweroff
StandardOutput=append:/world/log
StandardError=inherit
END
    ln -s ../world.service "$unit/multi-user.target.wants/world.service"
    # Those that wait for a network, or for what a container has not.
    for service in systemd-resolved systemd-timesyncd systemd-networkd-wait-online nmbd; do
        ln -sf /dev/null "$unit/$service.service"
    done

    SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1 timeout --foreground --kill-after=10 "$seconds" \
        systemd-nspawn --quiet --register=no "${keep[@]}" --boot --private-network --console=read-only \
        --machine="$machine" --directory="$work/root" --bind="$share:/world" --bind-ro="$tree:/tree" \
        ${beside:+--bind-ro="$beside:/beside"} </dev/null >"$share/console" 2>&1 || status=$?
    return $status
}

if [ "${1:-}" = --inside ]; then
    machine=$2 beside=$3
    shift 3
    inside "$@"
    exit 0
fi

[ "$(id -u)" = 0 ] || cannot "it needs root"
command -v systemd-nspawn >/dev/null || cannot "systemd-nspawn is missing (apt install systemd-container)"
unshare --mount true 2>/dev/null || cannot "this process may not make a mount namespace (a container without CAP_SYS_ADMIN?)"

if [ "${1:-}" = --can ]; then
    # shellcheck disable=SC2016  # it is the inner shell that looks
    unshare --mount --propagation private sh -c '
        mount -t tmpfs none /mnt && mkdir /mnt/a /mnt/b /mnt/c /mnt/d &&
            mount -t overlay -o lowerdir=/mnt/a,upperdir=/mnt/b,workdir=/mnt/c none /mnt/d &&
            { [ "$(stat -f -c %T /sys/fs/cgroup)" = cgroup2fs ] || mount -t cgroup2 none /mnt/a; }' 2>/dev/null ||
        cannot "this process may not mount what it needs (tmpfs, overlay, cgroup2)"
    exit 0
fi

beside=
if [ "${1:-}" = --beside ]; then
    beside=$2
    shift 2
fi
share=$3
machine=setclickd-world-$$
rm -f "$share/result"
status=0
unshare --mount --propagation private "${BASH_SOURCE[0]}" --inside "$machine" "$beside" "$@" || status=$?
rm -rf "$share/machine"
for group in "/sys/fs/cgroup/$machine" "/sys/fs/cgroup/unified/$machine"; do
    if [ -d "$group" ]; then find "$group" -depth -type d -exec rmdir {} +; fi
done
[ "$status" != 77 ] || exit 77
if [ -s "$share/result" ]; then exit "$(cat "$share/result")"; fi
[ "$status" = 124 ] || [ "$status" = 137 ] && exit 124
tail -n 20 "$share/console" >&2
cannot "systemd-nspawn ended with $status before anything ran in it"
