import { createHash } from 'node:crypto';
import { SlipwayError } from '../util/index.ts';
import { signedBytes } from './header/header.ts';
import { FILE_SIGNATURE_TAG, TAG } from './header/tags.ts';
import { readSignature } from './openpgp/signature.ts';
import type { RpmHeader, RpmPackage, RpmSignature } from './types.ts';

/** Where a package's digests and signatures are: in its own header once installed, in a header of their own in a file. */
export interface SignatureStore {
  readonly header: RpmHeader;
  readonly tags: { readonly pgp: number; readonly gpg: number };
}

const INSTALLED_TAGS = { pgp: TAG.sigPgp, gpg: TAG.sigGpg } as const;
export const FILE_TAGS = { pgp: FILE_SIGNATURE_TAG.pgp, gpg: FILE_SIGNATURE_TAG.gpg } as const;

const HEADER_DIGESTS = [
  { tag: TAG.sha256Header, hash: 'sha256' },
  { tag: TAG.sha1Header, hash: 'sha1' },
  { tag: TAG.sha3Header, hash: 'sha3-256' },
] as const;

function digest(hash: string, parts: readonly Uint8Array[]): string {
  const state = createHash(hash);
  for (const part of parts) state.update(part);
  return state.digest('hex');
}

function signature(tag: number, covers: RpmSignature['covers'], read: () => Uint8Array): RpmSignature {
  try {
    return { tag, covers, packet: readSignature(read()), problem: undefined };
  } catch (error) {
    // What can't be read can't vouch for anything: kept, and judged bad, not dropped.
    if (!(error instanceof SlipwayError)) throw error;
    return { tag, covers, packet: undefined, problem: error.message };
  }
}

/** Strict base64, as tag 278 has it: Node's own decoder skips what it doesn't know. */
function base64(text: string): Uint8Array {
  if (/^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(text)) return Buffer.from(text, 'base64');
  throw new SlipwayError('RPM_OPENPGP_CORRUPT', 'the signature is not base64.');
}

/** All signatures, those over the header alone first: they are what an installed package can still prove. */
function signatures({ header, tags }: SignatureStore): RpmSignature[] {
  const binary = (tag: number, as: number, covers: RpmSignature['covers']) =>
    header.has(tag) ? [signature(as, covers, () => header.bytes(tag) ?? new Uint8Array())] : [];
  let modern: readonly string[] = [];
  let unreadable: RpmSignature[] = [];
  try {
    modern = header.strings(TAG.openpgp);
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    unreadable = [{ tag: TAG.openpgp, covers: 'header', packet: undefined, problem: error.message }];
  }
  return [
    ...modern.map((text) => signature(TAG.openpgp, 'header', () => base64(text))),
    ...unreadable,
    ...binary(TAG.rsaHeader, TAG.rsaHeader, 'header'),
    ...binary(TAG.dsaHeader, TAG.dsaHeader, 'header'),
    ...binary(tags.pgp, TAG.sigPgp, 'header+payload'),
    ...binary(tags.gpg, TAG.sigGpg, 'header+payload'),
  ];
}

/** Plain fields are decoded at once, so that a header that lies fails where it is read; digests and signatures on demand. */
class HeaderPackage implements RpmPackage {
  readonly name: string;
  readonly epoch: number | null;
  readonly version: string;
  readonly release: string;
  readonly arch: string | null;
  readonly vendor: string | null;
  readonly buildHost: string | null;
  readonly buildTime: number | null;
  readonly packager: string | null;
  readonly distribution: string | null;
  readonly sourceRpm: string | null;
  readonly license: string | null;
  readonly summary: string | null;
  readonly url: string | null;
  readonly size: number | null;
  readonly installTime: number | null;
  readonly installTid: number | null;
  readonly modularityLabel: string | null;
  readonly header: RpmHeader;
  readonly headerAndPayload: Uint8Array | undefined;
  readonly #store: SignatureStore;
  #signatures: readonly RpmSignature[] | undefined;
  #headerSha256: string | undefined;
  #headerDigest: RpmPackage['headerDigest'] | undefined;

  constructor(header: RpmHeader, place: string, store: SignatureStore, headerAndPayload: Uint8Array | undefined) {
    const required = (tag: number, what: string): string => {
      const value = header.string(tag);
      if (value !== null && value !== '') return value;
      throw new SlipwayError('RPM_HEADER_CORRUPT', `the package header has no ${what}.`, { place: { field: place } });
    };
    this.header = header;
    this.#store = store;
    this.headerAndPayload = headerAndPayload;
    this.name = required(TAG.name, 'name');
    this.version = required(TAG.version, 'version');
    this.release = required(TAG.release, 'release');
    this.epoch = header.number(TAG.epoch);
    this.arch = header.string(TAG.arch);
    this.vendor = header.string(TAG.vendor);
    this.buildHost = header.string(TAG.buildHost);
    this.buildTime = header.number(TAG.buildTime);
    this.packager = header.string(TAG.packager);
    this.distribution = header.string(TAG.distribution);
    this.sourceRpm = header.string(TAG.sourceRpm);
    this.license = header.string(TAG.license);
    this.summary = header.string(TAG.summary);
    this.url = header.string(TAG.url);
    this.size = header.number(TAG.longSize) ?? header.number(TAG.size);
    this.installTime = header.number(TAG.installTime);
    this.installTid = header.number(TAG.installTid);
    this.modularityLabel = header.string(TAG.modularityLabel);
  }

  get nevra(): string {
    const epoch = this.epoch === null ? '' : `${this.epoch}:`;
    const arch = this.arch === null ? '' : `.${this.arch}`;
    return `${this.name}-${epoch}${this.version}-${this.release}${arch}`;
  }

  get signatures(): readonly RpmSignature[] {
    this.#signatures ??= signatures(this.#store);
    return this.#signatures;
  }

  get keyIds(): readonly string[] {
    const ids = this.signatures.map(({ packet }) => packet?.keyId).filter((id) => typeof id === 'string');
    return [...new Set(ids)];
  }

  get headerSha256(): string {
    this.#headerSha256 ??= digest('sha256', signedBytes(this.header) ?? [this.header.blob]);
    return this.#headerSha256;
  }

  get headerDigest(): RpmPackage['headerDigest'] {
    this.#headerDigest ??= this.#compareDigests();
    return this.#headerDigest;
  }

  #compareDigests(): RpmPackage['headerDigest'] {
    const present = HEADER_DIGESTS.filter(({ tag }) => this.#store.header.has(tag));
    if (present.length === 0) return 'absent';
    const signed = signedBytes(this.header);
    // A digest over a region that is no longer there contradicts the header as much as a wrong one.
    if (signed === undefined) return 'bad';
    const fits = present.every(({ tag, hash }) => {
      const recomputed = hash === 'sha256' ? this.headerSha256 : digest(hash, signed);
      return recomputed === claimedDigest(this.#store.header, tag);
    });
    return fits ? 'ok' : 'bad';
  }
}

/** What the header claims; undefined when the tag is there but no readable text, which then fits nothing. */
function claimedDigest(header: RpmHeader, tag: number): string | undefined {
  try {
    return header.string(tag)?.toLowerCase();
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return undefined;
  }
}

/** A package of a database. Throws `RPM_HEADER_CORRUPT` when it has no name, version or release. */
export function installedPackage(header: RpmHeader, place: string): RpmPackage {
  return new HeaderPackage(header, place, { header, tags: INSTALLED_TAGS }, undefined);
}

/** A package of a file, with its signatures in `store` and the bytes that whole-package signatures cover. */
export function filedPackage(
  header: RpmHeader,
  store: SignatureStore,
  headerAndPayload: Uint8Array | undefined,
): RpmPackage {
  return new HeaderPackage(header, 'main header', store, headerAndPayload);
}
