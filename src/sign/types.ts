/** An OpenPGP secret key, ready to sign releases. The armored form is the storage format: one file, mode 0600. */
export interface SigningKey {
  /** Upper-case hex. */
  readonly fingerprint: string;
  readonly userId: string;
  /** Unix seconds. */
  readonly created: number;
  readonly algorithm: string;
  /** ASCII-armored secret key, not passphrase-protected: the caller stores it with mode 0600. */
  readonly armored: string;
  /** ASCII-armored public key. */
  readonly publicKey: string;
}

/** What the content of an atomic container signature says (payload format § 3.2). */
export interface AtomicSignature {
  /** Digest of the signed manifest, `sha256:…`. */
  readonly digest: string;
  /** `docker-reference`: the public pull spec, by tag. */
  readonly reference: string;
  readonly creator?: string;
  /** Unix seconds. */
  readonly timestamp?: number;
}

/** Whether a consumer takes the signature, and if not, its reasons. */
export interface Acceptance {
  readonly accepted: boolean;
  readonly reasons: readonly string[];
}

export interface VerifiedSignature extends AtomicSignature {
  /** Fingerprint of the (sub)key that signed, upper-case hex. */
  readonly fingerprint: string;
  /** Fingerprint of the primary key it belongs to. */
  readonly primaryFingerprint: string;
  readonly userId: string;
  /** Creation time in the OpenPGP signature, Unix seconds. */
  readonly signedAt: number;
  /** What is weak about it, though clients may take it; parts of sentences. */
  readonly warnings: readonly string[];
  /**
   * `cvo`: Cluster Version Operator and oc. `containers`: skopeo, podman, CRI-O with a `signedBy` policy. `ocMirror`:
   * oc-mirror 2, where it is the first signature of its store.
   */
  readonly accepts: { readonly cvo: Acceptance; readonly containers: Acceptance; readonly ocMirror: Acceptance };
}

/** A release-verification ConfigMap: every entry must be satisfied, each by any key of its ring. */
export interface VerificationConfig {
  readonly entries: readonly { readonly name: string; readonly keyring: string }[];
  readonly stores: readonly string[];
  /** Keys in the rings that a Cluster Version Operator does not load: it can not read them, or the one behind them. */
  readonly dropped: readonly { readonly name: string; readonly fingerprint: string }[];
  /** Data keys that are neither; the CVO only warns about them. */
  readonly ignored: readonly string[];
}

export interface StoredFile {
  /** Relative to the store's root, with forward slashes. */
  readonly path: string;
  readonly bytes: Uint8Array;
}
