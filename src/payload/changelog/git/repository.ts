import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { isAbsolute, join, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { isFolder, messageOf, SlipwayError, systemCode } from '../../../util/index.ts';
import type { Commit } from '../commits.ts';
import { parseCommit } from './commit.ts';
import { applyDelta } from './delta.ts';
import { Pack } from './pack.ts';

/** Bytes of a commit; a message of the length of a book is no commit. */
const OBJECT_LIMIT = 16 << 20;
/** Git's own packs have chains of up to 50, `git repack --depth` takes up to 4095. */
const DEEPEST_CHAIN = 4096;
/** Repositories that borrow from each other's objects. */
const DEEPEST_ALTERNATE = 5;
const CACHED_OBJECTS = 2048;

interface GitObject {
  readonly type: string;
  readonly content: Buffer;
}

async function readOptional(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file);
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return undefined;
    throw new SlipwayError('PAYLOAD_GIT_UNREADABLE', `the repository can not be read: ${messageOf(error)}.`, {
      place: { file },
      cause: error,
    });
  }
}

/** The folder with `objects/` of a bare repository, a clone, or a linked work tree. */
async function gitFolder(folder: string): Promise<string | undefined> {
  if ((await isFolder(join(folder, 'objects'))) && (await readOptional(join(folder, 'HEAD'))) !== undefined)
    return folder;
  const dot = join(folder, '.git');
  if (await isFolder(dot)) return (await isFolder(join(dot, 'objects'))) ? dot : undefined;
  const link = /^gitdir: (.+)$/m.exec((await readOptional(dot))?.toString('utf8') ?? '')?.[1];
  if (link === undefined) return undefined;
  const linked = resolve(folder, link.trim());
  const common = (await readOptional(join(linked, 'commondir')))?.toString('utf8').trim();
  return common === undefined ? linked : resolve(linked, common);
}

/** This repository's folder of objects, and those it borrows from (gitrepository-layout, objects/info/alternates). */
async function objectFolders(objects: string, depth = 0): Promise<readonly string[]> {
  if (depth > DEEPEST_ALTERNATE) return [];
  const list = (await readOptional(join(objects, 'info', 'alternates')))?.toString('utf8') ?? '';
  const found = [objects];
  for (const line of list.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    found.push(...(await objectFolders(isAbsolute(line) ? line : resolve(objects, line), depth + 1)));
  }
  return found;
}

/**
 * Reads commits of a Git repository, and nothing else: loose objects and packs, with deltas and alternates. No program
 * is called, nothing is written or fetched. References and the index are not looked at: a release names commits.
 * Memory: the indexes of the packs, and the last objects read.
 */
export class GitRepository {
  readonly #folders: readonly string[];
  /** Commits whose parents a shallow clone has not. */
  readonly #shallow: ReadonlySet<string>;
  readonly #packs = new Map<number, Promise<readonly Pack[]>>();
  readonly #cache = new Map<string, GitObject>();

  private constructor(folders: readonly string[], shallow: ReadonlySet<string>) {
    this.#folders = folders;
    this.#shallow = shallow;
  }

  /** Opens the repository in a folder, or returns undefined when there is none. */
  static async open(folder: string): Promise<GitRepository | undefined> {
    const git = await gitFolder(folder);
    if (git === undefined) return undefined;
    const shallow = (await readOptional(join(git, 'shallow')))?.toString('utf8') ?? '';
    return new GitRepository(
      await objectFolders(join(git, 'objects')),
      new Set(shallow.split('\n').filter((line) => line !== '')),
    );
  }

  /**
   * The commit of an id (hex, whole), or undefined when the repository has none; a tag's commit for the id of a tag.
   * Throws `PAYLOAD_GIT_OBJECT_INVALID`, `PAYLOAD_GIT_COMMIT_INVALID` or `PAYLOAD_GIT_PACK_INVALID` for damage.
   */
  async commit(id: string): Promise<Commit | undefined> {
    const object = await this.#object(id, 0);
    if (object === undefined) return undefined;
    if (object.type === 'tag') {
      const named = /^object ([0-9a-f]+)$/m.exec(object.content.toString('latin1'))?.[1];
      return named === undefined || named === id ? undefined : await this.commit(named);
    }
    if (object.type !== 'commit') return undefined;
    const hash = createHash(id.length === 64 ? 'sha256' : 'sha1')
      .update(`commit ${object.content.length}\0`)
      .update(object.content)
      .digest('hex');
    if (hash !== id)
      throw new SlipwayError('PAYLOAD_GIT_OBJECT_INVALID', `the commit ${id} is damaged: its hash is ${hash}.`);
    const commit = parseCommit(id, object.content);
    return this.#shallow.has(id) ? { ...commit, parents: [] } : commit;
  }

  async close(): Promise<void> {
    for (const packs of this.#packs.values()) for (const pack of await packs) await pack.close();
  }

  #openPacks(width: number): Promise<readonly Pack[]> {
    const known = this.#packs.get(width);
    if (known !== undefined) return known;
    const opened = (async () => {
      const packs: Pack[] = [];
      for (const folder of this.#folders) {
        const parent = join(folder, 'pack');
        if (!(await isFolder(parent))) continue;
        for (const name of (await readdir(parent)).sort())
          if (name.endsWith('.idx')) packs.push(await Pack.open(join(parent, name), width));
      }
      return packs;
    })();
    this.#packs.set(width, opened);
    return opened;
  }

  async #object(id: string, depth: number): Promise<GitObject | undefined> {
    for (const pack of await this.#openPacks(id.length / 2)) {
      const offset = pack.find(id);
      if (offset !== undefined) return await this.#packed(pack, offset, depth);
    }
    for (const folder of this.#folders) {
      const file = join(folder, id.slice(0, 2), id.slice(2));
      const loose = await readOptional(file);
      if (loose !== undefined) return parseLoose(loose, file);
    }
    return undefined;
  }

  /** Follows the chain of deltas to a whole object, then applies them from there on. */
  async #packed(pack: Pack, start: number, depth: number): Promise<GitObject> {
    const deltas: Buffer[] = [];
    let object: GitObject | undefined;
    for (let offset: number | undefined = start; offset !== undefined; ) {
      const found = await pack.object(offset, OBJECT_LIMIT);
      if (found.type !== 'delta') {
        object = { type: found.type, content: found.content };
        break;
      }
      deltas.push(found.content);
      if (deltas.length + depth > DEEPEST_CHAIN)
        throw new SlipwayError('PAYLOAD_GIT_PACK_INVALID', 'the pack has an endless chain of deltas.');
      if (typeof found.base === 'string') {
        object = await this.#base(found.base, depth + deltas.length);
        break;
      }
      offset = found.base;
    }
    if (object === undefined) throw new SlipwayError('PAYLOAD_GIT_PACK_INVALID', 'the base of a delta is missing.');
    let { content } = object;
    for (const delta of deltas.reverse()) content = applyDelta(content, delta, OBJECT_LIMIT);
    return { type: object.type, content };
  }

  async #base(id: string, depth: number): Promise<GitObject | undefined> {
    const known = this.#cache.get(id);
    if (known !== undefined) return known;
    const object = await this.#object(id, depth);
    if (object !== undefined) {
      if (this.#cache.size >= CACHED_OBJECTS) this.#cache.clear();
      this.#cache.set(id, object);
    }
    return object;
  }
}

/** `<type> <size>\0<content>`, deflated. */
function parseLoose(bytes: Buffer, file: string): GitObject {
  let object: Buffer;
  try {
    object = inflateSync(bytes, { maxOutputLength: OBJECT_LIMIT });
  } catch (cause) {
    throw new SlipwayError('PAYLOAD_GIT_OBJECT_INVALID', `the object can not be unpacked: ${messageOf(cause)}.`, {
      place: { file },
      cause,
    });
  }
  const end = object.indexOf(0);
  const [type = '', size = ''] = object.toString('latin1', 0, Math.max(0, end)).split(' ');
  const content = object.subarray(end + 1);
  if (end === -1 || Number(size) !== content.length)
    throw new SlipwayError('PAYLOAD_GIT_OBJECT_INVALID', 'the object has not the size it says.', { place: { file } });
  return { type, content };
}
