import { type Descriptor, type ImageSource, parseDigest, readLayer } from '../../../oci/index.ts';
import type { PackageFiles } from '../../deep/index.ts';
import { EXTRACTOR, type LayerFacts } from '../../model/index.ts';
import type { PackageReader } from './rpmdb.ts';
import { LayerScan } from './scan.ts';

/**
 * Facts of one layer, from one streaming pass; a second pass reads the files that hard links name as evidence, which
 * only ostree's encapsulated images need (spec audit.md § 2.1). Memory: a few chunks, and the RPM databases of the
 * layer; where `files` is given (deep mode), every file is hashed and
 * listed, and the lists of what the packages signed are put there by header. Content that can not be read becomes a gap; a layer that can not be read throws (`OCI_…`).
 */
export async function extractLayer(
  source: ImageSource,
  layer: Descriptor,
  diffId: string,
  reader: PackageReader,
  keyring: string,
  files?: Map<string, PackageFiles>,
): Promise<LayerFacts> {
  const scan = new LayerScan(files);
  for await (const entry of readLayer(source, layer, { diffId: parseDigest(diffId) })) {
    const taken = scan.see(entry);
    if (taken) await taken;
  }
  const unread = scan.unread();
  if (unread.size > 0) {
    for await (const entry of readLayer(source, layer)) {
      const paths = entry.type === 'file' && entry.whiteout === undefined ? unread.get(entry.path) : undefined;
      if (paths) await scan.seeLinked(entry, paths);
    }
  }
  return {
    extractor: EXTRACTOR,
    keyring,
    digest: layer.digest,
    diffId,
    size: layer.size,
    ...scan.facts(reader),
  };
}
