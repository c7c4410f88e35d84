# Sourced by build.sh: the example's keys. They exist to be public: whoever trusts them trusts everybody.

# name of the key files | user id | bits | exported name of the public key
KEYS=(
  'harbor-rpm|Harbor Stream Project packages (test only) <packages@harbor.example.invalid>|2048'
  'ironhat-rpm|Ironhat, Inc. packages (test only) <security@ironhat.example.invalid>|2048'
  'harbor-release|Harbor releases (test only) <releases@harbor.example.invalid>|4096'
)

# Imports the kept keys into a keyring of this run. A missing key is made (RSA, v4: the only kind that RPM of EL 9, the
# Cluster Version Operator and podman all accept) and kept, so that the next build signs with the same one.
prepare_keys() {
  export GNUPGHOME=$WORK/gnupg
  mkdir -m 700 "$GNUPGHOME"
  local row name user bits secret public
  for row in "${KEYS[@]}"; do
    IFS='|' read -r name user bits <<<"$row"
    secret=$HERE/keys/test-only/$name.secret.asc
    public=$HERE/keys/$name.asc
    if [ ! -f "$secret" ]; then
      printf '%%no-protection\nKey-Type: RSA\nKey-Length: %s\nKey-Usage: sign\nName-Real: %s\nName-Email: %s\nExpire-Date: 0\nCreation-Date: 20260101T000000\n%%commit\n' \
        "$bits" "${user% <*}" "$(sed 's/.*<\(.*\)>/\1/' <<<"$user")" >"$WORK/key.conf"
      quietly gpg --batch --generate-key "$WORK/key.conf"
      gpg --batch --armor --export-secret-keys "=$user" >"$secret"
      gpg --batch --armor --export "=$user" >"$public"
    else
      quietly gpg --batch --import "$secret"
    fi
  done
  # Left running, an agent of this keyring would outlive the build.
  trap 'gpgconf --kill gpg-agent; rm -rf "$WORK"' EXIT
}
