# Sourced by build.sh: RPM packages and repositories.
#
# A folder of packages/ is a vendor: vendor.conf says who, *.spec are packages with files that matter, and simple.tsv
# lists packages that only stand for themselves: right name, version and signature, one text file as content.

# simple_spec NAME EPOCH VERSION RELEASE ARCH LICENSE SUMMARY: prints the spec file of a simple package.
simple_spec() {
  local name=$1 epoch=$2 version=$3 release=$4 arch=$5 license=$6 summary=$7
  printf 'Name: %s\nVersion: %s\nRelease: %s\nLicense: %s\nSummary: %s\n' "$name" "$version" "$release" "$license" "$summary"
  [ "$epoch" = - ] || printf 'Epoch: %s\n' "$epoch"
  [ "$arch" != noarch ] || printf 'BuildArch: noarch\n'
  cat <<'SPEC'
%description
Part of the harbor example: stands for the package of this name and holds no code.
%install
mkdir -p %{buildroot}/usr/share/%{name}
echo '%{name} %{version}-%{release}: %{summary}' > %{buildroot}/usr/share/%{name}/ABOUT
%files
%dir /usr/share/%{name}
/usr/share/%{name}/ABOUT
SPEC
}

# build_packages VENDOR: builds and signs all packages of packages/VENDOR, makes the repository $WORK/repo/VENDOR.
build_packages() {
  local vendor=$1 source=$HERE/packages/$1 top=$WORK/rpmbuild/$1 repo=$WORK/repo/$1
  local VENDOR PACKAGER BUILD_HOST KEY
  . "$source/vendor.conf"
  mkdir -p "$top/SPECS" "$top/SOURCES" "$repo"
  cp "$source"/*.spec "$top/SPECS/"
  cp "$HERE"/keys/*-rpm.asc "$(command -v busybox)" /usr/share/doc/busybox-static/copyright "$top/SOURCES/"
  "$HERE/build/tool.sh" elf "$top/SOURCES/oc" 'text:Client Version: ' version $'text:\n'
  local name epoch version release arch license summary
  while IFS=$'\t' read -r name epoch version release arch license summary; do
    case $name in '' | '#'*) continue ;; esac
    simple_spec "$name" "$epoch" "$version" "$release" "$arch" "$license" "$summary" >"$top/SPECS/$name.spec"
  done <"$source/simple.tsv"

  # Debian's rpm would strip binaries, look for debug files and scan for dependencies; none of that is wanted here.
  quietly rpmbuild -bb --target x86_64 \
    --define "_topdir $top" --define "_rpmdir $repo" --define '_rpmfilename %%{NAME}-%%{VERSION}-%%{RELEASE}.%%{ARCH}.rpm' \
    --define "vendor $VENDOR" --define "packager $PACKAGER" --define "_buildhost $BUILD_HOST" \
    --define "busybox_version $(busybox_version)" \
    --define '__os_install_post %{nil}' --define 'debug_package %{nil}' --define '_build_id_links none' \
    --define '__find_requires %{nil}' --define '__find_provides %{nil}' --define '_use_internal_dependency_generator 0' \
    --define '_buildshell /bin/bash' --define '_binary_payload w9.gzdio' \
    --define 'use_source_date_epoch_as_buildtime 1' --define 'clamp_mtime_to_source_date_epoch 1' "$top"/SPECS/*.spec
  # A fixed signing time makes the signature, and with it the whole package, the same in every build.
  quietly rpmsign --addsign --define "_gpg_name $KEY" --define '__gpg /usr/bin/gpg' \
    --define "_gpg_path $GNUPGHOME" --define "_gpg_sign_cmd_extra_args --faked-system-time $SOURCE_DATE_EPOCH!" "$repo"/*.rpm
  quietly createrepo_c --revision "$SOURCE_DATE_EPOCH" --set-timestamp-to-revision "$repo"
  printf '[%s]\nname=%s\nbaseurl=file://%s\ngpgcheck=1\ngpgkey=file://%s/keys/%s-rpm.asc\n' "$vendor" "$VENDOR" "$repo" "$HERE" "$vendor" >"$WORK/repo/$vendor.repo"
}

busybox_version() { busybox 2>/dev/null | sed -n '1s/^BusyBox v\([0-9.]*\).*/\1/p'; }

# dnf_do VERB ROOT DBPATH REPOSITORY… -- PACKAGE…: `dnf install` or `dnf upgrade` in ROOT, with the RPM database (SQLite)
# at DBPATH.
dnf_do() {
  local verb=$1 root=$2 dbpath=$3 repositories=()
  shift 3
  while [ "$1" != -- ]; do repositories+=("--enablerepo=$1"); shift; done
  shift
  mkdir -p "$WORK/home" "$WORK/dnf/log" "$root"
  printf '%%_dbpath %s\n%%_db_backend sqlite\n' "$dbpath" >"$WORK/home/.rpmmacros"
  HOME=$WORK/home quietly dnf -y -q --installroot="$root" --releasever=9 --disableplugin='*' --disablerepo='*' "${repositories[@]}" \
    --setopt=reposdir="$WORK/repo" --setopt=cachedir="$WORK/dnf/cache" --setopt=logdir="$WORK/dnf/log" --setopt=persistdir="$WORK/dnf/persist" \
    --setopt=install_weak_deps=False --setopt=tsflags=nodocs "$verb" "$@"
  # Only what a clean installation leaves: no caches, locks, or write-ahead logs that are empty anyway. dnf takes the
  # folders above as paths inside the root.
  [ ! -s "$root$dbpath/rpmdb.sqlite-wal" ] || fail "the RPM database of $root was not closed cleanly"
  rm -rf "$root$dbpath"/rpmdb.sqlite-{wal,shm} "$root$dbpath/.rpm.lock" "$root/var/cache" "$root/var/log" "$root/var/lib/dnf" "$root$WORK"
}
