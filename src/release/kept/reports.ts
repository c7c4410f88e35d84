import { Type } from 'typebox';
import { type Judgement, type PreviousRelease, parseJudgement, previousRelease } from '../../audit/index.ts';
import type { JobRunRecord } from '../../db/index.ts';
import { type Place, parserOf, SlipwayError } from '../../util/index.ts';
import { type JobRun, parseJobRun } from '../../verify/index.ts';
import type { EvidenceStore } from './evidence.ts';

/** Findings of lint, as far as a page shows them. */
export const parseLintFindings = parserOf(
  Type.Array(
    Type.Object({
      rule: Type.String(),
      severity: Type.Union([Type.Literal('error'), Type.Literal('warning'), Type.Literal('info')]),
      message: Type.String(),
      place: Type.Object({
        file: Type.Optional(Type.String()),
        line: Type.Optional(Type.Integer()),
        image: Type.Optional(Type.String()),
        field: Type.Optional(Type.String()),
      }),
      /** Why it does not count, and until when. */
      waiver: Type.Optional(Type.Object({ reason: Type.String(), owner: Type.String(), expires: Type.String() })),
    }),
  ),
  'RELEASE_EVIDENCE_INVALID',
);

/** How gates came out. */
export const parseGateOutcomes = parserOf(
  Type.Array(
    Type.Object({
      gate: Type.String(),
      blocking: Type.Boolean(),
      /** Left out: not run. */
      passed: Type.Optional(Type.Boolean()),
      reason: Type.String(),
      evidence: Type.Array(Type.String()),
    }),
  ),
  'RELEASE_EVIDENCE_INVALID',
);

const OUTDATED = 'RELEASE_AUDIT_OUTDATED';

/** Whether somebody stumbled over a report that another version of Slipway made. */
export const isOutdated = (error: unknown): error is SlipwayError =>
  error instanceof SlipwayError && error.code === OUTDATED;

async function reading<T>(
  evidence: EvidenceStore,
  release: string,
  digest: string,
  parse: (value: unknown, place: Place) => T,
): Promise<T> {
  return await evidence.get(digest, (value) => {
    try {
      return parse(value, {});
    } catch (error) {
      if (!(error instanceof SlipwayError) || error.code !== 'AUDIT_REPORT_INVALID') throw error;
      const { field } = error.place;
      throw new SlipwayError(
        OUTDATED,
        `the audit report of ${release} was made by another version of Slipway and can not be read: ${field === undefined ? '' : `${field}: `}${error.message}`,
        {
          place: { field: digest },
          hint: 'Its verdict and the ledger stand; a new nightly of the same images gets a report that can be read.',
          cause: error,
        },
      );
    }
  });
}

/**
 * The report of a release's audit, out of the store of evidence. Reports have the shape of the version that made them:
 * throws `RELEASE_AUDIT_OUTDATED` for one that this version does not read.
 */
export const keptReport = (evidence: EvidenceStore, release: string, digest: string): Promise<Judgement> =>
  reading(evidence, release, digest, parseJudgement);

/** What later releases are compared with: base images and who signed them. Throws `RELEASE_AUDIT_OUTDATED`. */
export const keptBases = (evidence: EvidenceStore, release: string, digest: string): Promise<PreviousRelease> =>
  reading(evidence, release, digest, (value) => previousRelease(release, value));

/** A report, or the sentence that says why there is none to be read. */
export type ReadReport =
  | { readonly report: Judgement; readonly problem: null }
  | { readonly report: undefined; readonly problem: string };

/** As `keptReport`, for who can go on without one that another version made. */
export async function readReport(evidence: EvidenceStore, release: string, digest: string): Promise<ReadReport> {
  try {
    return { report: await keptReport(evidence, release, digest), problem: null };
  } catch (error) {
    if (isOutdated(error)) return { report: undefined, problem: error.message };
    throw error;
  }
}

/** What an attempt of a job left once it was over. */
export async function keptRun(evidence: EvidenceStore, run: JobRunRecord): Promise<JobRun> {
  const { startedAt, finishedAt } = run;
  if (run.summary === null || finishedAt === null)
    throw new SlipwayError('RELEASE_STATE_INVALID', `the attempt ${run.attempt} of the job ${run.job} is not over.`, {
      place: { field: run.release },
    });
  return await evidence.get(String(run.summary), (value, place) =>
    parseJobRun(value, { startedAt, finishedAt }, place),
  );
}
