#!/bin/sh
# Runs a command in a mount namespace of its own, where the libraries of unpacked packages lie over those of the machine: the
# programs that build and run images start others with an empty environment, so variables do not reach these.
# inside.sh FOLDER COMMAND ARGUMENT...
set -eu
packages=$1
shift
libraries=/usr/lib/$(uname -m)-linux-gnu
mount -t overlay -o "lowerdir=$packages$libraries:$libraries" overlay "$libraries"
# crun refuses a machine that has both versions of cgroups. It uses none here.
umount /sys/fs/cgroup/unified 2>/dev/null || true
exec "$@"
