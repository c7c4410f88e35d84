#!/bin/sh
# Is the payload complete and consistent in itself? Looks at the files of the release image only.
. "$(dirname "$0")/lib/junit.sh"

references=$manifests/image-references
awk -f "$(dirname "$0")/lib/objects.awk" "$manifests"/*.yaml >"$scratch/objects"
# name<TAB>pull spec of every image; the engine writes one key a line, as oc does
awk -F'"' '/^ +"name": / { if ($4 ~ /[\/@]/) print tag "\t" $4; else tag = $4 }' "$references" >"$scratch/images"

version_agrees() {
  [ "$2" = "$RELEASE_VERSION" ] || echo "$1 says \"$2\", the release is $RELEASE_VERSION"
}
images_by_digest() {
  [ -s "$scratch/images" ] || echo 'image-references names no image'
  grep -vE '@sha256:[0-9a-f]{64}$' "$scratch/images" || :
}
images_sorted() { cut -f1 "$scratch/images" | sort -u | diff "$scratch/images.names" - || :; }
nothing_left_to_fill_in() {
  (cd "$manifests" && grep -nE '0\.0\.1-snapshot|placeholder\.url|quay\.io/openshift/origin-|:latest|\{\{|@RELEASE_KEY@' -- *.yaml) || :
}
images_are_known() {
  (cd "$manifests" && grep -noE '[^ "'\'']+@sha256:[0-9a-f]{64}' -- *.yaml) | while IFS=: read -r file line image; do
    cut -f2 "$scratch/images" | grep -qxF "$image" || echo "$file:$line: $image is not in image-references"
  done
}
operators_report() {
  awk -F'\t' '$5 == "Deployment" { deployed[$3] = $1 } $5 == "ClusterOperator" { reports[$3] = 1 }
    END { for (c in deployed) if (!(c in reports)) print deployed[c] ": " c " deploys something and has no ClusterOperator" }' "$scratch/objects"
}
operators_have_version() {
  awk -F'\t' '$5 == "ClusterOperator" { print $1 }' "$scratch/objects" | while read -r file; do
    grep -A1 -E '^ +- name: "?operator"?$' "$manifests/$file" | grep -qF "\"$RELEASE_VERSION\"" || echo "$file: status.versions has no operator $RELEASE_VERSION"
  done
}
objects_are_included() {
  for file in "$manifests"/*.yaml; do
    awk '/^---/ { if (!found) print FILENAME; found = 0 } /^    include\.release\.openshift\.io\// { found = 1 } END { if (!found) print FILENAME }' "$file"
  done | sed 's|.*/\(.*\)|\1: an object that no cluster profile includes|'
}
one_verification_configmap() {
  count=$(grep -l 'release.openshift.io/verification-config-map:' "$manifests"/*.yaml | wc -l)
  [ "$count" -eq 1 ] || echo "$count files say how releases are verified, instead of one"
}

cut -f1 "$scratch/images" >"$scratch/images.names"
check 'release-metadata has the version of the release' version_agrees release-metadata "$(sed -n 's/^  "version": "\(.*\)".*/\1/p' "$manifests/release-metadata")"
check 'image-references has the version of the release' version_agrees image-references "$(sed -n '/^  "metadata": {/,/^  }/s/^    "name": "\(.*\)".*/\1/p' "$references")"
check 'images are named by digest' images_by_digest
check 'images are sorted, none is there twice' images_sorted
check 'manifests have nothing left to fill in' nothing_left_to_fill_in
check 'manifests use images of the payload only' images_are_known
check 'every operator reports to the cluster' operators_report
check 'every operator reports the version of the release' operators_have_version
check 'every object is included by a cluster profile' objects_are_included
check 'one ConfigMap says how releases are verified' one_verification_configmap
finish
