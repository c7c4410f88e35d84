import type { GoBuild } from '../../model/index.ts';

/** What Go's linker writes at a multiple of 16 bytes in front of its build information (debug/buildinfo). */
export const GO_MAGIC = Buffer.from('\xff Go buildinf:', 'latin1');
const HEADER = 32;
const INLINE = 2;
/** The module list is framed by marks of this length (runtime/debug, modinfo). */
const SENTINEL = 16;
/** More than any program has; a bound on what is kept of one file. */
const MOST_MODULES = 10_000;

/** Bytes of build information that are looked at; the largest real ones have some 100 KB. */
export const GO_LONGEST = 1 << 20;

/** A string with its length in front, as Go's binary.Uvarint writes it; `undefined` when it does not fit. */
function text(bytes: Buffer, at: number): { readonly value: Buffer; readonly next: number } | undefined {
  let length = 0;
  for (let index = 0; index < 4; index++) {
    const byte = bytes[at + index];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** index;
    if (byte >= 0x80) continue;
    const start = at + index + 1;
    return start + length > bytes.length
      ? undefined
      : { value: bytes.subarray(start, start + length), next: start + length };
  }
  return undefined;
}

type Module = GoBuild['modules'][number];

function modulesOf(lines: readonly (readonly string[])[]): Module[] {
  const modules: Module[] = [];
  for (const [kind, path = '', version = ''] of lines) {
    // "=>" replaces the module before it.
    if (kind === '=>') modules.pop();
    if (kind === 'mod' || kind === 'dep' || kind === '=>') modules.push({ path, version });
    if (modules.length >= MOST_MODULES) break;
  }
  return modules.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : a.version < b.version ? -1 : 1));
}

/**
 * Decodes what stands at Go's magic; `undefined` when it is none (the magic is also a text in programs that look for it).
 * Up to go1.17 the texts were elsewhere in the program: only that it is Go's is then known.
 */
export function readGoBuild(bytes: Buffer): GoBuild | undefined {
  if (bytes.length < HEADER || !bytes.subarray(0, GO_MAGIC.length).equals(GO_MAGIC)) return undefined;
  if (((bytes[15] ?? 0) & INLINE) === 0) {
    const pointers = bytes[14] === 4 || bytes[14] === 8;
    return pointers ? { version: 'older than go1.18', path: null, modules: [] } : undefined;
  }
  const version = text(bytes, HEADER);
  if (version === undefined || version.value.length === 0) return undefined;
  const info = text(bytes, version.next)?.value;
  const framed =
    info !== undefined && info.length > 2 * SENTINEL ? info.subarray(SENTINEL, -SENTINEL) : Buffer.alloc(0);
  const lines = framed
    .toString('utf8')
    .split('\n')
    .map((line) => line.split('\t'));
  return {
    version: version.value.toString('utf8'),
    path: lines.find(([kind]) => kind === 'path')?.[1] ?? null,
    modules: modulesOf(lines),
  };
}
