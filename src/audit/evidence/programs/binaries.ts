import { Type } from 'typebox';
import { parserOf, readJson } from '../../../util/index.ts';
import type { BinaryFacts, GoBuild, PackageNote } from '../../model/index.ts';
import { type Elf, type Extent, notesOf, readElf } from './elf.ts';
import { GO_LONGEST, GO_MAGIC, readGoBuild } from './go-build.ts';

/** Bytes of a program's start that tell where to look: program headers and notes stand there. */
export const BINARY_START = 16 << 10;
/** Notes are some hundred bytes. */
const LONGEST_NOTES = 64 << 10;

/** systemd.io/ELF_PACKAGE_METADATA */
const PACKAGE_NOTE = { owner: 'FDO', type: 0xcafe1a7e } as const;
const GO_BUILD_ID = { owner: 'Go', type: 4 } as const;

const parseNote = parserOf(
  Type.Object({
    type: Type.Optional(Type.String()),
    name: Type.Optional(Type.String()),
    version: Type.Optional(Type.String()),
    architecture: Type.Optional(Type.String()),
    osCpe: Type.Optional(Type.String()),
  }),
  'AUDIT_NOTE_INVALID',
);

function noteOf(content: Buffer, path: string): PackageNote {
  const note = parseNote(readJson(content.toString('utf8').replace(/\0+$/u, '')), { file: path });
  return {
    type: note.type ?? '',
    name: note.name ?? '',
    version: note.version ?? '',
    architecture: note.architecture ?? null,
    osCpe: note.osCpe ?? null,
  };
}

/** Keeps one part of a file that streams by. */
class Capture {
  readonly #extent: Extent;
  readonly #pieces: Buffer[] = [];

  constructor(extent: Extent) {
    this.#extent = extent;
  }

  /** `at` is the offset of `piece` in the file. */
  take(piece: Buffer, at: number): void {
    const { offset, length } = this.#extent;
    const [from, to] = [Math.max(offset - at, 0), Math.min(offset + length - at, piece.length)];
    // A copy: what is kept must not keep a chunk of the layer alive.
    if (from < to) this.#pieces.push(Buffer.from(piece.subarray(from, to)));
  }

  get content(): Buffer {
    return Buffer.concat(this.#pieces);
  }
}

/** Looks for Go's build information in the writable data of a program that streams by. */
class GoSearch {
  readonly #data: Extent;
  #carry = Buffer.alloc(0);
  #found: Capture | undefined;

  constructor(data: Extent) {
    this.#data = data;
  }

  take(piece: Buffer, at: number): void {
    const { offset, length } = this.#data;
    const [from, to] = [Math.max(offset - at, 0), Math.min(offset + length - at, piece.length)];
    if (from >= to || this.#found !== undefined) {
      this.#found?.take(piece, at);
      return;
    }
    const part = Buffer.concat([this.#carry, piece.subarray(from, to)]);
    const start = at + from - this.#carry.length;
    for (let hit = part.indexOf(GO_MAGIC); hit >= 0; hit = part.indexOf(GO_MAGIC, hit + 1)) {
      if ((start + hit) % 16 !== 0) continue;
      this.#found = new Capture({ offset: start + hit, length: GO_LONGEST });
      this.#found.take(part, start);
      this.#found.take(piece.subarray(to), at + to);
      return;
    }
    this.#carry = Buffer.from(part.subarray(Math.max(0, part.length - GO_MAGIC.length + 1)));
  }

  get result(): GoBuild | undefined {
    return this.#found === undefined ? undefined : readGoBuild(this.#found.content);
  }
}

/** Reads what a program or library says of its own origin, from its start, or as its content streams by. */
export class BinaryScan {
  readonly #path: string;
  readonly #size: number;
  readonly #elf: Elf;
  readonly #notes: readonly Capture[];
  readonly #go: GoSearch | undefined;
  #at = 0;

  private constructor(path: string, size: number, elf: Elf, start: Buffer) {
    this.#path = path;
    this.#size = size;
    this.#elf = elf;
    const notes = elf.notes.map(({ offset, length }) => ({ offset, length: Math.min(length, LONGEST_NOTES) }));
    this.#notes = notes.map((extent) => new Capture(extent));
    for (const capture of this.#notes) capture.take(start, 0);
    const reachable = notes.filter(({ offset, length }) => offset + length <= start.length);
    const isGo =
      elf.standalone ||
      reachable.some(({ offset, length }) =>
        notesOf(start.subarray(offset, offset + length), elf.little).some(
          ({ owner, type }) => owner === GO_BUILD_ID.owner && type === GO_BUILD_ID.type,
        ),
      );
    this.#go = isGo && elf.data !== undefined ? new GoSearch(elf.data) : undefined;
    this.streams = this.#go !== undefined || reachable.length < notes.length;
    if (this.streams) this.#notes = notes.map((extent) => new Capture(extent));
  }

  /** Whether `take` must see the content, or the start was enough. */
  readonly streams: boolean;

  /** `undefined` for what is no ELF file. `start` is the first `BINARY_START` bytes. */
  static of(path: string, size: number, start: Buffer): BinaryScan | undefined {
    const elf = readElf(start);
    return elf === undefined ? undefined : new BinaryScan(path, size, elf, start);
  }

  /** The next piece of the content. */
  take(piece: Buffer): void {
    for (const capture of this.#notes) capture.take(piece, this.#at);
    this.#go?.take(piece, this.#at);
    this.#at += piece.length;
  }

  /** `undefined` when the file says nothing of itself. Throws `AUDIT_NOTE_INVALID`, or a SyntaxError, for a note that is no note. */
  facts(): BinaryFacts | undefined {
    const content = this.#notes
      .flatMap((capture) => notesOf(capture.content, this.#elf.little))
      .find(({ owner, type }) => owner === PACKAGE_NOTE.owner && type === PACKAGE_NOTE.type)?.content;
    const note = content === undefined ? null : noteOf(content, this.#path);
    const go = this.#go?.result ?? null;
    return note === null && go === null ? undefined : { path: this.#path, size: this.#size, note, go };
  }
}
