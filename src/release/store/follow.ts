import type { Transaction } from 'kysely';
import { appendLedger, putGate, type Schema, updateRelease } from '../../db/index.ts';
import type { StepResult } from '../context.ts';
import type { StepName } from '../decide/index.ts';
import { type EvidenceStore, parseGateOutcomes, parseOutput } from '../kept/index.ts';
import type { ReleaseRecord } from './rows.ts';

/** What follows from a step's result for its release, in the transaction that stores the result. */
export async function followStep(
  trx: Transaction<Schema>,
  evidenceStore: EvidenceStore,
  release: ReleaseRecord,
  step: StepName,
  result: StepResult<StepName>,
  at: Date,
): Promise<void> {
  const { name } = release;
  switch (step) {
    case 'import':
      await updateRelease(trx, name, { inputHash: parseOutput('import', name, result.output).inputHash });
      break;
    case 'assemble':
    case 'promote':
      await updateRelease(trx, name, {
        phase: 'Ready',
        payloadDigest: parseOutput(step, name, result.output).digest,
      });
      break;
    case 'judge': {
      const { phase, reason, gates } = parseOutput('judge', name, result.output);
      for (const { gate, blocking, passed, reason: why, evidence } of await evidenceStore.get(
        gates,
        parseGateOutcomes,
      )) {
        await putGate(trx, {
          release: name,
          gate,
          blocking,
          passed: passed ?? null,
          reason: why,
          evidence,
          decidedAt: at,
        });
      }
      await updateRelease(trx, name, { phase, reason });
      await appendLedger(trx, {
        at,
        kind: `release.${phase.toLowerCase()}`,
        actor: 'slipway',
        subject: name,
        payload: { reason, gates },
      });
      break;
    }
    case 'publish': {
      const { pullSpec, digest } = parseOutput('publish', name, result.output);
      // The moment at which a release becomes part of the update graph: one row, after everything is in its place.
      await updateRelease(trx, name, {
        payloadRef: pullSpec,
        ...(release.kind === 'stable' ? { phase: 'Accepted', reason: `Promoted from ${release.promotedFrom}.` } : {}),
      });
      await appendLedger(trx, {
        at,
        kind: 'release.published',
        actor: 'slipway',
        subject: name,
        payload: { pullSpec, digest },
      });
      break;
    }
    default:
  }
}
