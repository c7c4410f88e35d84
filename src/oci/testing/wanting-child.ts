// A process that takes what another has left, for each key that it is told:
//   node wanting-child.ts uploads|parts FOLDER DIGEST
// The key is a repository that an upload of the digest is to, or the digest of a part; it answers "it", "none", or an error.

import { OpenUploads } from '../client/uploads.ts';
import { BlobParts } from '../folder/blob-parts.ts';
import { parseDigest } from '../format/digest.ts';

const [what = '', folder = '', digest = ''] = process.argv.slice(2);

async function take(): Promise<(key: string) => Promise<boolean>> {
  if (what === 'parts') {
    const parts = new BlobParts(folder);
    return async (key) => (await parts.left(parseDigest(key))) > 0;
  }
  const uploads = await OpenUploads.inFolder(folder, new Date());
  return async (key) => (await uploads.left(key, parseDigest(digest))) !== undefined;
}

const taken = await take();
process.on('message', (key) => {
  void taken(String(key)).then(
    (it) => process.send?.(it ? 'it' : 'none'),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.send?.('ready');
