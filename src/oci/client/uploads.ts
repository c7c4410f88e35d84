import { createHash } from 'node:crypto';
import { chmod, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import {
  identifyProcess,
  ifThere,
  makeFolders,
  parserOf,
  readJson,
  SlipwayError,
  storageError,
} from '../../util/index.ts';
import type { Descriptor, Digest } from '../format/index.ts';
import { type OwnedFolder, ownFile, takeOver } from '../owned-files.ts';

/** As long as docker's registry keeps an upload that nobody goes on with. */
const KEPT_MS = 7 * 24 * 3_600_000;

/** What is no more than this is sent anew by another process: it would cost as much to note it. */
const SMALL = 1 << 20;

const parseRecord = parserOf(
  Type.Object({
    repository: Type.String(),
    digest: Type.String(),
    location: Type.String(),
    leastChunk: Type.Integer({ minimum: 0 }),
  }),
  'OCI_UPLOAD_RECORD',
);

/** Where an upload can be gone on with. */
export interface UploadPlace {
  readonly location: string;
  /** Least bytes of a chunk but the last. */
  readonly leastChunk: number;
}

type Blob = Pick<Descriptor, 'digest' | 'size'>;

/** One upload that is being sent: where the registry wants its next part. */
export interface UploadTrack {
  moved(place: UploadPlace): Promise<void>;
  /** It broke off: whoever sends the blob next goes on with it. */
  cutOff(): void;
  /** It is whole, or can not be gone on with. */
  ended(): Promise<void>;
}

/** An upload that was cut off, and is gone on with. */
export interface TakenUpload {
  readonly place: UploadPlace;
  readonly track: UploadTrack;
}

const UNTRACKED: UploadTrack = { moved: async () => {}, cutOff: () => {}, ended: async () => {} };

/**
 * Where registries have parts of blobs, so that an upload which was cut off goes on at the byte that the registry
 * confirms (distribution-spec 1.1, § Pushing a blob in chunks). Kept in memory; with a folder also after this process
 * was killed, as `KEY.PID-TICKS-BOOT.json`. An upload belongs to the process that sends it; one whose process has ended
 * is taken over by the next that wants the blob. Its owner is in the name, so that a renaming is the whole of taking it
 * over: of two processes one succeeds. A location may be all that it takes to write to it: the files are their owner's alone.
 */
export class OpenUploads {
  readonly #home: OwnedFolder | undefined;
  readonly #cutOff = new Map<string, UploadPlace>();
  readonly #busy = new Set<string>();

  private constructor(home?: OwnedFolder) {
    this.#home = home;
  }

  static inMemory(): OpenUploads {
    return new OpenUploads();
  }

  /** Drops what is older than a week. Throws `STORAGE_…`, `OCI_UPLOADS_UNOWNED`. */
  static async inFolder(folder: string, now: Date): Promise<OpenUploads> {
    const own = await identifyProcess(process.pid);
    if (own === undefined)
      throw new SlipwayError('OCI_UPLOADS_UNOWNED', '/proc does not show this process, so no upload can be its own.', {
        place: { file: folder },
      });
    try {
      await makeFolders(folder);
      await chmod(folder, 0o700);
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        // Another process may take it away meanwhile.
        const written = await ifThere(stat(path), path);
        if (written !== undefined && written.mtimeMs < now.getTime() - KEPT_MS) await rm(path, { force: true });
      }
    } catch (error) {
      throw storageError(error, folder);
    }
    return new OpenUploads({ folder, own, suffix: '.json' });
  }

  /** Where an upload that was cut off can be gone on with. Throws `OCI_UPLOAD_RECORD`, `STORAGE_…`. */
  async left(repository: string, digest: Digest): Promise<UploadPlace | undefined> {
    const key = keyOf(repository, digest);
    return this.#busy.has(key) ? undefined : await this.#left(key);
  }

  /**
   * Takes an upload that was cut off, to go on with it; nobody else of this process has it from this call on. Throws
   * `OCI_UPLOAD_RECORD`, `STORAGE_…`.
   */
  async take(repository: string, blob: Blob): Promise<TakenUpload | undefined> {
    const key = keyOf(repository, blob.digest);
    if (this.#busy.has(key)) return undefined;
    this.#busy.add(key);
    let place: UploadPlace | undefined;
    try {
      place = await this.#left(key);
    } finally {
      if (place === undefined) this.#busy.delete(key);
    }
    return place === undefined ? undefined : { place, track: this.#tracked(key, repository, blob) };
  }

  /** Notes an upload that begins. Of two at the same blob only the first is kept. */
  track(repository: string, blob: Blob): UploadTrack {
    const key = keyOf(repository, blob.digest);
    if (this.#busy.has(key)) return UNTRACKED;
    this.#busy.add(key);
    return this.#tracked(key, repository, blob);
  }

  /** Forgets an upload that can not be gone on with, unless somebody has begun another meanwhile. */
  async forget(repository: string, digest: Digest): Promise<void> {
    const key = keyOf(repository, digest);
    if (!this.#busy.has(key)) await this.#forget(key);
  }

  #tracked(key: string, repository: string, { digest, size }: Blob): UploadTrack {
    return {
      moved: async (place) => {
        this.#cutOff.set(key, place);
        if (this.#home !== undefined && size > SMALL)
          await write(ownFile(this.#home, key), JSON.stringify({ repository, digest, ...place }));
      },
      cutOff: () => void this.#busy.delete(key),
      ended: async () => {
        this.#busy.delete(key);
        await this.#forget(key);
      },
    };
  }

  async #left(key: string): Promise<UploadPlace | undefined> {
    return this.#cutOff.get(key) ?? (this.#home && (await this.#inherited(key, this.#home)));
  }

  async #forget(key: string): Promise<void> {
    this.#cutOff.delete(key);
    if (this.#home !== undefined) await rm(ownFile(this.#home, key), { force: true });
  }

  /** What another process left, which is this one's from now on. */
  async #inherited(key: string, home: OwnedFolder): Promise<UploadPlace | undefined> {
    const text = await takeOver(home, key, (file) => readFile(file, 'utf8'));
    if (text === undefined) return undefined;
    const { location, leastChunk } = parseRecord(jsonOf(text), { file: ownFile(home, key) });
    const place = { location, leastChunk };
    this.#cutOff.set(key, place);
    return place;
  }
}

function keyOf(repository: string, digest: Digest): string {
  return createHash('sha256').update(`${repository}@${digest}`).digest('hex');
}

/** What is not JSON has no fields. */
function jsonOf(text: string): unknown {
  try {
    return readJson(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Replaces a file. It need not outlive the machine: a registry confirms what is in it before it is used. */
async function write(path: string, text: string): Promise<void> {
  const temporary = `${path}.tmp`;
  try {
    await writeFile(temporary, text, { mode: 0o600 });
    await rename(temporary, path);
  } catch (error) {
    throw storageError(error, path);
  }
}
