import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import {
  canonicalJson,
  messageOf,
  parserOf,
  readJson,
  SlipwayError,
  systemCode,
  writeFileAtomic,
} from '../../util/index.ts';
import type { NodePackagesOptions } from './read.ts';

const Kept = Type.Object({
  image: Type.String(),
  digest: Type.String(),
  source: Type.Union([Type.Literal('metalayer'), Type.Literal('rpmdb')]),
  packages: Type.Array(Type.Object({ name: Type.String(), version: Type.String(), arch: Type.String() })),
});
const parseKept = parserOf(Kept, 'PAYLOAD_PACKAGE_CACHE_INVALID');

/**
 * Keeps lists of packages in a folder, one file an image. A file that is not what was written is made again; one that can
 * not be read is an error that names it.
 */
export function packageCache(folder: string): NonNullable<NodePackagesOptions['cache']> {
  const fileOf = (digest: string): string => join(folder, `${digest.replace(':', '_')}.json`);
  return {
    get: async (digest) => {
      const file = fileOf(digest);
      try {
        const kept = parseKept(readJson(await readFile(file, 'utf8')), { file });
        return kept.digest === digest ? kept : undefined;
      } catch (error) {
        if (systemCode(error) === 'ENOENT' || error instanceof SyntaxError || error instanceof SlipwayError)
          return undefined;
        throw new SlipwayError(
          'PAYLOAD_PACKAGE_CACHE_UNREADABLE',
          `the kept list can not be read: ${messageOf(error)}.`,
          {
            place: { file },
            cause: error,
          },
        );
      }
    },
    put: ({ image, digest, source, packages }) =>
      writeFileAtomic(
        fileOf(digest),
        canonicalJson({ image, digest, source, packages: packages.map((item) => ({ ...item })) }),
      ),
  };
}
