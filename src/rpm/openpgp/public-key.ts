import { createHash } from 'node:crypto';
import { messageOf } from '../../util/index.ts';
import { ByteReader } from '../bytes.ts';
import type { SignaturePacket } from '../types.ts';
import { algorithmOf, hashOf, type Verifier } from './algorithms.ts';
import { OPENPGP_CORRUPT } from './packets.ts';
import { unknownCritical } from './signature.ts';

/** What the numbers of a signature say, before any question of trust. */
export type Arithmetic =
  | { readonly result: 'ok' | 'bad' }
  | { readonly result: 'unverifiable'; readonly reason: string };

const unverifiable = (reason: string): Arithmetic => ({ result: 'unverifiable', reason });

/** A public key or subkey packet (RFC 9580 § 5.5.2). */
export class PublicKeyPacket {
  readonly version: number;
  readonly algorithm: number;
  readonly created: number;
  readonly fingerprint: string;
  readonly keyId: string;
  /** The key as it goes into hashes (RFC 9580 § 5.2.4). */
  readonly framed: Uint8Array;
  readonly #material: Uint8Array;
  #verifier: Verifier | { readonly reason: string } | undefined;

  /** Throws `RPM_OPENPGP_CORRUPT`. */
  constructor(body: Uint8Array) {
    const reader = new ByteReader(body, OPENPGP_CORRUPT, 'public key');
    this.version = reader.u8();
    if (this.version !== 4 && this.version !== 6) reader.fail(`key version ${this.version} is not 4 or 6`);
    this.created = reader.u32();
    this.algorithm = reader.u8();
    this.#material = this.version === 6 ? reader.take(reader.u32()) : reader.rest();
    const frame = Buffer.alloc(this.version === 6 ? 5 : 3);
    if (this.version === 6) {
      frame.writeUInt8(0x9b);
      frame.writeUInt32BE(body.length, 1);
    } else {
      if (body.length > 0xffff) reader.fail('it is longer than a version 4 key can be');
      frame.writeUInt8(0x99);
      frame.writeUInt16BE(body.length, 1);
    }
    this.framed = Buffer.concat([frame, body]);
    this.fingerprint = createHash(this.version === 6 ? 'sha256' : 'sha1')
      .update(this.framed)
      .digest('hex');
    // RFC 9580 § 5.5.4: the last 64 bits for version 4, the first for version 6.
    this.keyId = this.version === 6 ? this.fingerprint.slice(0, 16) : this.fingerprint.slice(-16);
  }

  /** The verifier, made on first use: most keys of a keyring never sign anything that is looked at. */
  #verify(): Verifier | { readonly reason: string } {
    const algorithm = algorithmOf(this.algorithm);
    if (algorithm === undefined) return { reason: `public-key algorithm ${this.algorithm} can't be verified here` };
    try {
      return algorithm.verifier(this.#material);
    } catch (error) {
      return { reason: `the ${algorithm.name} key can't be used: ${messageOf(error)}` };
    }
  }

  /** Whether this key made `packet` over `data` (in pieces). Never throws. */
  check(packet: SignaturePacket, data: readonly Uint8Array[]): Arithmetic {
    if (packet.version < 3 || packet.version === 5 || packet.version > 6) {
      return unverifiable(`signature version ${packet.version} can't be verified here`);
    }
    const hash = hashOf(packet.hash);
    if (hash === undefined) return unverifiable(`hash algorithm ${packet.hash} is not accepted`);
    const critical = unknownCritical(packet);
    if (critical.length > 0) return unverifiable(`it has critical subpackets of unknown type ${critical.join(', ')}`);
    this.#verifier ??= this.#verify();
    if (typeof this.#verifier !== 'function') return unverifiable(this.#verifier.reason);
    // A version 6 key makes only version 6 signatures, others never do (RFC 9580 § 5.2).
    const fits = packet.algorithm === this.algorithm && (packet.version === 6) === (this.version === 6);
    if (!fits || (packet.version === 6 && packet.salt.length !== hash.salt)) return { result: 'bad' };
    try {
      const ok = this.#verifier(hash.name, [packet.salt, ...data, packet.trailer], packet.material);
      return { result: ok ? 'ok' : 'bad' };
    } catch {
      // The signature's numbers end early or are none for this key: it is not this key's signature.
      return { result: 'bad' };
    }
  }
}
