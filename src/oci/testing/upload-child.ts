// A process that uploads a blob and waits in the middle of it, to be killed:
//   node upload-child.ts REPOSITORY FOLDER SEED SIZE WAITAT CHUNK
import { Readable } from 'node:stream';
import { RegistryClient } from '../client/client.ts';
import { OpenUploads } from '../client/uploads.ts';
import { digestOf } from '../format/digest.ts';
import { pseudoRandom } from './bytes.ts';

const [repository = '', folder = '', ...numbers] = process.argv.slice(2);
const [seed = 0, size = 0, waitAt = 0, chunkSize = 0] = numbers.map(Number);
const bytes = pseudoRandom(seed, size);

async function* content(): AsyncGenerator<Buffer, void, undefined> {
  for (let at = 0; at < waitAt; at += 65_536) yield bytes.subarray(at, Math.min(waitAt, at + 65_536));
  await new Promise((resolve) => setTimeout(resolve, 600_000));
}

const uploads = await OpenUploads.inFolder(folder, new Date());
await new RegistryClient({ chunkSize, uploads })
  .repository(repository)
  .putBlob({ digest: digestOf(bytes), size }, Readable.from(content(), { objectMode: false }));
