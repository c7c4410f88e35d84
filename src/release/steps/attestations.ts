import { createPublicKey } from 'node:crypto';
import { readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import {
  type AuditReport,
  attachAttestations,
  attachDocument,
  attestationsOf,
  findAttestations,
  IN_TOTO,
  PREDICATES,
  REPORT_FORMATS,
  type ReportContext,
  signAttestation,
} from '../../audit/index.ts';
import { parseDigest, type Repository } from '../../oci/index.ts';
import {
  ifThere,
  mapLimit,
  parserOf,
  prettyJson,
  SlipwayError,
  sha256Hex,
  storageError,
  syncFolder,
  writeFileAtomic,
} from '../../util/index.ts';
import type { StepContext } from '../context.ts';
import { keptReport } from '../kept/index.ts';

const AT_ONCE = 4;
const INDEX = 'index.json';
/** Forms of the report that are attached to the release as they are, for tools that read no attestations. */
const ATTACHED: ReadonlySet<string> = new Set(['cyclonedx', 'spdx']);

const Entry = Type.Object({
  /** Name of the file. */
  name: Type.String({ pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$' }),
  title: Type.String(),
  mediaType: Type.String(),
  /** Name of an image; null for the release as a whole. */
  image: Type.Union([Type.String(), Type.Null()]),
  /** Digest of the manifest that it is attached to; null for what is there to be downloaded only. */
  subject: Type.Union([Type.String({ pattern: '^sha256:[0-9a-f]{64}$' }), Type.Null()]),
  /** Null for a report, which nobody signed. */
  predicateType: Type.Union([Type.String(), Type.Null()]),
  sizeBytes: Type.Integer(),
  sha256: Type.String(),
});
type Entry = Static<typeof Entry>;

const parseEntries = parserOf(Type.Array(Entry), 'RELEASE_STATE_INVALID');

/** What a release page lists. */
export type PublishedAttestation = Pick<Entry, 'name' | 'title' | 'predicateType' | 'sizeBytes' | 'sha256'>;

/** The list of what was made before; `undefined` when nothing was. */
async function readEntries(folder: string): Promise<Entry[] | undefined> {
  const file = join(folder, INDEX);
  const text = await ifThere(readFile(file, 'utf8'), file);
  if (text === undefined) return undefined;
  return parseEntries(JSON.parse(text), { file });
}

/** Writes all forms of the report and all signed attestations into a folder, and the list of them last. */
async function make(
  { attestationKey, signal }: StepContext,
  report: AuditReport,
  context: ReportContext,
  folder: string,
): Promise<Entry[]> {
  const entries: Entry[] = [];
  const write = async (entry: Omit<Entry, 'sizeBytes' | 'sha256'>, content: string | Uint8Array): Promise<void> => {
    signal.throwIfAborted();
    await writeFileAtomic(join(folder, entry.name), content);
    entries.push({ ...entry, sizeBytes: Buffer.byteLength(content), sha256: sha256Hex(content) });
  };
  for (const { id, title, mediaType, extension, format } of Object.values(REPORT_FORMATS)) {
    const subject = ATTACHED.has(id) ? (context.payload?.digest ?? null) : null;
    const entry = { name: `audit.${extension}`, title, mediaType, image: null, subject, predicateType: null };
    await write(entry, format(report, context));
  }
  for (const attestation of attestationsOf(report, context)) {
    const { name, title, image, subject, predicateType, envelope } = signAttestation(attestation, attestationKey);
    await write({ name: `${name}.dsse.json`, title, mediaType: IN_TOTO, image, subject, predicateType }, envelope);
  }
  await writeFileAtomic(join(folder, INDEX), prettyJson(entries));
  return entries;
}

/**
 * The folder of a release's attestations; made once. ECDSA signatures differ each time, so a run that goes on after a
 * kill must hand out the bytes that the first one may have handed out: the folder appears whole or not at all, and is
 * never made again.
 */
async function stage(context: StepContext, payloadDigest: string): Promise<{ folder: string; entries: Entry[] }> {
  const { paths, release, evidence, repositories, output } = context;
  const folder = join(paths.attestations, release.name);
  const before = await readEntries(folder);
  if (before) return { folder, entries: before };
  // A stable release is attested as it was judged for promotion.
  const digest = release.judgement?.report ?? (await output('audit', release.promotedFrom)).report;
  const report = await keptReport(evidence, release.promotedFrom ?? release.name, digest);
  const building = join(paths.attestations, `.${release.name}.tmp`);
  try {
    await rm(building, { recursive: true, force: true });
    const payload = {
      name: release.name,
      digest: payloadDigest,
      pullSpec: `${repositories.releaseName}@${payloadDigest}`,
    };
    const entries = await make(context, report, { payload, created: release.createdAt }, building);
    await rename(building, folder);
    await syncFolder(paths.attestations);
    return { folder, entries };
  } catch (error) {
    await rm(building, { recursive: true, force: true });
    throw storageError(error, folder);
  }
}

/** Attaches what refers to one manifest. Done again, it changes nothing. */
async function attach(
  repository: Repository,
  source: Pick<Repository, 'manifest'>,
  subject: string,
  files: readonly { readonly entry: Entry; readonly bytes: Uint8Array }[],
): Promise<void> {
  const { mediaType, bytes } = await source.manifest(subject);
  const descriptor = { mediaType, digest: parseDigest(subject), size: bytes.length };
  const attestations = files.flatMap(({ entry, bytes: envelope }) =>
    entry.predicateType === null
      ? []
      : [
          {
            name: entry.name.replace(/\.dsse\.json$/u, ''),
            title: entry.title,
            image: entry.image,
            subject,
            predicateType: entry.predicateType,
            envelope,
          },
        ],
  );
  await attachAttestations(repository, descriptor, attestations);
  for (const { entry, bytes: document } of files) {
    if (entry.predicateType !== null) continue;
    await attachDocument(repository, descriptor, { mediaType: entry.mediaType, bytes: document }, entry.name);
  }
}

/**
 * Publishes what the audit found: every form of its report as files, and signed attestations as referrers of the release
 * and of its images. They are there before the release's tag is. Throws `RELEASE_ATTESTATION_DAMAGED`.
 */
export async function publishAttestations(context: StepContext, digest: string): Promise<PublishedAttestation[]> {
  const { repositories, signal, progress } = context;
  const { folder, entries } = await stage(context, digest);
  const attached = Map.groupBy(
    entries.filter(({ subject }) => subject !== null),
    ({ subject }) => subject ?? '',
  );
  let done = 0;
  await mapLimit([...attached], AT_ONCE, async ([subject, group]) => {
    signal.throwIfAborted();
    const files = await Promise.all(group.map(async (entry) => ({ entry, bytes: await readStaged(folder, entry) })));
    const ofRelease = subject === digest;
    await attach(
      ofRelease ? repositories.release : repositories.content,
      ofRelease ? repositories.stagingRelease : repositories.content,
      subject,
      files,
    );
    progress(`attestations of ${++done} of ${attached.size} images`);
  });
  return entries
    .filter(({ image }) => image === null)
    .map(({ name, title, predicateType, sizeBytes, sha256 }) => ({ name, title, predicateType, sizeBytes, sha256 }));
}

/**
 * Looks in the registry, as clients do, for all that is attested of a release, and verifies it with the workspace's
 * key: no stable release goes out without (audit.md § 6.4). Throws `RELEASE_ATTESTATION_MISSING`.
 */
export async function requireAttestations(
  { repositories, attestationKey }: StepContext,
  digest: string,
): Promise<void> {
  const found = await findAttestations(repositories.release, parseDigest(digest), [createPublicKey(attestationKey)]);
  for (const { type, title } of PREDICATES) {
    const alike = found.filter(({ predicateType }) => predicateType === type);
    if (alike.some(({ statement }) => statement !== null)) continue;
    const why = alike.map(({ refused }) => refused).find((reason) => reason !== null) ?? 'there is none';
    throw new SlipwayError(
      'RELEASE_ATTESTATION_MISSING',
      `the registry has no signed attestation "${title}": ${why}.`,
      {
        place: { image: `${repositories.releaseName}@${digest}` },
        hint: 'A registry that drops referrers can not be published to.',
      },
    );
  }
}

async function readStaged(folder: string, { name, sha256 }: Entry): Promise<Uint8Array> {
  const file = join(folder, name);
  const bytes = await readFile(file);
  if (sha256Hex(bytes) === sha256) return bytes;
  throw new SlipwayError('RELEASE_ATTESTATION_DAMAGED', 'the file is not what was made for this release.', {
    place: { file },
    hint: `Remove the folder ${folder} to have it made again, unless the release was handed out already.`,
  });
}
