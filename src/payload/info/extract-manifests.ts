import { METADATA_FILE } from '../assemble/assemble.ts';
import { REFERENCES_FILE } from '../assemble/operator.ts';
import { exclusionReason, type InclusionView } from '../manifest/inclusion.ts';
import { isManifestFile, parseManifests } from '../manifest/parse.ts';
import type { Manifest } from '../manifest/types.ts';
import type { Payload, PayloadFile } from '../types.ts';

export interface ExtractManifestsOptions {
  /** Only what a Cluster Version Operator would apply on such a cluster. */
  readonly view?: InclusionView;
  /** Only CredentialsRequests. */
  readonly credentialsRequests?: boolean;
}

function isCredentialsRequest({ group, kind }: Manifest): boolean {
  return group === 'cloudcredential.openshift.io' && kind === 'CredentialsRequest';
}

/**
 * The files of `oc adm release extract`: `image-references`, `release-metadata` and the manifests, as they stand in the
 * payload. oc writes manifests again as YAML with sorted keys; here an unfiltered file keeps its bytes, and of a
 * filtered one the objects that stay are written as JSON documents. Platforms without cloud credentials (`none`,
 * `baremetal`) are no error (payload format § 1.12, B7).
 */
export function extractManifests(payload: Payload, options: ExtractManifestsOptions = {}): readonly PayloadFile[] {
  const { view, credentialsRequests } = options;
  const filtered = view !== undefined || credentialsRequests === true;
  return payload.files.flatMap((file): PayloadFile[] => {
    if (file.name === REFERENCES_FILE || file.name === METADATA_FILE) return credentialsRequests === true ? [] : [file];
    if (!isManifestFile(file.name)) return [];
    if (!filtered) return [file];
    const manifests = parseManifests(file.bytes, file.name);
    const kept = manifests
      .filter((manifest) => credentialsRequests !== true || isCredentialsRequest(manifest))
      .filter((manifest) => view === undefined || exclusionReason(manifest, view) === undefined);
    if (kept.length === 0) return [];
    if (kept.length === manifests.length) return [file];
    const text = kept.map(({ object }) => `---\n${JSON.stringify(object, undefined, 2)}\n`).join('');
    return [{ ...file, bytes: Buffer.from(text) }];
  });
}
