import { type Static, Type } from 'typebox';
import { Nullable } from '../../util/index.ts';

export const Text = Nullable(Type.String());
export const Whole = Nullable(Type.Integer());

/** What became of one signature packet under the keyring. */
const SignatureFacts = Type.Object({
  /** 268 RSAHEADER, 267 DSAHEADER, 259 SIGPGP, 262 SIGGPG, 278 OPENPGP. */
  tag: Type.Integer(),
  result: Type.Union([Type.Literal('ok'), Type.Literal('bad'), Type.Literal('no-key'), Type.Literal('unverifiable')]),
  /** Issuer that the packet names, 16 hex digits. */
  keyId: Text,
  /** Fingerprint of the key that verified. */
  fingerprint: Text,
  /** `RSA/SHA256`, as rpm prints it. */
  algorithm: Type.String(),
  /** Why it is not `ok`; empty when it is. */
  reason: Type.String(),
});
export type SignatureFacts = Static<typeof SignatureFacts>;

/** One installed package, as one copy of an RPM database has it. */
export const PackageFacts = Type.Object({
  name: Type.String(),
  epoch: Whole,
  version: Type.String(),
  release: Type.String(),
  arch: Text,
  nevra: Type.String(),
  vendor: Text,
  packager: Text,
  buildHost: Text,
  /** Unix seconds. */
  buildTime: Whole,
  sourceRpm: Text,
  license: Text,
  /** Unix seconds of the transaction that installed it: equal for packages of one `dnf install`. */
  installTid: Whole,
  /** Key ids that its signature packets name, 16 hex digits each. */
  keyIds: Type.Array(Type.String()),
  /** Does the header still have the digest that its builder wrote beside it? */
  headerDigest: Type.Union([Type.Literal('ok'), Type.Literal('bad'), Type.Literal('absent')]),
  signature: Type.Union([
    Type.Literal('ok'),
    Type.Literal('bad'),
    Type.Literal('no-key'),
    Type.Literal('absent'),
    Type.Literal('unverifiable'),
  ]),
  /** Whose signature verified, when `signature` is `ok`. */
  signedBy: Type.Union([Type.Object({ keyId: Type.String(), fingerprint: Type.String() }), Type.Null()]),
  /** Every signature of the header by itself, those over the header alone first. */
  signatures: Type.Array(SignatureFacts),
  /** Tags that describe the build and yet stand outside of the signed part of the header; none in an honest one. */
  unsignedClaims: Type.Array(Type.Integer()),
  /** sha256 (hex) of the signed header: identifies this very build in every database that holds it. */
  header: Type.String(),
});
export type PackageFacts = Static<typeof PackageFacts>;

/** A public key that was imported into an RPM database (a `gpg-pubkey` row): whom its owner wanted to trust. */
const ImportedKey = Type.Object({
  /** `gpg-pubkey-<low half of the key id>-<time it was made>`. */
  nevra: Type.String(),
  /** As the row's summary names them. */
  owner: Text,
  /** Of the key in the row's text; null when there is none that can be read. */
  fingerprint: Text,
});
export type ImportedKey = Static<typeof ImportedKey>;

/** One copy of an RPM database in a layer. */
export const RpmdbFacts = Type.Object({
  path: Type.String(),
  /** Other paths of the same file: hard links, as in ostree's encapsulated images. */
  links: Type.Array(Type.String()),
  /** False for a database under a name where rpm would not look for one: only its content gave it away. */
  named: Type.Boolean(),
  format: Type.Union([Type.Literal('sqlite'), Type.Literal('bdb'), Type.Literal('ndb')]),
  /** sha256 (hex) of the main file. */
  sha256: Type.String(),
  packages: Type.Array(PackageFacts),
  keys: Type.Array(ImportedKey),
  /** NEVRAs that only the write-ahead log beside the file adds (+) or removes (-). */
  logChanges: Type.Array(Type.String()),
  /** Path of a rollback journal beside the file that was never played back: SQLite would undo changes of the file. */
  journal: Text,
});
export type RpmdbFacts = Static<typeof RpmdbFacts>;
