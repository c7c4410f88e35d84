import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Place, prettyJson, SlipwayError, sha256Hex, systemCode, writeFileAtomic } from '../../util/index.ts';

/**
 * What decisions rest on (audit reports, lint findings, job results), kept by digest: a decision in the ledger cites
 * the digest, so the evidence can not change under it. Files are `<folder>/<first two hex digits>/<hex>.json`.
 */
export class EvidenceStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  #path(digest: string): string {
    const hex = digest.replace(/^sha256:/, '');
    return join(this.#folder, hex.slice(0, 2), `${hex}.json`);
  }

  /** Stores a value; returns `sha256:…` of its deterministic JSON. Storing the same value again is free of effect. */
  async put(value: unknown): Promise<string> {
    const text = prettyJson(value);
    const digest = `sha256:${sha256Hex(text)}`;
    await writeFileAtomic(this.#path(digest), text);
    return digest;
  }

  /**
   * Reads evidence back; `parse` says what it must be and throws when it is not, which happens to what another version
   * kept. Errors: those, `RELEASE_EVIDENCE_UNKNOWN`, `RELEASE_EVIDENCE_DAMAGED` (bytes differ from the digest).
   */
  async get<T>(digest: string, parse: (value: unknown, place: Place) => T): Promise<T> {
    const file = this.#path(digest);
    let text: string;
    try {
      text = await readFile(file, 'utf8');
    } catch (error) {
      if (systemCode(error) !== 'ENOENT') throw error;
      throw new SlipwayError('RELEASE_EVIDENCE_UNKNOWN', `there is no evidence ${digest}.`, {
        place: { file },
        cause: error,
      });
    }
    if (`sha256:${sha256Hex(text)}` !== digest) {
      throw new SlipwayError('RELEASE_EVIDENCE_DAMAGED', `the evidence does not have the digest ${digest}.`, {
        place: { file },
      });
    }
    return parse(JSON.parse(text), { file });
  }
}
