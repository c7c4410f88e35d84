import { createHash } from 'node:crypto';
import { SlipwayError } from '../util/index.ts';
import { asBuffer, hex } from './bytes.ts';
import { fileHeaderLength, readHeader } from './header/header.ts';
import { FILE_SIGNATURE_TAG, TAG } from './header/tags.ts';
import { hashOf } from './openpgp/algorithms.ts';
import { FILE_TAGS, filedPackage } from './package.ts';
import type { RpmFile, RpmHeader } from './types.ts';

const LEAD_LENGTH = 96;
const LEAD_MAGIC = Buffer.from('edabeedb', 'hex');
/** A header inside a file has an 8-byte magic in front, which a database leaves out. */
const MAGIC_LENGTH = 8;

function readLead(bytes: Buffer): RpmFile['lead'] {
  if (bytes.length < LEAD_LENGTH || !LEAD_MAGIC.equals(bytes.subarray(0, 4))) {
    throw new SlipwayError('RPM_FILE_CORRUPT', 'this is not an RPM package file.', { place: { field: 'offset 0' } });
  }
  const end = bytes.indexOf(0, 10);
  return {
    major: bytes.readUInt8(4),
    minor: bytes.readUInt8(5),
    type: bytes.readUInt16BE(6) === 1 ? 'source' : 'binary',
    name: bytes.toString('utf8', 10, end < 0 || end > 76 ? 76 : end),
  };
}

/** The payload's digest is kept inside the signed header; packages before RPM 4.14 only have an MD5 over header and payload. */
function payloadDigest(
  header: RpmHeader,
  signatures: RpmHeader,
  main: Buffer,
  payload: Buffer,
): RpmFile['payloadDigest'] {
  const results: boolean[] = [];
  const [claimed] = header.strings(TAG.payloadDigest);
  const hash = hashOf(header.number(TAG.payloadDigestAlgo) ?? 8);
  if (claimed !== undefined) {
    results.push(hash !== undefined && createHash(hash.name).update(payload).digest('hex') === claimed.toLowerCase());
  }
  const md5 = signatures.bytes(FILE_SIGNATURE_TAG.md5);
  if (md5 !== null) results.push(createHash('md5').update(main).digest('hex') === hex(md5));
  if (results.length === 0) return 'absent';
  return results.every((fits) => fits) ? 'ok' : 'bad';
}

/**
 * Takes an RPM package file apart (lead, signature header, header, payload) and maps its signature header onto the same
 * checks as an installed package's. Throws `RPM_FILE_CORRUPT` and `RPM_HEADER_CORRUPT`; a payload that does not fit its
 * digest is no error but `payloadDigest: 'bad'`.
 */
export function readRpmFile(bytes: Uint8Array): RpmFile {
  const file = asBuffer(bytes);
  const lead = readLead(file);
  const signatureEnd = LEAD_LENGTH + fileHeaderLength(file, LEAD_LENGTH);
  const signatureHeader = readHeader(
    file.subarray(LEAD_LENGTH + MAGIC_LENGTH, signatureEnd),
    'signature header',
    TAG.headerSignatures,
  );
  // The signature header is padded to 8 bytes, the main header is not.
  const mainStart = (signatureEnd + 7) & ~7;
  const mainEnd = mainStart + fileHeaderLength(file, mainStart);
  const header = readHeader(file.subarray(mainStart + MAGIC_LENGTH, mainEnd), 'main header');
  const headerAndPayload = file.subarray(mainStart);
  return {
    lead,
    signatureHeader,
    header,
    package: filedPackage(header, { header: signatureHeader, tags: FILE_TAGS }, headerAndPayload),
    payloadDigest: payloadDigest(header, signatureHeader, headerAndPayload, file.subarray(mainEnd)),
  };
}

/**
 * The main header of a package file by itself, magic included, as repositories give its place (`header-range` of
 * repodata): the package with its claims and the digest of its header. Its signatures are elsewhere in the file.
 * Throws `RPM_FILE_CORRUPT` when the bytes are not exactly one header, and `RPM_HEADER_CORRUPT`.
 */
export function readRpmFileHeader(bytes: Uint8Array): Pick<RpmFile['package'], 'nevra' | 'headerSha256'> {
  const file = asBuffer(bytes);
  const end = fileHeaderLength(file, 0);
  if (end !== file.length) {
    throw new SlipwayError('RPM_FILE_CORRUPT', `${file.length - end} bytes follow the header.`, {
      place: { field: `offset ${end}` },
    });
  }
  const header = readHeader(file.subarray(MAGIC_LENGTH), 'main header');
  return filedPackage(header, { header, tags: FILE_TAGS }, undefined);
}
