import {
  type Connection,
  listJobRuns,
  listReleases,
  listSignatures,
  listSteps,
  putJobRun,
  putSignature,
} from '../../db/index.ts';
import { SlipwayError } from '../../util/index.ts';
import type { StepContext, StoredSignature } from '../context.ts';
import { type EvidenceStore, keptRun, parseOutput } from '../kept/index.ts';
import { stepStates, storedRelease } from './rows.ts';

/** Part of `StepContext` that comes from the database. */
type Scope = Pick<StepContext, 'output' | 'lastAccepted' | 'states' | 'jobRuns' | 'signatures'>;

/** Access of one release's steps to what is stored. */
export function releaseScope(db: Connection, evidence: EvidenceStore, release: string): Scope {
  return {
    states: () => stepStates(db, release),
    lastAccepted: async () => {
      const { stream, createdAt } = await storedRelease(db, release);
      for (const earlier of await listReleases(db, { stream })) {
        if (earlier.phase !== 'Accepted' || earlier.createdAt >= createdAt) continue;
        // A person may accept a nightly that was never audited.
        const { audit } = await stepStates(db, earlier.name);
        if (audit === 'done' || audit === 'bad') return earlier.name;
      }
      return undefined;
    },
    output: async (step, of = release) => {
      const stored = (await listSteps(db, of)).find((record) => record.step === step);
      if (!stored || (stored.state !== 'done' && stored.state !== 'bad')) {
        throw new SlipwayError('RELEASE_STATE_INVALID', `the step "${step}" of ${of} has no result.`);
      }
      return parseOutput(step, of, stored.output);
    },
    jobRuns: {
      finished: async (job) => {
        const runs = (await listJobRuns(db, release)).filter((run) => run.job === job && run.state !== 'running');
        return await Promise.all(runs.map((run) => keptRun(evidence, run)));
      },
      started: async ({ name, blocking }, attempt, at) => {
        await putJobRun(db, {
          release,
          job: name,
          attempt,
          blocking,
          state: 'running',
          startedAt: at,
          finishedAt: null,
          summary: null,
          logPath: null,
        });
      },
      ended: async (run) => {
        const summary = await evidence.put(run);
        await putJobRun(db, {
          release,
          job: run.job,
          attempt: run.attempt,
          blocking: run.blocking,
          state: run.state,
          startedAt: run.startedAt,
          finishedAt: run.finishedAt,
          summary,
          logPath: run.logPath,
        });
      },
    },
    signatures: {
      of: async (digest): Promise<readonly StoredSignature[]> => await listSignatures(db, digest),
      add: async (signature) => await putSignature(db, { ...signature, bytes: Buffer.from(signature.bytes) }),
    },
  };
}
