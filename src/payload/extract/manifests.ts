import { SlipwayError } from '../../util/index.ts';
import { METADATA_FILE, REFERENCES_FILE } from '../assemble/index.ts';
import type { PayloadFile } from '../files.ts';
import {
  exclusionReason,
  type InclusionView,
  isManifestFile,
  isObject,
  type Manifest,
  type ManifestDocument,
  parseDocuments,
  parseExactly,
  textAt,
} from '../manifest/index.ts';
import { goQuote, goYaml, type JsonValue, listed } from '../text/index.ts';
import type { Payload } from '../types.ts';
import { CLOUDS } from './clouds.ts';

export interface ExtractManifestsOptions {
  /** Only what a Cluster Version Operator would apply on such a cluster. */
  readonly view?: InclusionView;
  /** Only CredentialsRequests: of this platform, or of all. */
  readonly credentialsRequests?: { readonly cloud?: string };
}

function isCredentialsRequest({ group, version, kind }: Manifest): boolean {
  return group === 'cloudcredential.openshift.io' && version === 'v1' && kind === 'CredentialsRequest';
}

function wanted(manifest: Manifest, { view, credentialsRequests }: ExtractManifestsOptions): boolean {
  if (credentialsRequests !== undefined) {
    if (!isCredentialsRequest(manifest)) return false;
    const { cloud } = credentialsRequests;
    // A platform without cloud credentials has no kind, and none of the requests is its.
    if (cloud !== undefined && textAt(manifest.object, 'spec', 'providerSpec', 'kind') !== CLOUDS.get(cloud))
      return false;
    // Without annotations nobody but ccoctl reads it, and that is who is asking.
    if (Object.keys(manifest.annotations ?? {}).length === 0) return true;
  }
  return view === undefined || exclusionReason(manifest, view) === undefined;
}

/** A whole number that JavaScript cannot hold exactly: read as such, it may be another. */
function hasInexact(value: JsonValue): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value);
  if (Array.isArray(value)) return value.some(hasInexact);
  return isObject(value) && Object.values(value).some(hasInexact);
}

/** JSON as go-yaml reads it again, where it does; oc writes nothing at all for the rest (`\/`, `\ud83d\ude00`). */
function jsonAsYaml({ manifest, document }: ManifestDocument): string {
  try {
    return goYaml(parseExactly(document, manifest.file), { floats: true });
  } catch (error) {
    if (!(error instanceof SlipwayError)) throw error;
    return goYaml(manifest.object);
  }
}

function documentOf(found: ManifestDocument): string {
  const { manifest, document } = found;
  if (document.json === true) return `---\n${jsonAsYaml(found)}`;
  const exact = hasInexact(manifest.object) ? parseExactly(document, manifest.file) : manifest.object;
  return `---\n${goYaml(exact)}`;
}

/** A folder of manifests has no sub-folders: what a release has there would be missing, and nobody would see it. */
function checkFlat({ dropped, reference }: Payload): void {
  const deeper = dropped.filter(({ name }) => name.includes('/')).map(({ name }) => goQuote(name));
  if (deeper.length === 0) return;
  throw new SlipwayError('PAYLOAD_FILE_NAME', `the release has files in sub-folders: ${listed(deeper)}.`, {
    place: { image: reference },
    hint: 'No cluster reads them, and they can not be extracted; make the release again with `payload new`.',
  });
}

/**
 * The files of `oc adm release extract`: `image-references` and `release-metadata` as they are, manifests written again
 * as YAML with sorted keys, byte for byte as oc writes them. A file of which no object stays is left out, and so is
 * what is no manifest (payload format § 2.5). Throws `PAYLOAD_FILE_NAME` where some of the release are in sub-folders.
 */
export function extractManifests(payload: Payload, options: ExtractManifestsOptions = {}): readonly PayloadFile[] {
  checkFlat(payload);
  return payload.files.flatMap((file): PayloadFile[] => {
    if (file.name === REFERENCES_FILE || file.name === METADATA_FILE)
      return options.credentialsRequests === undefined ? [file] : [];
    if (!isManifestFile(file.name)) return [];
    const kept = parseDocuments(file.bytes, file.name).filter(({ manifest }) => wanted(manifest, options));
    return kept.length === 0 ? [] : [{ ...file, bytes: Buffer.from(kept.map(documentOf).join('')) }];
  });
}

/** One file of a payload, as it is. Throws `PAYLOAD_FILE_UNKNOWN`. */
export function payloadFile(payload: Payload, name: string): PayloadFile {
  const file = payload.files.find((candidate) => candidate.name === name);
  if (file !== undefined) return file;
  throw new SlipwayError('PAYLOAD_FILE_UNKNOWN', `the release image has no file ${goQuote(name)}.`, {
    place: { image: payload.reference },
    hint: '`slipway payload info --contents` prints all of them.',
  });
}
