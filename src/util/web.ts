import { messageOf, SlipwayError } from './errors.ts';

export interface FetchOptions {
  /** Most bytes of the answer. */
  readonly limit: number;
  /** Milliseconds for all of it, default 30,000. */
  readonly patience?: number;
}

/**
 * A small document from the web; `undefined` where there is none (404). Throws `WEB_UNREACHABLE`, `WEB_FAILED` for any
 * other status, `WEB_TOO_LARGE`, each naming the address.
 */
export async function fetchDocument(url: string | URL, options: FetchOptions): Promise<Uint8Array | undefined> {
  const { limit, patience = 30_000 } = options;
  const place = { file: String(url) };
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    const answer = await fetch(url, { signal: AbortSignal.timeout(patience) });
    if (!answer.ok) {
      await answer.body?.cancel();
      if (answer.status === 404) return undefined;
      throw new SlipwayError('WEB_FAILED', `the server answered ${answer.status}.`, { place });
    }
    for await (const chunk of answer.body ?? []) {
      size += chunk.length;
      if (size > limit) throw new SlipwayError('WEB_TOO_LARGE', `the answer is larger than ${limit} bytes.`, { place });
      chunks.push(chunk);
    }
  } catch (cause) {
    if (cause instanceof SlipwayError) throw cause;
    const reason = cause instanceof Error && cause.cause !== undefined ? cause.cause : cause;
    throw new SlipwayError('WEB_UNREACHABLE', `the server can not be read: ${messageOf(reason)}.`, { place, cause });
  }
  return Buffer.concat(chunks);
}
