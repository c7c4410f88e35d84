import { gunzipSync } from 'node:zlib';
import { readJson as bounded, readBounded, readFileBounded, reasonOf, SlipwayError } from '../../util/index.ts';

const MAX_BYTES = 256 * 1024 * 1024;
const TIMEOUT_MS = 60_000;

/** JSON of a file (may be gzipped) or an address. Throws `GRAPH_IMPORT_UNREADABLE`. */
export async function readJson(place: string): Promise<unknown> {
  try {
    return bounded(/^https?:\/\//.test(place) ? await fetchText(place) : await readText(place));
  } catch (cause) {
    throw new SlipwayError('GRAPH_IMPORT_UNREADABLE', `it could not be read: ${reasonOf(cause)}.`, {
      place: { file: place },
      cause,
    });
  }
}

async function readText(file: string): Promise<string> {
  const bytes = await readFileBounded(file, { limit: MAX_BYTES });
  const zipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  return (zipped ? gunzipSync(bytes, { maxOutputLength: MAX_BYTES }) : bytes).toString('utf8');
}

async function fetchText(url: string): Promise<string> {
  const response = await fetch(url, {
    headers: { accept: 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (response.status !== 200) throw new Error(`the service answers ${response.status}`);
  if (response.body === null) return '';
  return (await readBounded(response.body, url, { limit: MAX_BYTES })).toString('utf8');
}

/** Files of a published graph, by path below its address; undefined where the host has none. */
export function httpReader(base: string): (path: string) => Promise<Uint8Array | undefined> {
  const root = base.endsWith('/') ? base : `${base}/`;
  return async (path) => {
    const url = new URL(path, root);
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (response.status === 404) return undefined;
    if (response.status !== 200)
      throw new SlipwayError('GRAPH_IMPORT_UNREADABLE', `the host answers ${response.status}.`, {
        place: { file: url.href },
      });
    return new Uint8Array(await response.arrayBuffer());
  };
}
