import { SlipwayError } from '../../util/index.ts';
import { hex } from '../bytes.ts';
import type { RpmKeyring, RpmPublicKey, SignaturePacket } from '../types.ts';
import { type CertificateParts, evaluate } from './certificate.ts';
import { dearmor, PACKET, type Packet, readPackets } from './packets.ts';
import { PublicKeyPacket } from './public-key.ts';
import { parseSignature } from './signature.ts';

/** Collects packets into certificates; copies of one certificate from several files become one. */
class Collector {
  readonly certificates = new Map<string, CertificateParts>();
  #current: CertificateParts | undefined;
  #signatures: SignaturePacket[] | undefined;

  /** Begins a new block of packets: what follows belongs to no certificate yet. */
  begin(): void {
    this.#current = undefined;
    this.#signatures = undefined;
  }

  #certificate(): CertificateParts {
    if (this.#current === undefined) {
      throw new SlipwayError('RPM_KEY_CORRUPT', 'the key does not begin with a public key packet.');
    }
    return this.#current;
  }

  #primary(body: Uint8Array): void {
    const primary = new PublicKeyPacket(body);
    const known = this.certificates.get(primary.fingerprint);
    this.#current = known ?? { primary, direct: [], users: new Map(), subkeys: new Map() };
    this.certificates.set(primary.fingerprint, this.#current);
    this.#signatures = this.#current.direct;
  }

  #user(body: Buffer, attribute: boolean): void {
    const { users } = this.#certificate();
    const id = `${attribute ? 'attribute' : 'id'}:${hex(body)}`;
    const user = users.get(id) ?? { label: body.toString('utf8'), bytes: body, attribute, signatures: [] };
    users.set(id, user);
    this.#signatures = user.signatures;
  }

  #subkey(body: Uint8Array): void {
    const { subkeys } = this.#certificate();
    const key = new PublicKeyPacket(body);
    const known = subkeys.get(key.fingerprint) ?? { key, signatures: [] };
    subkeys.set(key.fingerprint, known);
    this.#signatures = known.signatures;
  }

  add({ tag, body }: Packet): void {
    switch (tag) {
      case PACKET.publicKey:
        this.#primary(body);
        return;
      case PACKET.userId:
        this.#user(body, false);
        return;
      case PACKET.userAttribute:
        this.#user(body, true);
        return;
      case PACKET.publicSubkey:
        this.#subkey(body);
        return;
      case PACKET.signature:
        this.#certificate();
        this.#signatures?.push(parseSignature(body));
        return;
      case PACKET.secretKey:
      case PACKET.secretSubkey:
        throw new SlipwayError('RPM_KEY_SECRET', 'this is a private key; a keyring takes public keys only.', {
          hint: 'Export the public key, and replace the private one if it was published.',
        });
      default:
      // Trust, marker and padding packets, and types of later years, say nothing about whether a key signs.
    }
  }
}

/** `RPM_KEY_…` that names which of the given files is at fault. */
function inFile<T>(index: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    const code = error.code.startsWith('RPM_KEY_') ? error.code : 'RPM_KEY_CORRUPT';
    throw new SlipwayError(code, error.message, {
      place: { field: [`key file ${index + 1}`, error.place.field].filter((part) => part !== undefined).join(', ') },
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error,
    });
  }
}

/**
 * Reads public keys, armored (several blocks a file) or binary, of OpenPGP version 4 and 6. All self-signatures, subkey
 * bindings and cross-certifications are verified here, once. Throws `RPM_KEY_CORRUPT` or `RPM_KEY_SECRET`, naming the file
 * by its place in the list.
 */
export function parseKeyring(armoredOrBinary: readonly (string | Uint8Array)[]): RpmKeyring {
  const collector = new Collector();
  for (const [index, input] of armoredOrBinary.entries()) {
    inFile(index, () => {
      for (const block of dearmor(input)) {
        collector.begin();
        for (const packet of readPackets(block)) collector.add(packet);
      }
    });
  }
  const certificates = [...collector.certificates.values()].map(evaluate);
  const byId = new Map<string, RpmPublicKey[]>();
  for (const certificate of certificates) {
    for (const key of [certificate.primary, ...certificate.subkeys]) {
      byId.set(key.keyId, [...(byId.get(key.keyId) ?? []), key]);
    }
  }
  return { certificates, withId: (keyId) => byId.get(keyId) ?? [] };
}
