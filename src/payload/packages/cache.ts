import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Type } from 'typebox';
import { canonicalJson, messageOf, parserOf, SlipwayError, systemCode, writeFileAtomic } from '../../util/index.ts';
import type { NodePackagesOptions } from './read.ts';

const Kept = Type.Object({
  image: Type.String(),
  digest: Type.String(),
  source: Type.Union([Type.Literal('metalayer'), Type.Literal('rpmdb')]),
  packages: Type.Array(Type.Object({ name: Type.String(), version: Type.String(), arch: Type.String() })),
});
const parseKept = parserOf(Kept, 'PAYLOAD_PACKAGE_CACHE_INVALID');

/** Keeps lists of packages in a folder, one file an image. A file that can not be read is an error that names it. */
export function packageCache(folder: string): NonNullable<NodePackagesOptions['cache']> {
  const fileOf = (digest: string): string => join(folder, `${digest.replace(':', '_')}.json`);
  return {
    get: async (digest) => {
      const file = fileOf(digest);
      try {
        return parseKept(JSON.parse(await readFile(file, 'utf8')), { file });
      } catch (error) {
        if (systemCode(error) === 'ENOENT') return undefined;
        throw new SlipwayError('PAYLOAD_PACKAGE_CACHE_INVALID', `the kept list can not be read: ${messageOf(error)}`, {
          place: { file },
          hint: 'Remove the file; it is made again.',
          cause: error,
        });
      }
    },
    put: ({ image, digest, source, packages }) =>
      writeFileAtomic(
        fileOf(digest),
        canonicalJson({ image, digest, source, packages: packages.map((item) => ({ ...item })) }),
      ),
  };
}
