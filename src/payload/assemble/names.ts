import { extname } from 'node:path/posix';

/** The name of an operator's manifest in the payload, where no other has it. */
export function nameInPayload(tag: string, file: string): string {
  return file.startsWith('0000_') ? file : `0000_50_${tag}_${file}`;
}

/**
 * Gives manifests their names in the payload: `0000_*` keeps its name, others become `0000_50_<tag>_<file>`, and a
 * name in use gets a number before its extension (payload format § 1.8). Unlike oc, which only counts, a numbered name
 * is itself checked to be free.
 */
export class ManifestNames {
  readonly #used = new Map<string, number>();

  take(tag: string, file: string): string {
    const wanted = nameInPayload(tag, file);
    let count = this.#used.get(wanted) ?? 0;
    let name = wanted;
    while (this.#used.has(name)) {
      count++;
      const extension = extname(wanted);
      name = `${wanted.slice(0, wanted.length - extension.length)}_${count}${extension}`;
    }
    this.#used.set(wanted, Math.max(count, 1));
    if (name !== wanted) this.#used.set(name, 1);
    return name;
  }
}
