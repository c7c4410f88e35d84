#!/bin/sh
# Can everything be pulled? Asks the registry as a container runtime would: manifest by digest, then each blob.
. "$(dirname "$0")/lib/junit.sh"
: "${REGISTRY_URL:?}" "${SLIPWAY_NODE:?}"

# Prints one line an image: name, tab, what is wrong (or nothing).
"$SLIPWAY_NODE" "$(dirname "$0")/lib/pull.mjs" "$manifests/image-references" >"$scratch/pulled" || {
  echo 'the images could not be asked for; see the log' >"$scratch/problem"
  record 'registry answers' "$scratch/problem"
}
while IFS="$(printf '\t')" read -r name problem; do
  if [ -n "$problem" ]; then echo "$problem" >"$scratch/problem"; else : >"$scratch/problem"; fi
  record "$name can be pulled" "$scratch/problem"
done <"$scratch/pulled"
finish
