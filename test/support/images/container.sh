#!/bin/sh
# Mounts the root of a container that `buildah from` has made, and
#   container.sh fill VOLUME...   gives new volumes the files that the image has there, as an engine does
#   container.sh run              runs the bundle with crun until its program ends
# BUILDAH and CRUN are the commands with their options, NAME is the name of the container, BUNDLE the folder of the bundle.
set -eu
root=$($BUILDAH mount "$NAME")
case $1 in
  fill)
    shift
    for volume in "$@"; do
      mkdir -p "$(dirname "$BUNDLE/volumes$volume")"
      cp -a "$root$volume" "$BUNDLE/volumes$volume"
    done
    $BUILDAH umount "$NAME" > /dev/null
    ;;
  run)
    mount --bind "$root" "$BUNDLE/rootfs"
    exec $CRUN run --bundle "$BUNDLE" --pid-file "$BUNDLE/pid" "$NAME"
    ;;
esac
