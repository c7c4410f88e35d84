import type { Readable } from 'node:stream';

export type EntryType = 'file' | 'directory' | 'symlink' | 'hardlink' | 'other';

/** One entry of a layer's tar archive, in the order of the archive. */
export interface LayerEntry {
  /** Without leading `./` or `/`, without `..`; the root directory is the empty string. */
  readonly path: string;
  readonly type: EntryType;
  /** Bytes of content; 0 for anything but files. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Unix seconds. */
  readonly mtime: number;
  /** Target of a symbolic link as written, or path of a hard link normalised as `path` is. */
  readonly linkname?: string;
  /**
   * A deletion (image-spec 1.1, § Whiteouts): `file` hides `path` of lower layers, `opaque` everything in the directory
   * `path`. `path` is then the path that is hidden, not that of the marker.
   */
  readonly whiteout?: 'file' | 'opaque';
  /**
   * The first bytes of the content, without waiting: as many as are asked for, at most 512, fewer when the content is
   * shorter. A view that is good until the next entry; copy what is to be kept.
   */
  head(length: number): Buffer;
  /**
   * As `head`, but at most 64 KiB, and it waits for them. To be asked before `body` and `bytes`, which begin at the
   * start all the same. Throws what the layer's reader throws.
   */
  start(length: number): Promise<Buffer>;
  /**
   * The content; what nobody reads is skipped when the next entry is asked for. It fails with the layer's reader, and
   * may be left unwatched.
   */
  body(): Readable;
  /** The whole content, at most `limit` bytes. Throws `OCI_TOO_LARGE`, and what the layer's reader throws. */
  bytes(limit: number): Promise<Buffer>;
}

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** What needs work: empty parts, parts that begin with a dot, a slash at either end. */
const UNTIDY = /^[./]|\/[./]|\/$/u;

/** `./a//b/` becomes `a/b`; `undefined` when a part is `..`, which no layer may use to leave its root. */
export function normalisePath(path: string): string | undefined {
  if (!UNTIDY.test(path)) return path;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  return parts.includes('..') ? undefined : parts.join('/');
}

/** Reads an entry's name as a deletion marker, if it is one. */
export function whiteoutOf(path: string): { readonly path: string; readonly whiteout: 'file' | 'opaque' } | undefined {
  if (!path.includes(WHITEOUT)) return undefined;
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  const folder = slash === -1 ? '' : path.slice(0, slash);
  if (name === OPAQUE) return { path: folder, whiteout: 'opaque' };
  // Other names with the doubled prefix are reserved for the storage driver's own bookkeeping.
  if (!name.startsWith(WHITEOUT) || name.startsWith(`${WHITEOUT}${WHITEOUT}`)) return undefined;
  const hidden = name.slice(WHITEOUT.length);
  return { path: folder === '' ? hidden : `${folder}/${hidden}`, whiteout: 'file' };
}
