// Makes OpenPGP keys, certificates and signatures for tests, from RFC 9580 and not from the parsers under test.
import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto';

/** Makes a signature's numbers over `data`. */
type Signer = (hash: string, data: Buffer) => Buffer;

export interface ForgedKey {
  readonly version: 4 | 6;
  readonly algorithm: number;
  readonly created: number;
  /** Body of the key packet. */
  readonly body: Buffer;
  readonly framed: Buffer;
  readonly fingerprint: string;
  readonly keyId: string;
  readonly signer: Signer;
}

const u16 = (value: number) => Buffer.of(value >> 8, value & 0xff);
const u32 = (value: number) => Buffer.from((value >>> 0).toString(16).padStart(8, '0'), 'hex');

function mpi(value: Buffer): Buffer {
  let start = 0;
  while (start < value.length && value[start] === 0) start++;
  const bytes = value.subarray(start);
  const bits = bytes.length === 0 ? 0 : bytes.length * 8 - Math.clz32(bytes[0] ?? 0) + 24;
  return Buffer.concat([u16(bits), bytes]);
}

const base64 = (text: string | undefined) => Buffer.from(text ?? '', 'base64url');
const halves = (pair: Buffer) =>
  Buffer.concat([mpi(pair.subarray(0, pair.length / 2)), mpi(pair.subarray(pair.length / 2))]);
const hashed = (hash: string, data: Buffer) => createHash(hash).update(data).digest();

interface Material {
  readonly algorithm: number;
  readonly material: Buffer;
  readonly signer: Signer;
}

const jwkOf = (key: KeyObject): JsonWebKey => key.export({ format: 'jwk' });
/** The raw key at the end of a SubjectPublicKeyInfo. */
const tail = (key: KeyObject, length: number) => key.export({ format: 'der', type: 'spki' }).subarray(-length);

/** The numbers p, q, g and y in the order they stand in a DSA key's DER. */
function derIntegers(der: Buffer): Buffer[] {
  const found: Buffer[] = [];
  for (let at = 0; at < der.length; ) {
    const tag = der[at];
    const short = der[at + 1] ?? 0;
    const extra = short > 0x80 ? short - 0x80 : 0;
    const length = extra > 0 ? der.readUIntBE(at + 2, extra) : short;
    at += 2 + extra;
    if (tag === 0x02) found.push(der.subarray(at, at + length));
    if (tag === 0x03) at += 1;
    else if (tag !== 0x30) at += length;
  }
  return found;
}

const OIDS = { 'P-256': '2a8648ce3d030107', 'P-384': '2b81040022', 'P-521': '2b81040023' } as const;

/** One maker a kind of key; all keys but the fixed one are new. */
export const KEY_KINDS = {
  rsa: (): Material => rsa(2048),
  rsa4096: (): Material => rsa(4096),
  dsa: (): Material => {
    const { publicKey, privateKey } = generateKeyPairSync('dsa', { modulusLength: 1024, divisorLength: 160 });
    const material = Buffer.concat(derIntegers(publicKey.export({ format: 'der', type: 'spki' })).map(mpi));
    const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
    return { algorithm: 17, material, signer: (hash, data) => halves(sign(hash, data, key)) };
  },
  ecdsa256: (): Material => ecdsa('P-256'),
  ecdsa384: (): Material => ecdsa('P-384'),
  ecdsa521: (): Material => ecdsa('P-521'),
  eddsaLegacy: (): Material => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    const oid = Buffer.from('2b06010401da470f01', 'hex');
    const point = Buffer.concat([Buffer.of(0x40), tail(publicKey, 32)]);
    const material = Buffer.concat([Buffer.of(oid.length), oid, mpi(point)]);
    return { algorithm: 22, material, signer: (hash, data) => halves(sign(null, hashed(hash, data), privateKey)) };
  },
  ed25519: (): Material => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    return {
      algorithm: 27,
      material: tail(publicKey, 32),
      signer: (hash, data) => sign(null, hashed(hash, data), privateKey),
    };
  },
  /** The same key each time: what is made with it is, too (RFC 8032 signatures). */
  ed25519Fixed: (): Material => {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.alloc(32, 7)]);
    const privateKey = createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    return {
      algorithm: 27,
      material: tail(createPublicKey(privateKey), 32),
      signer: (hash, data) => sign(null, hashed(hash, data), privateKey),
    };
  },
  ed448: (): Material => {
    const { publicKey, privateKey } = generateKeyPairSync('ed448');
    return {
      algorithm: 28,
      material: tail(publicKey, 57),
      signer: (hash, data) => sign(null, hashed(hash, data), privateKey),
    };
  },
  mlDsa65: (): Material => {
    const classic = generateKeyPairSync('ed25519');
    const lattice = generateKeyPairSync('ml-dsa-65');
    return {
      algorithm: 30,
      material: Buffer.concat([tail(classic.publicKey, 32), tail(lattice.publicKey, 1952)]),
      signer: (hash, data) =>
        Buffer.concat([classic, lattice].map(({ privateKey }) => sign(null, hashed(hash, data), privateKey))),
    };
  },
} as const;

function rsa(modulusLength: number): Material {
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength });
  const { n, e } = jwkOf(publicKey);
  const material = Buffer.concat([mpi(base64(n)), mpi(base64(e))]);
  return { algorithm: 1, material, signer: (hash, data) => mpi(sign(hash, data, privateKey)) };
}

function ecdsa(curve: keyof typeof OIDS): Material {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: curve });
  const { x, y } = jwkOf(publicKey);
  const oid = Buffer.from(OIDS[curve], 'hex');
  const point = Buffer.concat([Buffer.of(4), base64(x), base64(y)]);
  const key = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  return {
    algorithm: 19,
    material: Buffer.concat([Buffer.of(oid.length), oid, mpi(point)]),
    signer: (hash, data) => halves(sign(hash, data, key)),
  };
}

export interface ForgeKeyOptions {
  readonly version?: 4 | 6;
  readonly created?: number;
  /** Public-key algorithm number to claim instead of the true one. */
  readonly algorithm?: number;
}

/** Time at which forged keys are made and sign, unless told otherwise. */
export const FORGED_AT = 1_600_000_000;

export function forgeKey(kind: keyof typeof KEY_KINDS, options: ForgeKeyOptions = {}): ForgedKey {
  const { version = 4, created = FORGED_AT } = options;
  const made = KEY_KINDS[kind]();
  const algorithm = options.algorithm ?? made.algorithm;
  const length = version === 6 ? u32(made.material.length) : Buffer.of();
  const body = Buffer.concat([Buffer.of(version), u32(created), Buffer.of(algorithm), length, made.material]);
  const framed = Buffer.concat(
    version === 6 ? [Buffer.of(0x9b), u32(body.length), body] : [Buffer.of(0x99), u16(body.length), body],
  );
  const fingerprint = hashed(version === 6 ? 'sha256' : 'sha1', framed).toString('hex');
  const keyId = version === 6 ? fingerprint.slice(0, 16) : fingerprint.slice(-16);
  return { version, algorithm, created, body, framed, fingerprint, keyId, signer: made.signer };
}

export interface ForgeSignatureOptions {
  readonly type?: number;
  readonly at?: number;
  readonly version?: 3 | 4 | 6;
  readonly hash?: keyof typeof HASH_IDS;
  /** Extra subpackets, signed: [type, body]. A type with bit 7 is critical. */
  readonly hashed?: readonly (readonly [number, Uint8Array])[];
  readonly unhashed?: readonly (readonly [number, Uint8Array])[];
  /** Key id to claim instead of the signer's, without a fingerprint. */
  readonly claim?: string;
}

const HASH_IDS = { md5: 1, sha1: 2, sha256: 8, sha384: 9, sha512: 10, sha224: 11 } as const;
const SALTS: Readonly<Record<string, number>> = { sha256: 16, sha384: 24, sha512: 32, sha224: 16 };

function subpackets(list: readonly (readonly [number, Uint8Array])[]): Buffer {
  return Buffer.concat(
    list.map(([type, body]) => Buffer.concat([Buffer.of(0xff), u32(body.length + 1), Buffer.of(type), body])),
  );
}

/** A packet in new framing with a four-byte length. */
export function packet(tag: number, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.of(0xc0 | tag, 0xff), u32(body.length), body]);
}

/** Body of a signature packet over `data`. */
function forgeSignatureBody(key: ForgedKey, data: readonly Uint8Array[], options: ForgeSignatureOptions = {}): Buffer {
  const { type = 0, at = FORGED_AT + 1000, version = key.version, hash = 'sha256', claim } = options;
  const algorithms = Buffer.of(key.algorithm, HASH_IDS[hash]);
  if (version === 3) {
    const trailer = Buffer.concat([Buffer.of(type), u32(at)]);
    const value = key.signer(hash, Buffer.concat([...data, trailer]));
    const id = Buffer.from(claim ?? key.keyId, 'hex');
    return Buffer.concat([Buffer.of(3, 5), trailer, id, algorithms, Buffer.of(0, 0), value]);
  }
  const length = version === 6 ? u32 : u16;
  const fingerprint = Buffer.concat([Buffer.of(version), Buffer.from(key.fingerprint, 'hex')]);
  const issuer: readonly [number, Uint8Array] =
    claim === undefined ? [33, fingerprint] : [16, Buffer.from(claim, 'hex')];
  const signed = subpackets([[2, u32(at)], issuer, ...(options.hashed ?? [])]);
  const head = Buffer.concat([Buffer.of(version, type), algorithms, length(signed.length), signed]);
  const salt = version === 6 ? Buffer.alloc(SALTS[hash] ?? 0, 7) : Buffer.of();
  const trailer = Buffer.concat([head, Buffer.of(version, 0xff), u32(head.length)]);
  const value = key.signer(hash, Buffer.concat([salt, ...data, trailer]));
  const open = subpackets(options.unhashed ?? []);
  const saltField = version === 6 ? Buffer.concat([Buffer.of(salt.length), salt]) : salt;
  return Buffer.concat([head, length(open.length), open, Buffer.of(0, 0), saltField, value]);
}

/** A whole signature packet over `data`. */
export function forgeSignature(
  key: ForgedKey,
  data: readonly Uint8Array[],
  options: ForgeSignatureOptions = {},
): Buffer {
  return packet(2, forgeSignatureBody(key, data, options));
}

const flags = (bits: number): readonly [number, Uint8Array] => [27, Buffer.of(bits)];
const expires = (seconds: number | undefined): (readonly [number, Uint8Array])[] =>
  seconds === undefined ? [] : [[9, u32(seconds)]];

interface ForgeSubkeyOptions {
  readonly flags?: number;
  readonly expires?: number;
  /** Signer of the binding, if not the primary key. */
  readonly boundBy?: ForgedKey;
  /** Signer of the cross-certification, if not the subkey; null for none. */
  readonly crossBy?: ForgedKey | null;
  /** Leaves the binding signature out. */
  readonly unbound?: boolean;
  readonly revoked?: { readonly at: number; readonly reason: number };
}

export interface ForgeCertificateOptions {
  readonly flags?: number;
  readonly expires?: number;
  readonly selfSigned?: boolean;
  readonly revoked?: { readonly at: number; readonly reason: number };
  readonly subkeys?: readonly (readonly [ForgedKey, ForgeSubkeyOptions])[];
}

const reason = (code: number): readonly [number, Uint8Array] => [
  29,
  Buffer.concat([Buffer.of(code), Buffer.from('told so')]),
];

function forgeSubkey(primary: ForgedKey, key: ForgedKey, options: ForgeSubkeyOptions): Buffer[] {
  const data = [primary.framed, key.framed];
  const crossBy = options.crossBy === undefined ? key : options.crossBy;
  const cross: (readonly [number, Uint8Array])[] =
    crossBy === null ? [] : [[32, forgeSignatureBody(crossBy, data, { type: 0x19 })]];
  const hashed = [flags(options.flags ?? 0x02), ...expires(options.expires), ...cross];
  return [
    packet(14, key.body),
    ...(options.unbound === true ? [] : [forgeSignature(options.boundBy ?? primary, data, { type: 0x18, hashed })]),
    ...(options.revoked === undefined
      ? []
      : [
          forgeSignature(primary, data, {
            type: 0x28,
            at: options.revoked.at,
            hashed: [reason(options.revoked.reason)],
          }),
        ]),
  ];
}

/** A transferable public key, binary. */
export function forgeCertificate(primary: ForgedKey, options: ForgeCertificateOptions = {}): Buffer {
  const user = Buffer.from('Forger <forger@example.invalid>');
  const framedUser = Buffer.concat([Buffer.of(0xb4), u32(user.length), user]);
  const hashed = [flags(options.flags ?? 0x03), ...expires(options.expires)];
  return Buffer.concat([
    packet(6, primary.body),
    ...(options.revoked === undefined
      ? []
      : [
          forgeSignature(primary, [primary.framed], {
            type: 0x20,
            at: options.revoked.at,
            hashed: [reason(options.revoked.reason)],
          }),
        ]),
    packet(13, user),
    ...(options.selfSigned === false
      ? []
      : [forgeSignature(primary, [primary.framed, framedUser], { type: 0x13, hashed })]),
    ...(options.subkeys ?? []).flatMap(([key, subkey]) => forgeSubkey(primary, key, subkey)),
  ]);
}

/** ASCII armor, without a checksum (RFC 9580 § 6.1 no longer asks for one). */
export function armor(bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return ['-----BEGIN PGP PUBLIC KEY BLOCK-----', '', ...lines, '-----END PGP PUBLIC KEY BLOCK-----', ''].join('\n');
}
