import { readFileSync } from 'node:fs';
import type { TestContext } from 'node:test';
import { loadPayload } from '../info/load.ts';
import { parseImageStream } from '../stream/parse.ts';
import { goldenOutput, shared } from './shared.ts';
import { StoredRegistry } from './stored-registry.ts';

let registry: Promise<StoredRegistry> | undefined;

/** The recorded runs of oc 4.20: its registry, its inputs and what it printed; skips the test where they are not. */
export async function recorded(t: TestContext) {
  const folder = shared(t, 'golden/');
  if (folder === undefined) return undefined;
  registry ??= StoredRegistry.open(`${folder}registry-storage.tar.gz`);
  const stored = await registry;
  return {
    folder,
    resolve: (spec: string) => stored.repository(spec),
    load: (name: string, tag: string, architecture = 'amd64') =>
      loadPayload(stored.repository(name), tag, { architecture }),
    output: (file: string) => goldenOutput(`${folder}${file}`),
    /** Lines that oc wrote to standard error. */
    errors: (file: string) => {
      const text = readFileSync(`${folder}${file}`, 'utf8');
      return text
        .slice(text.lastIndexOf('--- stderr\n') + '--- stderr\n'.length)
        .split('\n')
        .filter(Boolean);
    },
    stream: (file: string) => parseImageStream(readFileSync(`${folder}inputs/${file}`), file),
  };
}
