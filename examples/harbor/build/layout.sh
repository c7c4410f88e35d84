# Sourced by build.sh: one OCI image layout (image-spec 1.1, "Image Layout") of all kept images.
#
# buildah and skopeo turn docker manifests into OCI ones on their way into an `oci:` layout. Here manifests must stay
# docker v2s2 byte for byte, so images leave buildah through a `dir:` folder and the layout is put together by hand.

# keep_image REFERENCE IMAGE: puts localhost/harbor/IMAGE into the layout as REFERENCE.
keep_image() {
  local reference=$1 folder=$WORK/push/${1//\//-} blobs=$WORK/layout/blobs/sha256 file digest
  mkdir -p "$blobs" "$WORK/push"
  quietly buildah_ push --format v2s2 --compression-format gzip --compression-level 9 --signature-policy "$WORK/policy.json" "localhost/harbor/$2" "dir:$folder"
  for file in "$folder"/*; do
    case ${file##*/} in
      version) ;;
      manifest.json) digest=$(sha256sum "$file" | cut -d' ' -f1) && cp "$file" "$blobs/$digest" ;;
      *) cp "$file" "$blobs/${file##*/}" ;;
    esac
  done
  printf '%s\t%s\t%s\n' "$reference" "$digest" "$(stat -c %s "$folder/manifest.json")" >>"$WORK/kept"
  rm -r "$folder"
}

# keep_again REFERENCE OTHER: gives the image kept as OTHER a second name.
keep_again() { awk -F'\t' -v OFS='\t' -v new="$1" -v old="$2" '$1 == old { print new, $2, $3 }' "$WORK/kept" >>"$WORK/again" && cat "$WORK/again" >>"$WORK/kept" && rm "$WORK/again"; }

# write_layout FOLDER: completes the layout and puts it in FOLDER's place.
write_layout() {
  local output=$1 reference digest size comma=''
  printf '{"imageLayoutVersion":"1.0.0"}' >"$WORK/layout/oci-layout"
  {
    printf '{\n  "schemaVersion": 2,\n  "mediaType": "application/vnd.oci.image.index.v1+json",\n  "manifests": ['
    while IFS=$'\t' read -r reference digest size; do
      printf '%s\n    { "mediaType": "application/vnd.docker.distribution.manifest.v2+json", "digest": "sha256:%s", "size": %s, "annotations": { "org.opencontainers.image.ref.name": "%s" } }' "$comma" "$digest" "$size" "$reference"
      comma=,
    done < <(sort "$WORK/kept")
    printf '\n  ]\n}\n'
  } >"$WORK/layout/index.json"
  rm -rf "$output.new"
  mkdir -p "$(dirname "$output")"
  cp -R "$WORK/layout" "$output.new"
  rm -rf "$output"
  mv "$output.new" "$output"
}
