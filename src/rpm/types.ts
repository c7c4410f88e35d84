/** The shapes this room hands out. Readers and checks are in their own files; this one holds no code. */

export type RpmdbFormat = 'sqlite' | 'bdb' | 'ndb';

/** One RPM header: an index once, tags decoded when asked for. Nothing it returns reaches outside the header's own bytes. */
export interface RpmHeader {
  /** The header as the database stores it: two BE32 lengths, index, data; no 8-byte magic. */
  readonly blob: Uint8Array;
  /** The part the signer signed (tag 63), or undefined for a header of RPM's oldest formats. */
  readonly region: RpmRegion | undefined;
  /**
   * Tags that describe the build (name, vendor, file digests, …) and yet come from outside of the signed region. Readers,
   * rpm's own too, see their values; no signer has signed them. Empty in every honest header, and where there is no region.
   */
  readonly unsignedClaims: readonly number[];
  has(tag: number): boolean;
  /** A string, or the first (C locale) text of a translated one; null when the tag is absent. */
  string(tag: number): string | null;
  /** All strings of an array; empty when the tag is absent. */
  strings(tag: number): readonly string[];
  /** The first number (INT8 to INT64); null when the tag is absent. */
  number(tag: number): number | null;
  /** All numbers; empty when the tag is absent. */
  numbers(tag: number): readonly number[];
  /** A binary value (not copied); null when the tag is absent. */
  bytes(tag: number): Uint8Array | null;
}

/** Extent of the immutable region inside the header. */
export interface RpmRegion {
  /** Entries of the index that belong to the region, the region's own entry included. */
  readonly entries: number;
  /** Bytes of data that belong to the region, its trailer included. */
  readonly dataLength: number;
}

/** A package of a database, or of an RPM file. Strings are what the header claims; only `verifyPackage` proves anything. */
export interface RpmPackage {
  readonly name: string;
  readonly epoch: number | null;
  readonly version: string;
  readonly release: string;
  /** null for `gpg-pubkey` rows. */
  readonly arch: string | null;
  /** As rpm's `%{NEVRA}`: `name-[epoch:]version-release[.arch]`. */
  readonly nevra: string;
  readonly vendor: string | null;
  readonly buildHost: string | null;
  /** Unix seconds. */
  readonly buildTime: number | null;
  readonly packager: string | null;
  readonly distribution: string | null;
  readonly sourceRpm: string | null;
  readonly license: string | null;
  readonly summary: string | null;
  readonly url: string | null;
  /** Bytes installed. */
  readonly size: number | null;
  /** Unix seconds. */
  readonly installTime: number | null;
  /** Unix seconds of the transaction: packages of one `dnf` run share it. */
  readonly installTid: number | null;
  readonly modularityLabel: string | null;
  /** Issuers that the signatures name, lower-case, 16 hex digits, in order of first appearance. */
  readonly keyIds: readonly string[];
  /** SHA-256 of the signed region (hex): the identity of this very build. The whole blob's when there is no region. */
  readonly headerSha256: string;
  /** The digests kept beside the header (tags 269, 273, 279) recomputed over the signed region. */
  readonly headerDigest: 'ok' | 'bad' | 'absent';
  readonly signatures: readonly RpmSignature[];
  readonly header: RpmHeader;
  /** Header and payload as they stand in an RPM file; undefined for an installed package, whose payload is gone. */
  readonly headerAndPayload: Uint8Array | undefined;
}

/** One signature found beside a header. */
export interface RpmSignature {
  /** 268 RSAHEADER, 267 DSAHEADER, 259 SIGPGP, 262 SIGGPG, 278 OPENPGP. */
  readonly tag: number;
  readonly covers: 'header' | 'header+payload';
  /** The packet, or undefined when it can't be read (`problem` says why). */
  readonly packet: SignaturePacket | undefined;
  readonly problem: string | undefined;
}

/** An OpenPGP signature packet (RFC 4880 § 5.2, RFC 9580 § 5.2), parsed but not believed. */
export interface SignaturePacket {
  readonly version: number;
  /** 0x00 for a signature over data. */
  readonly type: number;
  readonly algorithm: number;
  readonly hash: number;
  /** Unix seconds. */
  readonly created: number | null;
  /** Issuer's key id, lower-case hex; null when the packet names none. */
  readonly keyId: string | null;
  /** Issuer's fingerprint, lower-case hex, when the packet names it. */
  readonly fingerprint: string | null;
  readonly subpackets: readonly Subpacket[];
  /** Bytes that go into the hash before the signed data (v6 only). */
  readonly salt: Uint8Array;
  /** Bytes that go into the hash after the signed data. */
  readonly trailer: Uint8Array;
  /** The algorithm's own numbers, undecoded. */
  readonly material: Uint8Array;
}

export interface Subpacket {
  readonly type: number;
  readonly critical: boolean;
  /** In the signed part of the packet. */
  readonly hashed: boolean;
  readonly body: Uint8Array;
}

export interface RpmDatabase {
  readonly format: RpmdbFormat;
  readonly packages: readonly RpmPackage[];
  /** `gpg-pubkey` rows: imported keys, not packages. */
  readonly keys: readonly RpmPackage[];
  /** Set when a write-ahead log was given: frames it has, and how many count (are committed and check out). */
  readonly wal: { readonly frames: number; readonly applied: number } | undefined;
}

/** What a package's signatures are worth under a keyring. */
export interface RpmVerification {
  /**
   * - `ok`: a signature over the signed header checks out with a key of the keyring that may sign, and nothing contradicts it;
   * - `bad`: a signature, a header digest, or a replaced signed tag shows that the header is not what was signed;
   * - `no-key`: signed, but by no key of the keyring;
   * - `unverifiable`: key or signature of a kind that can't be judged (`checks` says why);
   * - `absent`: not signed.
   */
  readonly signature: 'ok' | 'bad' | 'no-key' | 'absent' | 'unverifiable';
  readonly by?: { readonly keyId: string; readonly fingerprint: string };
  /** One for each signature, in the order of `RpmPackage.signatures`. */
  readonly checks: readonly SignatureCheck[];
  /** Why the header itself is refused, when it is. */
  readonly reason?: string;
}

export interface SignatureCheck {
  readonly tag: number;
  readonly result: 'ok' | 'bad' | 'no-key' | 'unverifiable';
  readonly keyId: string | null;
  /** Fingerprint of the key that verified, or null. */
  readonly fingerprint: string | null;
  /** Names such as `RSA/SHA256`, as rpm prints them. */
  readonly algorithm: string;
  /** A sentence; empty for `ok`. */
  readonly reason: string;
}

/** Public keys to verify with. 64-bit ids collide, so an id gives every key that has it. */
export interface RpmKeyring {
  readonly certificates: readonly RpmCertificate[];
  withId(keyId: string): readonly RpmPublicKey[];
}

export interface RpmCertificate {
  readonly userIds: readonly string[];
  readonly primary: RpmPublicKey;
  readonly subkeys: readonly RpmPublicKey[];
}

export interface RpmPublicKey {
  readonly version: number;
  readonly algorithm: number;
  /** Lower-case, 16 hex digits. */
  readonly keyId: string;
  readonly fingerprint: string;
  /** Fingerprint of the certificate's primary key; its own for a primary key. */
  readonly primaryFingerprint: string;
  /** Unix seconds. */
  readonly created: number;
  /** Unix seconds, null: never. */
  readonly expires: number | null;
  readonly revoked: { readonly at: number; readonly reason: string; readonly hard: boolean } | null;
  /** false: no self-signature (with the signing subkey's cross-certification) proves that the key belongs to its certificate. */
  readonly bound: boolean;
  /** Whether its flags let it sign data. */
  readonly maySign: boolean;
  /**
   * Whether the numbers of `packet` are this key's over `data` (in pieces), whatever the key's standing. Never throws.
   * `unverifiable`: algorithm, hash or version that can't be judged here.
   */
  check(
    packet: SignaturePacket,
    data: readonly Uint8Array[],
  ): { readonly result: 'ok' | 'bad' } | { readonly result: 'unverifiable'; readonly reason: string };
}

/** A file a package owns, from its header. */
export interface PackagedFile {
  /** Absolute. */
  readonly path: string;
  /** Lower-case hex; empty for anything but regular files. */
  readonly digest: string;
  readonly digestAlgorithm: string;
  /** st_mode: type and permission bits. */
  readonly mode: number;
  /** RPMFILE_* bits: 0 config, 1 doc, 6 ghost, 7 license. */
  readonly flags: number;
  /** RPMVERIFY_* bits: where bit 0 is not set, the package says that the content may change. */
  readonly verifyFlags: number;
  /** 1 for a 32-bit ELF program or library, 2 for a 64-bit one, 0 for anything else. */
  readonly color: number;
  readonly size: number;
  /** Unix seconds. */
  readonly mtime: number;
  readonly user: string;
  readonly group: string;
  /** Target of a symbolic link, else empty. */
  readonly linkTo: string;
}

/** An RPM file, taken apart. */
export interface RpmFile {
  readonly lead: {
    readonly major: number;
    readonly minor: number;
    readonly type: 'binary' | 'source';
    readonly name: string;
  };
  readonly signatureHeader: RpmHeader;
  readonly header: RpmHeader;
  readonly package: RpmPackage;
  /** The payload's digests (5092 inside the signed header, legacy MD5 1004) recomputed. */
  readonly payloadDigest: 'ok' | 'bad' | 'absent';
}

/** The shape of `slipway audit rpmdb FILE --format json`: others script against it. */
export interface RpmdbReport {
  readonly format: RpmdbFormat;
  readonly packages: readonly RpmdbReportPackage[];
}

export interface RpmdbReportPackage {
  readonly name: string;
  readonly epoch: number | null;
  readonly version: string;
  readonly release: string;
  readonly arch: string | null;
  readonly vendor: string | null;
  readonly buildHost: string | null;
  readonly sourceRpm: string | null;
  readonly license: string | null;
  readonly keyIds: readonly string[];
  readonly headerDigest: 'ok' | 'bad' | 'absent';
  readonly signature: 'ok' | 'bad' | 'no-key' | 'absent';
}

/** A value of a SQLite table. */
export type SqlValue = null | number | string | Uint8Array;

/** Rows of a SQLite table: column, in lower case ► value. */
export type SqlTable = readonly Readonly<Record<string, SqlValue>>[];
