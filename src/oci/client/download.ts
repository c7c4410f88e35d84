import { Readable } from 'node:stream';
import { SlipwayError } from '../../util/index.ts';

const RESUMES = 3;

/**
 * A download that goes on where the connection broke, by Range requests, a few times. What the registry refuses is
 * not tried again. Memory: the chunk under way.
 */
export async function resumable(open: (start: number) => Promise<Readable>): Promise<Readable> {
  const first = await open(0);
  return Readable.from(pieces(first, open), { objectMode: false, highWaterMark: 1 << 20 });
}

async function* pieces(first: Readable, open: (start: number) => Promise<Readable>): AsyncGenerator<Buffer> {
  let received = 0;
  let current = first;
  for (let resumes = 0; ; resumes++) {
    try {
      for await (const chunk of current as AsyncIterable<Buffer>) {
        received += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      current.destroy();
      if (error instanceof SlipwayError || resumes >= RESUMES) throw error;
      current = await open(received);
    }
  }
}
