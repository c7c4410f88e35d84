/** For tests: keys, an image source and the whole way from layers to facts. */
import { parseKeyring } from '../../rpm/index.ts';
import { auditImages } from '../facts/image.ts';
import type { ImageFacts } from '../model/facts.ts';
import { type MemorySource, makeLayer, type TestFiles, type TestLayer } from './image.ts';
import { makeHeader, makeKey, makeRpmdb, type TestKey, type TestPackage } from './rpm.ts';

export interface TestKeys {
  readonly open: TestKey;
  readonly denied: TestKey;
  /** Signs as well, but no policy and no keyring knows it. */
  readonly stranger: TestKey;
}

let made: Promise<TestKeys> | undefined;

/** One set of keys for a test file: making RSA keys takes a while. */
export function testKeys(): Promise<TestKeys> {
  made ??= Promise.all([makeKey('Open Test Project'), makeKey('Licensed Test Vendor'), makeKey('Stranger')]).then(
    ([open, denied, stranger]) => ({ open, denied, stranger }),
  );
  return made;
}

export const RPMDB = 'var/lib/rpm/rpmdb.sqlite';

/** Files of a layer with a database of these packages. */
export async function rpmdbFiles(packages: readonly TestPackage[], path = RPMDB): Promise<TestFiles> {
  return { [path]: makeRpmdb(await Promise.all(packages.map(makeHeader))).main };
}

export async function rpmdbLayer(packages: readonly TestPackage[], createdBy: string): Promise<TestLayer> {
  return makeLayer(await rpmdbFiles(packages), createdBy);
}

/** Facts of images of a source: component name ► layers. */
export async function factsOf(
  source: MemorySource,
  images: Readonly<Record<string, readonly TestLayer[]>>,
  bases: readonly string[] = [],
): Promise<ImageFacts[]> {
  const { open, denied } = await testKeys();
  return await auditImages(
    Object.entries(images).map(([name, layers]) => ({
      source,
      reference: source.add(layers),
      name,
      base: bases.includes(name),
    })),
    { keyring: parseKeyring([open.publicKey, denied.publicKey]) },
  );
}
