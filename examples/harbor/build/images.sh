# Sourced by build.sh: images, made by buildah in a storage of this run. Images are called localhost/harbor/NAME.

prepare_buildah() {
  printf '{"default":[{"type":"insecureAcceptAnything"}]}\n' >"$WORK/policy.json"
  printf 'unqualified-search-registries = []\n' >"$WORK/registries.conf"
  export CONTAINERS_REGISTRIES_CONF=$WORK/registries.conf
}

# vfs: slower than overlay with large images, but works on every file system and inside containers.
buildah_() { buildah --root "$WORK/storage" --runroot "$WORK/run" --storage-driver vfs --log-level error "$@"; }

# The release image is docker v2s2 with the base's layers copied verbatim, so every image here is docker v2s2 too.
bud() { quietly buildah_ bud --isolation chroot --format docker --timestamp "$SOURCE_DATE_EPOCH" --layers=false --pull-never --identity-label=false --signature-policy "$WORK/policy.json" "$@"; }

# install_root ROOT DBPATH REPOSITORY… -- PACKAGE…: a root file system of packages, ready to be a base image.
install_root() {
  local root=$1 dbpath=$2
  dnf_do install "$@"
  # rpm-ostree keeps the database in /usr and leaves a link where everybody looks for it.
  [ "$dbpath" = /var/lib/rpm ] || { rm -rf "$root/var/lib/rpm"; mkdir -p "$root/var/lib"; ln -s "../..$dbpath" "$root/var/lib/rpm"; }
}

# image_from_root ROOT NAME TITLE: a base image of one layer.
image_from_root() {
  local root=$1 name=$2 title=$3 context=$WORK/context/$2
  mkdir -p "$context"
  tar --sort=name --mtime="@$SOURCE_DATE_EPOCH" --numeric-owner --owner=0 --group=0 -C "$root" -cf "$context/root.tar" .
  printf 'FROM scratch\nADD root.tar /\nLABEL name="harbor/%s" version="4.21" io.k8s.display-name="%s" vendor="Harbor Stream Project"\nCMD ["/bin/sh"]\n' "$name" "$title" >"$context/Containerfile"
  bud -t "localhost/harbor/$name" "$context"
}

# add_layer FROM NAME VERB REPOSITORY… -- PACKAGE…: FROM plus one layer, as `RUN dnf VERB -y PACKAGE…` would make it.
add_layer() {
  local from=$1 name=$2 verb=$3 container root overlay=$HERE/build/overlays/$2
  shift 3
  container=$(buildah_ from --pull-never --signature-policy "$WORK/policy.json" "localhost/harbor/$from")
  root=$(buildah_ mount "$container")
  dnf_do "$verb" "$root" /var/lib/rpm "$@"
  # Files that a build system adds beside the packages, such as a content manifest.
  [ ! -d "$overlay" ] || cp -R "$overlay/." "$root/"
  while [ "$1" != -- ]; do shift; done
  shift
  quietly buildah_ config --created-by "RUN dnf $verb -y $*" --label "name=harbor/$name" --label "io.k8s.display-name=harbor $name" "$container"
  quietly buildah_ commit --format docker --timestamp "$SOURCE_DATE_EPOCH" --identity-label=false --signature-policy "$WORK/policy.json" --rm "$container" "localhost/harbor/$name"
}

# The repository a component is said to come from; its own name unless a file says otherwise.
repository_of() { cat "$HERE/components/$1/repository" 2>/dev/null || echo "$1"; }

# commit_of REPOSITORY: the stand-in for a commit, a sha1 over the sources of all components of the repository. It
# changes when they do.
commit_of() {
  local name
  for name in $(ls "$HERE/components"); do
    [ "$(repository_of "$name")" != "$1" ] || (cd "$HERE/components" && find "$name" -type f | sort | xargs sha1sum)
  done | sha1sum | cut -d' ' -f1
}

# make_tools NAME CONTEXT: the files of a component that are programs, not sources.
make_tools() {
  local tool=$HERE/build/tool.sh context=$2 share=$2/openshift os
  local oc=('text:Client Version: ' version $'text:\n')
  local install=('text:openshift-install ' version $'text:\nrelease image ' image $'text:\nrelease architecture ' arch $'text:\n')
  case $1 in
    installer) "$tool" elf "$context/openshift-install" "${install[@]}" ;;
    cli-artifacts)
      mkdir -p "$share"/{linux_amd64,linux_arm64,linux_ppc64le,mac,mac_arm64,windows}
      "$tool" elf "$share/linux_amd64/oc" "${oc[@]}"
      for os in linux_arm64 linux_ppc64le mac mac_arm64; do "$tool" script "$share/$os/oc" "${oc[@]}"; done
      "$tool" script "$share/windows/oc.exe" "${oc[@]}"
      ;;
    installer-artifacts)
      mkdir -p "$share"/{linux_amd64,linux_arm64,mac,mac_arm64}
      "$tool" elf "$share/linux_amd64/openshift-install" "${install[@]}"
      for os in linux_arm64 mac mac_arm64; do "$tool" script "$share/$os/openshift-install" "${install[@]}"; done
      ;;
    cloud-credential-operator) "$tool" elf "$context/ccoctl" $'text:ccoctl of the harbor example\n' ;;
  esac
}

# base_of NAME: the base that the Containerfile of components/NAME names.
base_of() { sed -n 's|^ARG BASE=localhost/harbor/||p' "$HERE/components/$1/Containerfile"; }

# build_component NAME SET [BASE]: components/NAME ► image SET-NAME. Where the folder has a file `packages`, these are
# installed first, in a layer of their own. The Containerfile names its base; BASE replaces it.
build_component() {
  local name=$1 set=$2 source=$HERE/components/$1 context=$WORK/context/$2-$1 base
  base=${3:-$(base_of "$name")}
  cp -R "$source" "$context"
  cp "$HERE/build/service" "$context/service"
  make_tools "$name" "$context"
  case $name in
    cluster-update-keys) publish_key "$context/manifests" ;;
    stream-coreos-extensions) mkdir "$context/extensions" && cp "$WORK"/repo/harbor/{kernel-devel,usbguard}-*.rpm "$context/extensions/" ;;
  esac
  if [ -f "$source/packages" ]; then
    add_layer "$base" "$set-$name-packages" install harbor -- $(cat "$source/packages")
    base=$set-$name-packages
  fi
  bud --build-arg "BASE=localhost/harbor/$base" --label "name=harbor/$name" \
    --label "io.openshift.build.commit.id=$(commit_of "$(repository_of "$name")")" --label io.openshift.build.commit.ref=release-4.21 \
    --label "io.openshift.build.source-location=https://github.com/harbor-example/$(repository_of "$name")" \
    -t "localhost/harbor/$set-$name" "$context"
}

# publish_key FOLDER: puts the public release key in the place that the manifests keep for it.
publish_key() {
  local file
  for file in "$1"/*.yaml; do
    sed -i -e "/@RELEASE_KEY@/{s/@RELEASE_KEY@.*//;r /dev/stdin
      d}" "$file" < <(sed 's/^./    &/' "$HERE/keys/harbor-release.asc")
  done
}
