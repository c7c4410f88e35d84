import { parseVerificationConfigMap, type VerificationConfig } from '../../sign/index.ts';
import { located, SlipwayError } from '../../util/index.ts';
import type { PayloadFile } from '../files.ts';
import {
  type Cluster,
  exclusionReason,
  isManifestFile,
  type Manifest,
  parseManifests,
  viewOf,
} from '../manifest/index.ts';
import { compareBytes } from '../text/index.ts';
import type { Payload } from '../types.ts';

const VERIFICATION_ANNOTATION = 'release.openshift.io/verification-config-map';

/** Whether a running release verifies the next by this ConfigMap. */
export function isVerificationConfig({ group, kind, annotations }: Manifest): boolean {
  return group === '' && kind === 'ConfigMap' && annotations !== null && VERIFICATION_ANNOTATION in annotations;
}

/** A manifest, and why such a cluster does not get it. */
export interface ClusterManifest {
  readonly manifest: Manifest;
  readonly excluded?: string;
}

/** `/manifests` of the base, where it is known, and the release's own. */
export interface Seen {
  readonly base: readonly PayloadFile[] | undefined;
  readonly payload: Pick<Payload, 'files' | 'metadata'>;
}

/** Manifests of files whose text has a word, in the order in which a Cluster Version Operator reads them. */
function manifestsWith(files: readonly PayloadFile[], word: string): readonly Manifest[] {
  return [...files]
    .filter(({ name }) => isManifestFile(name))
    .sort((a, b) => compareBytes(a.name, b.name))
    .flatMap(({ name, bytes }) => (Buffer.from(bytes).includes(word) ? parseManifests(bytes, name) : []));
}

/**
 * The manifests of a release that a word is in, each with the reason why a cluster of this kind does not get it:
 * /manifests of the base, then /release-manifests (payload format § 3.1, 4.2). Throws `PAYLOAD_MANIFEST_INVALID`,
 * `PAYLOAD_YAML_INVALID`, `PAYLOAD_CLUSTER_INVALID`.
 */
export function ofCluster({ base = [], payload }: Seen, word: string, cluster: Cluster): readonly ClusterManifest[] {
  const files = payload.files.filter(({ name }) => name !== 'image-references' && name !== 'release-metadata');
  const found = [...manifestsWith(base, word), ...manifestsWith(files, word)];
  if (found.length === 0) return [];
  const gates = manifestsWith([...base, ...files], 'FeatureGate');
  const view = viewOf(gates, payload.metadata.version, cluster);
  return found.map((manifest) => {
    const excluded = exclusionReason(manifest, view);
    return excluded === undefined ? { manifest } : { manifest, excluded };
  });
}

/**
 * How a cluster of this kind verifies the next release: by the first verification ConfigMap that it gets. `undefined`
 * when it gets none. Throws `SIGN_CONFIG_INVALID` naming the file, also for manifests with which no release can be loaded.
 */
export function verifierIn(seen: Seen, cluster: Cluster): VerificationConfig | undefined {
  let manifests: readonly ClusterManifest[];
  try {
    manifests = ofCluster(seen, VERIFICATION_ANNOTATION, cluster);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code === 'PAYLOAD_CLUSTER_INVALID') throw error;
    throw new SlipwayError('SIGN_CONFIG_INVALID', error.message, { place: error.place, cause: error });
  }
  const first = manifests.find(({ manifest, excluded }) => excluded === undefined && isVerificationConfig(manifest));
  if (first === undefined) return undefined;
  try {
    return parseVerificationConfigMap(JSON.stringify(first.manifest.object));
  } catch (error) {
    throw located(error, { file: first.manifest.file });
  }
}
