import type { KeyObject } from 'node:crypto';
import {
  type ArtifactBlob,
  artifactBlob,
  type Descriptor,
  type Digest,
  type ImageTarget,
  loadArtifact,
  MEDIA,
  parseDigest,
  putArtifact,
  type Repository,
} from '../../oci/index.ts';
import { verifyEnvelope } from '../../sign/index.ts';
import { messageOf, readJson, SlipwayError, sha256Hex } from '../../util/index.ts';
import type { SignedAttestation } from './attestations.ts';
import { IN_TOTO, isAbout, parseStatement, type Statement } from './statement.ts';

const ENVELOPE = 'application/vnd.dsse.envelope.v1+json';
/** in-toto's own word for it, which BuildKit uses too. */
const PREDICATE_TYPE = 'in-toto.io/predicate-type';
const TITLE = 'org.opencontainers.image.title';
/** SBOMs of a release of 190 images have about 30 MB. */
const LARGEST_ENVELOPE = 256 << 20;

/** Where cosign looks for attestations of an image (cosign, specs/SIGNATURE_SPEC.md § Tag-based discovery). */
export const cosignTag = (digest: string): string => `${digest.replace(':', '-')}.att`;

/**
 * Makes attestations of one manifest findable: each as a referrer of it (`oras discover`), and all together under the
 * tag that cosign asks for. The same envelopes give the same manifests, so doing it again changes nothing. The manifest
 * itself need not be there yet. Returns the digests of the referrers.
 */
export async function attachAttestations(
  target: ImageTarget,
  subject: Descriptor,
  attestations: readonly SignedAttestation[],
): Promise<Digest[]> {
  const digests: Digest[] = [];
  for (const { name, predicateType, envelope } of attestations) {
    const annotations = { [PREDICATE_TYPE]: predicateType };
    digests.push(
      await putArtifact(target, {
        artifactType: IN_TOTO,
        subject,
        blobs: [
          { mediaType: ENVELOPE, bytes: envelope, annotations: { ...annotations, [TITLE]: `${name}.dsse.json` } },
        ],
        annotations,
      }),
    );
  }
  await putForCosign(target, subject.digest, attestations);
  return digests;
}

/** One image of all envelopes, each a layer; diffIDs are the digests, since nothing is compressed. */
async function putForCosign(
  target: ImageTarget,
  digest: Digest,
  attestations: readonly SignedAttestation[],
): Promise<void> {
  const layers = attestations.map(({ predicateType, envelope }) => ({
    mediaType: ENVELOPE,
    digest: parseDigest(`sha256:${sha256Hex(envelope)}`),
    size: envelope.length,
    annotations: { 'dev.cosignproject.cosign/signature': '', predicateType },
  }));
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      os: '',
      config: {},
      rootfs: { type: 'layers', diff_ids: layers.map((layer) => layer.digest) },
    }),
  );
  const configDescriptor = {
    mediaType: MEDIA.ociConfig,
    digest: parseDigest(`sha256:${sha256Hex(config)}`),
    size: config.length,
  };
  if (!(await target.hasBlob(configDescriptor.digest))) await target.putBlob(configDescriptor, config);
  const manifest = { schemaVersion: 2, mediaType: MEDIA.ociManifest, config: configDescriptor, layers };
  await target.putManifest(cosignTag(digest), MEDIA.ociManifest, Buffer.from(JSON.stringify(manifest)));
}

/** A plain SBOM as a referrer, for tools that do not read attestations. */
export async function attachDocument(
  target: ImageTarget,
  subject: Descriptor,
  document: ArtifactBlob,
  fileName: string,
): Promise<Digest> {
  return await putArtifact(target, {
    artifactType: document.mediaType,
    subject,
    blobs: [{ ...document, annotations: { [TITLE]: fileName } }],
  });
}

/** An attestation that was found, and whether it holds. */
export interface FoundAttestation {
  /** Of the referrer, or of cosign's image. */
  readonly manifest: Digest;
  readonly envelope: Digest;
  /** As the registry says; the statement has the last word. */
  readonly predicateType: string;
  /** The statement, where a trusted key signed it and it is about the manifest. */
  readonly statement: Statement | null;
  /** Ids of the trusted keys that signed it. */
  readonly keyIds: readonly string[];
  /** Why it does not hold; null when it does. */
  readonly refused: string | null;
}

/** Envelopes that refer to a manifest, each once, wherever they are listed. */
async function envelopes(repository: Repository, digest: Digest): Promise<{ manifest: Digest; blob: Descriptor }[]> {
  const found = new Map<string, { manifest: Digest; blob: Descriptor }>();
  const add = (manifest: Digest, blobs: readonly Descriptor[]): void => {
    for (const blob of blobs)
      if (blob.mediaType === ENVELOPE && !found.has(blob.digest)) found.set(blob.digest, { manifest, blob });
  };
  for (const { digest: referrer } of await repository.referrers(digest, IN_TOTO)) {
    add(referrer, (await loadArtifact(repository, referrer, IN_TOTO)).manifest.layers);
  }
  try {
    const { digest: image, manifest } = await loadArtifact(repository, cosignTag(digest), MEDIA.ociConfig);
    add(image, manifest.layers);
  } catch (error) {
    if (!(error instanceof SlipwayError) || error.code !== 'OCI_MANIFEST_UNKNOWN') throw error;
  }
  return [...found.values()];
}

function check(bytes: Uint8Array, digest: Digest, keys: readonly KeyObject[]) {
  const { payload, keyIds } = verifyEnvelope(readJson(Buffer.from(bytes).toString('utf8')), keys, {
    payloadType: IN_TOTO,
  });
  const statement = parseStatement(readJson(Buffer.from(payload).toString('utf8')));
  // Whoever can write to the registry can attach the statement of another image.
  if (!isAbout(statement, digest))
    throw new SlipwayError('AUDIT_STATEMENT_SUBJECT', 'the statement is not about this image.', { exitCode: 1 });
  return { statement, keyIds };
}

/**
 * Finds what is attested of a manifest, by its referrers and by cosign's tag, and verifies it with trusted keys. What
 * does not hold is in the result with the reason; nothing is left out. Errors of the registry pass unchanged.
 */
export async function findAttestations(
  repository: Repository,
  digest: Digest,
  keys: readonly KeyObject[],
): Promise<FoundAttestation[]> {
  const found: FoundAttestation[] = [];
  for (const { manifest, blob } of await envelopes(repository, digest)) {
    const { annotations = {} } = blob;
    const stated = annotations[PREDICATE_TYPE] ?? annotations.predicateType ?? '';
    const base = { manifest, envelope: blob.digest, predicateType: stated };
    const bytes = await artifactBlob(repository, blob, LARGEST_ENVELOPE);
    try {
      const { statement, keyIds } = check(bytes, digest, keys);
      found.push({ ...base, predicateType: statement.predicateType, statement, keyIds, refused: null });
    } catch (error) {
      if (!(error instanceof SlipwayError || error instanceof SyntaxError)) throw error;
      found.push({ ...base, statement: null, keyIds: [], refused: messageOf(error) });
    }
  }
  return found.sort((a, b) => (`${a.predicateType} ${a.envelope}` < `${b.predicateType} ${b.envelope}` ? -1 : 1));
}
