import { SlipwayError } from '../../util/index.ts';

/** Reads a stream of at most `limit` bytes into memory. Throws `OCI_TOO_LARGE`. */
export async function readAll(stream: AsyncIterable<Buffer>, limit: number, image: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > limit)
      throw new SlipwayError('OCI_TOO_LARGE', `the content is larger than ${limit} bytes.`, { place: { image } });
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
