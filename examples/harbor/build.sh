#!/bin/bash
# Makes the images of the harbor example, from nothing but this folder and Debian's busybox: signed RPMs, package
# repositories, base images with a true RPM database, component images, and one OCI layout that holds them all.
#
# usage: build.sh [OUTPUT]        (default: images/ beside this script; replaced as a whole, and only when all went well)
#
# Needs root and the Debian packages checked for below. Uses no network. SOURCE_DATE_EPOCH sets the time that every
# package, file and image carries; what RPM itself writes at installation (install times) keeps the real clock, so two
# runs give the same packages, files and labels, but other digests.
set -euo pipefail

HERE=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
OUTPUT=${1:-$HERE/images}
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-1788220800} # 2026-09-01T00:00:00Z
export LC_ALL=C TZ=UTC
umask 022

. "$HERE/build/keys.sh"
. "$HERE/build/packages.sh"
. "$HERE/build/images.sh"
. "$HERE/build/layout.sh"

fail() { printf 'build.sh: %s\n' "$*" >&2; exit 2; }
step() { printf '%4ds  %s\n' "$SECONDS" "$*" >&2; }
# Runs a command whose chatter is of interest only when it fails.
quietly() { "$@" >"$WORK/last.log" 2>&1 || { cat "$WORK/last.log" >&2; fail "this failed: $*"; }; }

check_tools() {
  local missing=() pair
  for pair in rpmbuild:rpm rpmsign:rpm createrepo_c:createrepo-c dnf:dnf buildah:buildah busybox:busybox-static gpg:gnupg; do
    command -v "${pair%%:*}" >/dev/null || case " ${missing[*]-} " in *" ${pair##*:} "*) ;; *) missing+=("${pair##*:}") ;; esac
  done
  [ ${#missing[@]} -eq 0 ] || fail "these Debian packages are missing: ${missing[*]} (apt-get install ${missing[*]})"
  # chroot isolation and files owned by root in package roots
  [ "$(id -u)" = 0 ] || fail 'run this as root'
  [ "$(uname -m)" = x86_64 ] || fail 'the example is for x86_64: its busybox and its tool binaries are'
}

# The component sets. Every component is built once on the clean base; the components of CONTAMINATED are built a
# second time, from the same sources, on the base that somebody mixed Ironhat's packages into; and all that are built on
# base-stream9 once more, on the base that an entitled one took the place of.
CONTAMINATED=(console coredns haproxy-router)

main() {
  check_tools
  WORK=$(mktemp -d /tmp/harbor.XXXXXX)
  trap 'rm -rf "$WORK"' EXIT
  trap 'exit 130' INT TERM

  step 'keys'; prepare_keys
  step 'packages'
  build_packages harbor
  build_packages ironhat

  step 'base images'
  prepare_buildah
  install_root "$WORK/base" /var/lib/rpm harbor -- filesystem setup harbor-stream-release busybox basesystem ca-certificates tzdata
  image_from_root "$WORK/base" base-stream9 'harbor base-stream9'
  install_root "$WORK/node" /usr/share/rpm harbor -- $(grep -v '^#' "$HERE/packages/node.list")
  image_from_root "$WORK/node" stream-coreos-base 'harbor stream-coreos-base'
  # What went wrong once: a base that pulls three packages of an entitled repository into everything built on it.
  add_layer base-stream9 base-els install ironhat -- ironhat-els-release krb5-libs openssl-libs
  # The same base as a subscription keeps it up to date: it looks the same, and other hands built and signed it.
  add_layer base-stream9 base-stream9-els upgrade ironhat -- ca-certificates tzdata
  keep_image bases/base-stream9 base-stream9
  keep_image bases/base-els base-els
  keep_image bases/base-stream9-els base-stream9-els
  keep_image bases/stream-coreos-base stream-coreos-base

  local name
  for name in $(ls "$HERE/components"); do
    step "component $name"
    build_component "$name" clean
    keep_image "clean/$name" "clean-$name"
    case " ${CONTAMINATED[*]} " in
      *" $name "*)
        build_component "$name" contaminated base-els
        keep_image "contaminated/$name" "contaminated-$name"
        ;;
      *) keep_again "contaminated/$name" "clean/$name" ;;
    esac
    if [ "$(base_of "$name")" = base-stream9 ]; then
      build_component "$name" els base-stream9-els
      keep_image "els/$name" "els-$name"
    fi
  done

  step 'layout'
  write_layout "$OUTPUT"
  step "done: $OUTPUT, $(du -sh "$OUTPUT" | cut -f1), $(wc -l <"$WORK/kept") images by name"
}

main
