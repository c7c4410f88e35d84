# Sourced by the jobs: runs checks and writes them down as JUnit XML in $ARTIFACT_DIR.
set -eu
export LC_ALL=C
: "${ARTIFACT_DIR:?}" "${PAYLOAD_DIR:?}" "${RELEASE_VERSION:?}" "${RELEASE_IMAGE_LATEST:?}"
manifests=$PAYLOAD_DIR/release-manifests

suite=$(basename "$0" .sh)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
: >"$scratch/cases"
tests=0
failures=0

escape() { tr -d '\000-\010\013\014\016-\037' | sed -e 's/&/\&amp;/g' -e 's/</\&lt;/g' -e 's/>/\&gt;/g' -e 's/"/\&quot;/g'; }

# record NAME FILE: takes in a test; it failed if FILE holds any words.
record() {
  tests=$((tests + 1))
  name=$(printf '%s' "$1" | escape)
  if [ -s "$2" ]; then
    failures=$((failures + 1))
    printf 'FAIL  %s\n' "$1"
    sed 's/^/      /' "$2"
    printf '  <testcase classname="%s" name="%s"><failure message="%s">%s</failure></testcase>\n' \
      "$suite" "$name" "$(head -n 1 "$2" | escape)" "$(escape <"$2")" >>"$scratch/cases"
  else
    printf 'ok    %s\n' "$1"
    printf '  <testcase classname="%s" name="%s"/>\n' "$suite" "$name" >>"$scratch/cases"
  fi
}

# check NAME COMMAND…: one test. The command prints what is wrong; nothing printed and exit code 0 is a pass.
check() {
  title=$1
  shift
  "$@" >"$scratch/output" 2>&1 || [ -s "$scratch/output" ] || echo "the check itself failed: $*" >"$scratch/output"
  record "$title" "$scratch/output"
}

# Writes the report; exits 1 when a test failed.
finish() {
  {
    printf '<?xml version="1.0" encoding="UTF-8"?>\n<testsuite name="%s" tests="%d" failures="%d" skipped="0">\n' "$suite" "$tests" "$failures"
    cat "$scratch/cases"
    printf '</testsuite>\n'
  } >"$ARTIFACT_DIR/junit_$suite.xml"
  printf '%d tests, %d failed\n' "$tests" "$failures"
  [ "$failures" -eq 0 ] || exit 1
  exit 0
}
