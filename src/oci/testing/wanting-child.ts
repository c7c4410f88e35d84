// A process that says what another has left of an upload, for each repository that it is told:
//   node wanting-child.ts FOLDER DIGEST
import { OpenUploads } from '../client/uploads.ts';
import { parseDigest } from '../digest.ts';

const [folder = '', digest = ''] = process.argv.slice(2);
const uploads = await OpenUploads.inFolder(folder, new Date());
const wanted = parseDigest(digest);

process.on('message', (repository) => {
  void uploads.left(String(repository), wanted).then(
    (place) => process.send?.(place === undefined ? 'none' : 'it'),
    (error: unknown) => process.send?.(String(error)),
  );
});
process.send?.('ready');
