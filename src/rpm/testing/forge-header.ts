// Makes headers and package files for tests, from the format's description and not from the readers under test.
import { createHash } from 'node:crypto';
import type { ForgedKey } from './forge-openpgp.ts';
import { forgeSignature } from './forge-openpgp.ts';

export type ForgedValue =
  | string
  | readonly string[]
  | { readonly int32: readonly number[] }
  | { readonly int16: readonly number[] }
  | Uint8Array;
export type ForgedTags = ReadonlyMap<number, ForgedValue>;

interface Encoded {
  readonly type: number;
  readonly count: number;
  readonly bytes: Buffer;
  readonly align: number;
}

function encode(value: ForgedValue): Encoded {
  if (typeof value === 'string') return { type: 6, count: 1, bytes: Buffer.from(`${value}\0`), align: 1 };
  if (value instanceof Uint8Array) return { type: 7, count: value.length, bytes: Buffer.from(value), align: 1 };
  if ('int32' in value) {
    const bytes = Buffer.alloc(4 * value.int32.length);
    value.int32.forEach((number, index) => {
      bytes.writeUInt32BE(number, 4 * index);
    });
    return { type: 4, count: value.int32.length, bytes, align: 4 };
  }
  if ('int16' in value) {
    const bytes = Buffer.alloc(2 * value.int16.length);
    value.int16.forEach((number, index) => {
      bytes.writeUInt16BE(number, 2 * index);
    });
    return { type: 3, count: value.int16.length, bytes, align: 2 };
  }
  return { type: 8, count: value.length, bytes: Buffer.from(value.map((text) => `${text}\0`).join('')), align: 1 };
}

function entry(tag: number, type: number, offset: number, count: number): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(tag, 0);
  bytes.writeUInt32BE(type, 4);
  bytes.writeInt32BE(offset, 8);
  bytes.writeUInt32BE(count, 12);
  return bytes;
}

/** A header blob: `inside` in the region of `regionTag` (63 immutable, 62 signatures), `outside` after it as dribbles. */
export function forgeHeader(inside: ForgedTags, outside: ForgedTags = new Map(), regionTag = 63): Buffer {
  const index: Buffer[] = [];
  let data = Buffer.alloc(0);
  const add = (tags: ForgedTags) => {
    for (const [tag, value] of tags) {
      const { type, count, bytes, align } = encode(value);
      data = Buffer.concat([data, Buffer.alloc((align - (data.length % align)) % align)]);
      index.push(entry(tag, type, data.length, count));
      data = Buffer.concat([data, bytes]);
    }
  };
  add(inside);
  index.unshift(entry(regionTag, 7, data.length, 16));
  data = Buffer.concat([data, entry(regionTag, 7, -16 * index.length, 16)]);
  add(outside);
  const lengths = Buffer.alloc(8);
  lengths.writeUInt32BE(index.length, 0);
  lengths.writeUInt32BE(data.length, 4);
  return Buffer.concat([lengths, ...index, data]);
}

const MAGIC = Buffer.from('8eade80100000000', 'hex');

/** What a signer signs: magic and the whole header as it stands in the package file. */
export function signedHeader(inside: ForgedTags): Buffer {
  return Buffer.concat([MAGIC, forgeHeader(inside)]);
}

const FORGED_FILES: ForgedTags = new Map<number, ForgedValue>([
  [1028, { int32: [0, 5, 0] }],
  [1030, { int16: [0o40755, 0o100644, 0o120777] }],
  [1034, { int32: [1, 2, 3] }],
  [1035, ['', createHash('sha256').update('hello').digest('hex'), '']],
  [1036, ['', '', 'greeting']],
  [1037, { int32: [0, 1, 0] }],
  [1039, ['root', 'root', 'root']],
  [1040, ['root', 'wheel', 'root']],
  [1116, { int32: [0, 1, 1] }],
  [1117, ['forged', 'greeting', 'link']],
  [1118, ['/usr/share/', '/usr/share/forged/']],
  [5011, { int32: [8] }],
]);

export function forgedBuild(name: string): ForgedTags {
  return new Map<number, ForgedValue>([
    [1000, name],
    [1001, '1.2'],
    [1002, '3.el9'],
    [1003, { int32: [1] }],
    [1004, ['A forged package']],
    [1006, { int32: [1_700_000_000] }],
    [1007, 'builder.example.invalid'],
    [1011, 'Forgers'],
    [1014, 'MIT'],
    [1022, 'x86_64'],
    [1044, `${name}-1.2-3.el9.src.rpm`],
    ...FORGED_FILES,
  ]);
}

/** An installed package: its build's tags signed by `keys`, digests, signatures and install times as dribbles. */
export function forgeInstalled(build: ForgedTags, keys: readonly ForgedKey[], extra: ForgedTags = new Map()): Buffer {
  const signed = signedHeader(build);
  const signatures = keys.map((key) => forgeSignature(key, [signed]));
  return forgeHeader(
    build,
    new Map<number, ForgedValue>([
      ...signatures.map((bytes, each): [number, ForgedValue] => [each === 0 ? 268 : 267, bytes]),
      [269, createHash('sha1').update(signed).digest('hex')],
      [273, createHash('sha256').update(signed).digest('hex')],
      [1008, { int32: [1_700_000_100] }],
      [1128, { int32: [1_700_000_099] }],
      ...extra,
    ]),
  );
}
