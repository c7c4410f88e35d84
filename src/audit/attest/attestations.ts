import type { KeyObject } from 'node:crypto';
import { signEnvelope } from '../../sign/index.ts';
import { canonicalJson } from '../../util/index.ts';
import type { AuditReport, ReportContext } from '../model/index.ts';
import { imageFileNames, onlyImage } from '../report/index.ts';
import { PREDICATES, type Predicate } from './predicates.ts';
import { IN_TOTO, type StatementSubject, statementBytes } from './statement.ts';

/** A statement to be signed, and the manifest that it is to be found at. */
export interface Attestation {
  /** Unique in the set, fit for a file: `release.vsa`, `console.cyclonedx`. */
  readonly name: string;
  /** Name of the image; null for the release as a whole. */
  readonly image: string | null;
  /** Digest of the manifest that it refers to. */
  readonly subject: string;
  readonly predicateType: string;
  readonly title: string;
  /** in-toto statement. */
  readonly statement: Uint8Array;
}

/** A signed attestation, as it is kept and handed out. */
export interface SignedAttestation extends Omit<Attestation, 'statement'> {
  /** DSSE envelope as JSON. */
  readonly envelope: Uint8Array;
}

function attestation(
  predicate: Predicate,
  name: string,
  image: string | null,
  subjects: readonly [StatementSubject, ...StatementSubject[]],
  content: unknown,
): Attestation {
  return {
    name: `${name}.${predicate.id}`,
    image,
    subject: subjects[0].digest,
    predicateType: predicate.type,
    title: predicate.title,
    statement: statementBytes(subjects, predicate.type, content),
  };
}

/**
 * Everything that is attested of a report: of the release, whose statements name every image as well, and of each
 * image. Without a payload in the context, a report of one image is attested as a whole. Pure; one at a time, since the
 * SBOMs of a release are large.
 */
export function* attestationsOf(report: AuditReport, context: ReportContext): Generator<Attestation> {
  const { payload } = context;
  if (payload !== undefined) {
    const images = report.images.map(({ name, digest }) => ({ name, digest }));
    const whole = { name: payload.name, digest: payload.digest };
    for (const predicate of PREDICATES) {
      const subjects = predicate.of === 'release' ? ([whole, ...images] as const) : ([whole] as const);
      yield attestation(predicate, 'release', null, subjects, predicate.make(report, context));
    }
  }
  const alone = payload === undefined && report.images.length === 1;
  const { payload: _, ...ofImages } = context;
  const names = imageFileNames(report.images, ['release']);
  for (const [index, image] of report.images.entries()) {
    const only = onlyImage(report, image);
    const subject = { name: image.pullSpec ?? image.name, digest: image.digest };
    for (const predicate of PREDICATES) {
      if (predicate.of === 'release' && !alone) continue;
      yield attestation(predicate, names[index] ?? image.name, image.name, [subject], predicate.make(only, ofImages));
    }
  }
}

/** Signs a statement (DSSE 1.0). ECDSA signatures differ each time: what was handed out is to be kept. */
export function signAttestation({ statement, ...rest }: Attestation, key: KeyObject): SignedAttestation {
  return { ...rest, envelope: Buffer.from(canonicalJson(signEnvelope(IN_TOTO, statement, [key]))) };
}
