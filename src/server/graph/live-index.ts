import { type CompiledGraph, liveIndex, signIndex } from '../../graph/index.ts';
import type { GraphHost } from './host.ts';

/** Who signs the index of the graph that is served; left out, it is served unsigned. */
export type IndexKeys = Parameters<typeof signIndex>[1];

/** A mirror that missed one renewal still has half of this time to notice. */
const GOOD_MS = 24 * 3_600_000;

interface Published {
  readonly compiled: CompiledGraph;
  readonly files: ReadonlyMap<string, Uint8Array>;
  readonly serial: number;
  readonly made: number;
}

/**
 * The signed index of the graph that is served, so that its clients and mirrors can tell an old answer from a new one. It
 * is made when somebody asks for it, anew when the graph is another or half of its time is over. The serial is the time
 * it was made at, in seconds, so it also increases over a restart.
 */
export class LiveIndex {
  readonly #host: GraphHost;
  readonly #keys: IndexKeys;
  readonly #now: () => Date;
  #published: Published | undefined;
  #next: Promise<Published> | undefined;

  constructor(host: GraphHost, keys: IndexKeys, now: () => Date) {
    this.#host = host;
    this.#keys = keys;
    this.#now = now;
  }

  /** `index.json`, `index.dsse.json`, `index.json.asc`, `graph-data.tar.gz`; undefined where a signature was not made. */
  async file(path: string): Promise<Uint8Array | undefined> {
    const compiled = await this.#host.compiled();
    const known = this.#published;
    if (known?.compiled === compiled && this.#now().getTime() - known.made < GOOD_MS / 2) return known.files.get(path);
    this.#next ??= this.#make(compiled);
    return (await this.#next).files.get(path);
  }

  async #make(compiled: CompiledGraph): Promise<Published> {
    try {
      const now = this.#now();
      const made = now.getTime();
      const serial = Math.max(Math.floor(made / 1000), (this.#published?.serial ?? 0) + 1);
      const expires = new Date(made + GOOD_MS).toISOString();
      const { index, graphData } = await liveIndex(compiled, { serial, created: now.toISOString(), expires });
      const signatures = await signIndex(index, this.#keys, now);
      const files = new Map<string, Uint8Array>([
        ['index.json', index],
        ['graph-data.tar.gz', graphData],
        ...[...signatures].map(([path, text]) => [path, Buffer.from(text)] as const),
      ]);
      this.#published = { compiled, files, serial, made };
      return this.#published;
    } finally {
      this.#next = undefined;
    }
  }
}
