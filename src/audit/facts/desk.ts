import type { Descriptor, ImageSource } from '../../oci/index.ts';
import type { RpmKeyring } from '../../rpm/index.ts';
import type { PackageFiles } from '../deep/index.ts';
import { EXTRACTOR, type LayerFacts } from '../model/index.ts';
import type { LayerFactsCache } from './cache.ts';
import { extractLayer } from './layer/layer.ts';
import { keyringDigest, PackageReader } from './layer/rpmdb.ts';

interface Order {
  readonly keyring: RpmKeyring;
  readonly cache: LayerFactsCache;
  readonly deep: boolean;
}

interface Made {
  readonly facts: LayerFacts;
  readonly extracted: boolean;
}

/** Extraction of layers for one cache: each layer once, however many images and callers ask for it at a time. */
class LayerDesk {
  readonly #running = new Map<string, Promise<Made>>();
  readonly #readers = new Map<string, PackageReader>();
  /** Deep mode: lists of signed files by header. Each distinct package has one, about 200 bytes a file. */
  readonly #files = new Map<string, PackageFiles>();

  async facts(source: ImageSource, layer: Descriptor, diffId: string, order: Order): Promise<Made> {
    const keyring = keyringDigest(order.keyring);
    const key = `${layer.digest} ${diffId} ${keyring} ${order.deep}`;
    const running = this.#running.get(key);
    if (running) return running;
    const work = this.#make(source, layer, diffId, keyring, order);
    this.#running.set(key, work);
    try {
      return await work;
    } finally {
      this.#running.delete(key);
    }
  }

  /** The files that a package signed, of any layer that was asked for in deep mode. */
  filesOf(header: string): PackageFiles | undefined {
    return this.#files.get(header);
  }

  async #make(source: ImageSource, layer: Descriptor, diffId: string, keyring: string, order: Order): Promise<Made> {
    const { cache, deep } = order;
    const cached = await cache.get(layer.digest);
    if (
      cached?.extractor === EXTRACTOR &&
      cached.keyring === keyring &&
      cached.digest === layer.digest &&
      cached.diffId === diffId &&
      (!deep || (cached.files !== null && (await this.#hasFilesOf(cached, cache))))
    ) {
      return { facts: deep || cached.files === null ? cached : { ...cached, files: null }, extracted: false };
    }
    let reader = this.#readers.get(keyring);
    if (!reader) {
      reader = new PackageReader(order.keyring);
      this.#readers.set(keyring, reader);
    }
    const found = new Map<string, PackageFiles>();
    const facts = await extractLayer(source, layer, diffId, reader, keyring, deep ? found : undefined);
    for (const [header, files] of found) {
      if (this.#files.has(header)) continue;
      this.#files.set(header, files);
      await cache.files?.put(files);
    }
    await cache.put(layer.digest, facts);
    return { facts, extracted: true };
  }

  /** Facts of deep mode are of use only with the lists of the packages they name. */
  async #hasFilesOf(facts: LayerFacts, { files }: LayerFactsCache): Promise<boolean> {
    for (const { header } of facts.rpmdbs.flatMap(({ packages }) => packages)) {
      if (this.#files.has(header)) continue;
      const kept = await files?.get(header);
      if (kept === undefined) return false;
      this.#files.set(header, kept);
    }
    return true;
  }
}

const desks = new WeakMap<LayerFactsCache, LayerDesk>();

export function deskOf(cache: LayerFactsCache): LayerDesk {
  const known = desks.get(cache);
  if (known) return known;
  const desk = new LayerDesk();
  desks.set(cache, desk);
  return desk;
}
