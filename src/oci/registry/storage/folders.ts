import { dirname, resolve } from 'node:path';
import { makeFolders, syncFolder } from '../../../util/index.ts';

/** Makes a folder with its parents, so that a power cut can not take a new one away again with what is in it. */
export async function makeFolder(path: string): Promise<void> {
  const highest = await makeFolders(path);
  if (highest === undefined) return;
  for (let made = resolve(path); made.length >= resolve(highest).length; made = dirname(made))
    await syncFolder(dirname(made));
}
