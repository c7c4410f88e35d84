import { EXTRACTOR, type LayerFacts } from './facts.ts';

/** Facts of a layer of which nothing is known but what its manifest says. `deep`: files were asked for. */
export function emptyLayer(
  layer: Pick<LayerFacts, 'digest' | 'diffId' | 'size' | 'keyring'>,
  deep = false,
): LayerFacts {
  return {
    extractor: EXTRACTOR,
    keyring: layer.keyring,
    digest: layer.digest,
    diffId: layer.diffId,
    size: layer.size,
    rpmdbs: [],
    osReleases: [],
    repositories: [],
    contentManifests: [],
    dockerfiles: [],
    labelFiles: [],
    packageLists: [],
    certificates: [],
    residues: [],
    dnfHistories: [],
    binaries: [],
    gaps: [],
    files: deep ? [] : null,
    whiteouts: [],
    opaque: [],
    looseLinks: [],
  };
}
