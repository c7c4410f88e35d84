import { SlipwayError } from '../../util/index.ts';
import { inflate, type Packet, Reader, readPackets, TAG } from './packets.ts';
import { hex, parseSignature, SIGNATURE_TYPE, type SignaturePacket } from './signature-packet.ts';

/** A signed message taken apart: the signature packet covers `content` and nothing else. */
export interface InlineMessage {
  readonly content: Uint8Array;
  readonly signature: SignaturePacket;
  readonly literal: { readonly mode: string; readonly name: string; readonly date: number };
}

function notInline(what: string): SlipwayError {
  return new SlipwayError(
    'SIGN_NOT_INLINE',
    `the signature is ${what}; clusters read binary inline-signed messages only.`,
    {
      hint: 'Sign with "gpg --sign" (without --armor, --detach-sign, --clear-sign).',
      exitCode: 1,
    },
  );
}

/** Nothing but the issuer's id may stand where the signature does not reach; gpg and Go write it there. */
const ALLOWED_UNSIGNED: ReadonlySet<number> = new Set([16]);

/**
 * Takes a binary inline-signed message apart: one-pass signature, literal data, signature, perhaps all of them
 * compressed (payload format § 3.2). Whatever the signature does not cover must agree with what it covers, so that no
 * second file passes for the same signature. Throws `SIGN_NOT_INLINE` or `SIGN_MALFORMED`.
 */
export function readInlineMessage(bytes: Uint8Array): InlineMessage {
  const start = Buffer.from(bytes.subarray(0, 64)).toString('latin1').trimStart();
  if (start.startsWith('-----BEGIN PGP SIGNED MESSAGE')) throw notInline('clear-signed');
  if (start.startsWith('-----BEGIN')) throw notInline('ASCII-armored');
  let packets: readonly Packet[] = readPackets(bytes);
  for (let depth = 0; packets.length === 1 && packets[0]?.tag === TAG.compressed; depth++) {
    if (depth === 2) throw notInline('compressed again and again');
    packets = inflate(packets[0]);
  }
  const [onePass, literal, closing, ...others] = packets;
  if (onePass?.tag === TAG.signature) throw notInline(packets.length === 1 ? 'detached' : 'of the old form, in front');
  if (
    onePass?.tag !== TAG.onePassSignature ||
    literal?.tag !== TAG.literal ||
    closing?.tag !== TAG.signature ||
    others.length > 0
  )
    throw notInline('not one signed message');
  const signature = parseSignature(closing.body);
  checkOnePass(onePass.body, signature);
  if (signature.type !== SIGNATURE_TYPE.binary) throw notInline('not one over binary data');
  const unsigned = signature.unsignedKinds.filter((kind) => !ALLOWED_UNSIGNED.has(kind));
  if (unsigned.length > 0)
    throw new SlipwayError('SIGN_MALFORMED', `the signature has unsigned parts of kind ${unsigned.join(', ')}.`, {
      exitCode: 1,
    });
  return { ...readLiteral(literal.body), signature };
}

/** The packet in front only announces the signature behind: both must say the same. */
function checkOnePass(body: Uint8Array, signature: SignaturePacket): void {
  const reader = new Reader(body);
  const announced = [
    reader.uint(1),
    reader.uint(1),
    reader.uint(1),
    reader.uint(1),
    hex(reader.take(8)),
    reader.uint(1),
  ];
  const expected = [3, signature.type, signature.hashAlgorithm, signature.keyAlgorithm, signature.issuer, 1];
  if (reader.left > 0 || announced.some((value, at) => value !== expected[at]))
    throw new SlipwayError('SIGN_MALFORMED', 'the signature is not the one that the message announces.', {
      exitCode: 1,
    });
}

function readLiteral(body: Uint8Array): Pick<InlineMessage, 'content' | 'literal'> {
  const reader = new Reader(body);
  const mode = String.fromCharCode(reader.uint(1));
  const name = Buffer.from(reader.take(reader.uint(1))).toString('latin1');
  const date = reader.uint(4);
  // Go's signer writes "t" with neither name nor date, all others write "b"
  if (mode !== 'b' && !(mode === 't' && name === '' && date === 0)) throw notInline('not over binary data');
  return { content: reader.rest(), literal: { mode, name, date } };
}
