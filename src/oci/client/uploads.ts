import { createHash } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { identifyProcess, parserOf, storageError } from '../../util/index.ts';
import type { Digest } from '../digest.ts';
import type { Descriptor } from '../manifest.ts';

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

/** One upload that is being sent: where the registry wants its next part. */
export interface UploadTrack {
  moved(place: UploadPlace): Promise<void>;
  /** It broke off: whoever sends the blob next goes on with it. */
  cutOff(): void;
  /** It is whole, or can not be gone on with. */
  ended(): Promise<void>;
}

const UNTRACKED: UploadTrack = { moved: async () => {}, cutOff: () => {}, ended: async () => {} };

/**
 * Where registries have parts of blobs, so that an upload which was cut off goes on at the byte that the registry
 * confirms (distribution-spec 1.1, § Pushing a blob in chunks). Kept in memory; with a folder also after this process
 * was killed, as `KEY.PID.json`. An upload belongs to the process that sends it; one whose process has ended is taken
 * over by the next that wants the blob. A location may be all that it takes to write to it: the files are their owner's alone.
 */
export class OpenUploads {
  readonly #folder: string | undefined;
  readonly #cutOff = new Map<string, UploadPlace>();
  readonly #busy = new Set<string>();

  private constructor(folder?: string) {
    this.#folder = folder;
  }

  static inMemory(): OpenUploads {
    return new OpenUploads();
  }

  /** Drops what is older than a week. Throws `STORAGE_…`. */
  static async inFolder(folder: string, now: Date): Promise<OpenUploads> {
    try {
      await mkdir(folder, { recursive: true });
      await chmod(folder, 0o700);
      for (const name of await readdir(folder)) {
        const path = join(folder, name);
        if ((await stat(path)).mtimeMs < now.getTime() - KEPT_MS) await rm(path, { force: true });
      }
    } catch (error) {
      throw storageError(error, folder);
    }
    return new OpenUploads(folder);
  }

  /** Where an upload that was cut off can be gone on with. Throws `OCI_UPLOAD_RECORD`. */
  async left(repository: string, digest: Digest): Promise<UploadPlace | undefined> {
    const key = keyOf(repository, digest);
    if (this.#busy.has(key)) return undefined;
    return this.#cutOff.get(key) ?? (await this.#inherited(key));
  }

  /** Notes an upload that begins, or goes on. Of two at the same blob only the first is kept. */
  track(repository: string, { digest, size }: Pick<Descriptor, 'digest' | 'size'>): UploadTrack {
    const key = keyOf(repository, digest);
    if (this.#busy.has(key)) return UNTRACKED;
    this.#busy.add(key);
    const own = this.#path(key, process.pid);
    return {
      moved: async (place) => {
        this.#cutOff.set(key, place);
        if (own !== undefined && size > SMALL) await write(own, JSON.stringify({ repository, digest, ...place }));
      },
      cutOff: () => void this.#busy.delete(key),
      ended: async () => {
        this.#busy.delete(key);
        await this.#forget(key);
      },
    };
  }

  /** Forgets an upload that can not be gone on with. */
  async forget(repository: string, digest: Digest): Promise<void> {
    await this.#forget(keyOf(repository, digest));
  }

  async #forget(key: string): Promise<void> {
    this.#cutOff.delete(key);
    const own = this.#path(key, process.pid);
    if (own !== undefined) await rm(own, { force: true });
  }

  /** What another process left, which is this one's from now on. */
  async #inherited(key: string): Promise<UploadPlace | undefined> {
    const own = this.#path(key, process.pid);
    if (this.#folder === undefined || own === undefined) return undefined;
    for (const name of await readdir(this.#folder)) {
      const pid = name.startsWith(`${key}.`) ? /\.(\d+)\.json$/.exec(name)?.[1] : undefined;
      if (pid === undefined) continue;
      const path = join(this.#folder, name);
      if (path !== own) {
        if ((await identifyProcess(Number(pid))) !== undefined) continue;
        await rename(path, own);
      }
      const text = await readFile(own, 'utf8');
      const { location, leastChunk } = parseRecord(jsonOf(text), { file: own });
      const place = { location, leastChunk };
      this.#cutOff.set(key, place);
      return place;
    }
    return undefined;
  }

  #path(key: string, pid: number): string | undefined {
    return this.#folder === undefined ? undefined : join(this.#folder, `${key}.${pid}.json`);
  }
}

function keyOf(repository: string, digest: Digest): string {
  return createHash('sha256').update(`${repository}@${digest}`).digest('hex');
}

/** What is not JSON has no fields. */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
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
