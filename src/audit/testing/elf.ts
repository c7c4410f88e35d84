/** For tests: ELF programs that are only what is looked at: headers, notes, writable data. */

const PAD = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

class Writer {
  readonly bytes: Buffer;
  readonly wide: boolean;
  readonly little: boolean;

  constructor(length: number, wide: boolean, little: boolean) {
    this.bytes = Buffer.alloc(length);
    this.wide = wide;
    this.little = little;
  }

  u16(at: number, value: number): void {
    if (this.little) this.bytes.writeUInt16LE(value, at);
    else this.bytes.writeUInt16BE(value, at);
  }

  u32(at: number, value: number): void {
    if (this.little) this.bytes.writeUInt32LE(value, at);
    else this.bytes.writeUInt32BE(value, at);
  }

  address(at: number, value: number): void {
    if (!this.wide) this.u32(at, value);
    else if (this.little) this.bytes.writeBigUInt64LE(BigInt(value), at);
    else this.bytes.writeBigUInt64BE(BigInt(value), at);
  }
}

export interface ElfParts {
  /** Content of the note for package metadata. */
  readonly note?: string;
  /** Where it stands in the file. */
  readonly noteOffset?: number;
  readonly wide?: boolean;
  readonly little?: boolean;
  /** Another note, and the writable data. */
  readonly goBuildId?: boolean;
  readonly data?: Buffer;
}

/** A program of one note segment, with writable data at the end when there is any. */
export function elfWith({
  note,
  noteOffset = 512,
  wide = true,
  little = true,
  goBuildId = false,
  data,
}: ElfParts): Buffer {
  const one = (owner: string, type: number, content: Buffer): Buffer => {
    const head = new Writer(12, wide, little);
    head.u32(0, owner.length + 1);
    head.u32(4, content.length);
    head.u32(8, type);
    return Buffer.concat([head.bytes, PAD(Buffer.from(`${owner}\0`)), PAD(content)]);
  };
  const notes = Buffer.concat([
    one('GNU', 3, Buffer.alloc(20, 1)),
    ...(goBuildId ? [one('Go', 4, Buffer.from('build-id'))] : []),
    ...(note === undefined ? [] : [one('FDO', 0xcafe1a7e, Buffer.from(`${note}\0`))]),
  ]);
  const dataOffset = Math.ceil((noteOffset + notes.length) / 4096) * 4096;
  const file = new Writer(data === undefined ? noteOffset + notes.length : dataOffset + data.length, wide, little);
  const [entry, headers] = [wide ? 56 : 32, wide ? 64 : 52];
  file.bytes.write('\x7fELF', 0, 'latin1');
  file.bytes.set([wide ? 2 : 1, little ? 1 : 2, 1], 4);
  file.u16(16, 3); // ET_DYN
  file.address(wide ? 32 : 28, headers);
  file.u16(wide ? 54 : 42, entry);
  const segments = [
    { type: 4, flags: 4, offset: noteOffset, length: notes.length },
    ...(data === undefined ? [] : [{ type: 1, flags: 6, offset: dataOffset, length: data.length }]),
  ];
  file.u16(wide ? 56 : 44, segments.length);
  for (const [index, segment] of segments.entries()) {
    const at = headers + index * entry;
    file.u32(at, segment.type);
    file.u32(at + (wide ? 4 : 24), segment.flags);
    file.address(at + (wide ? 8 : 4), segment.offset);
    file.address(at + (wide ? 32 : 16), segment.length);
  }
  notes.copy(file.bytes, noteOffset);
  data?.copy(file.bytes, dataOffset);
  return file.bytes;
}

const uvarint = (value: number): Buffer => {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 128)) bytes.push((left % 128) | 0x80);
  return Buffer.from([...bytes, left]);
};

/** A Go program: its build information `at` bytes into its writable data, a multiple of 16. */
export function goProgram(
  build: { readonly version: string; readonly lines: readonly string[] },
  { at = 0, decoy = false } = {},
): Buffer {
  const magic = Buffer.from('\xff Go buildinf:', 'latin1');
  const info = Buffer.concat([
    Buffer.alloc(16, 0x30),
    Buffer.from(`${build.lines.join('\n')}\n`),
    Buffer.alloc(16, 0x31),
  ]);
  const header = Buffer.concat([magic, Buffer.from([8, 2]), Buffer.alloc(16)]);
  const version = Buffer.from(build.version);
  const before = Buffer.alloc(at);
  if (decoy) magic.copy(before, 40); // not at a multiple of 16
  const data = Buffer.concat([
    before,
    header,
    uvarint(version.length),
    version,
    uvarint(info.length),
    info,
    Buffer.alloc(5000),
  ]);
  return elfWith({ goBuildId: true, data });
}
