import type { Transaction } from 'kysely';
import {
  appendLedger,
  type Connection,
  type Database,
  failStep,
  finishStep,
  getPromotion,
  getRelease,
  insertRelease,
  listJobRuns,
  listReleases,
  listSignatures,
  listSteps,
  noteStep,
  putGate,
  putJobRun,
  putSignature,
  putStream,
  type Schema,
  type ReleaseRecord as StoredRelease,
  skipStep,
  startStep,
  updateRelease,
} from '../db/index.ts';
import { type Json, messageOf, SlipwayError } from '../util/index.ts';
import type { JobRun } from '../verify/index.ts';
import type { ReleaseSubject, StepContext, StepResult, StoredSignature } from './context.ts';
import type { ReleaseDefinition } from './definition.ts';
import type { EvidenceStore } from './evidence.ts';
import { parseFacts } from './facts.ts';
import type { GateOutcome } from './gates.ts';
import { parseOutput } from './outputs.ts';
import type { Phase, StepName, StepStatus } from './steps.ts';

/** A release as the engine sees it. */
export interface ReleaseRecord extends ReleaseSubject {
  readonly phase: Phase;
  readonly promotedTo: string | undefined;
}

/** Part of `StepContext` that comes from the database. */
type Scope = Pick<StepContext, 'output' | 'states' | 'jobRuns' | 'signatures'>;

/**
 * What the engine reads and writes, in transactions: a change of phase and its ledger entry belong together. Built on
 * the records of `db/`; knows nothing of how steps work.
 */
export class Store {
  readonly #database: Database;
  readonly #evidence: EvidenceStore;
  /** Progress notes are written one after the other, and only the newest counts. */
  #note: Promise<void> = Promise.resolve();

  constructor(database: Database, evidence: EvidenceStore) {
    this.#database = database;
    this.#evidence = evidence;
  }

  get #db(): Connection {
    return this.#database.kysely;
  }

  /** Records the definition's streams; releases refer to them. */
  async putStreams(definition: ReleaseDefinition, at: Date): Promise<void> {
    for (const { name, title } of [definition.nightly, definition.stable]) {
      await putStream(this.#db, { name, config: { title, definition: definition.digest }, createdAt: at });
    }
  }

  async createNightly(nightly: {
    readonly stream: string;
    readonly set: string;
    readonly actor: string;
    readonly at: Date;
    readonly nameAt: (time: Date) => string;
  }): Promise<string> {
    return await this.#database.transaction(async (trx) => {
      for (
        let time = new Date(Math.floor(nightly.at.getTime() / 1000) * 1000);
        ;
        time = new Date(time.getTime() + 1000)
      ) {
        const name = nightly.nameAt(time);
        const release = newRelease({
          name,
          stream: nightly.stream,
          kind: 'nightly',
          createdAt: time,
          facts: { set: nightly.set, previous: [] },
        });
        if (!(await insertRelease(trx, release))) continue;
        await appendLedger(trx, {
          at: nightly.at,
          kind: 'release.created',
          actor: nightly.actor,
          subject: name,
          payload: { stream: nightly.stream, set: nightly.set },
        });
        return name;
      }
    });
  }

  /** Reserves a stable version for a nightly, once: a second call gives the same name. */
  async createStable(stable: {
    readonly nightly: ReleaseRecord;
    readonly stream: string;
    readonly actor: string;
    readonly at: Date;
    readonly nextName: (taken: readonly string[]) => string;
  }): Promise<string> {
    const { nightly, stream, actor, at } = stable;
    return await this.#database.transaction(async (trx) => {
      await getRelease(trx, nightly.name, { lock: true });
      const existing = await getPromotion(trx, nightly.name);
      if (existing) return existing.name;
      const siblings = await listReleases(trx, { stream });
      const name = stable.nextName(siblings.map((release) => release.name));
      const previous = siblings.filter((release) => release.phase === 'Accepted').map((release) => release.name);
      const createdAt = new Date(Math.floor(at.getTime() / 1000) * 1000);
      const release = newRelease({
        name,
        stream,
        kind: 'stable',
        createdAt,
        facts: { set: nightly.set, previous: previous.sort() },
        promotedFrom: nightly.name,
      });
      if (!(await insertRelease(trx, release)))
        throw new SlipwayError('RELEASE_CONFLICT', `the version ${name} is taken.`);
      await appendLedger(trx, {
        at,
        kind: 'release.promoted',
        actor,
        subject: name,
        payload: { from: nightly.name, previous },
      });
      return name;
    });
  }

  async release(name: string): Promise<ReleaseRecord> {
    const release = await getRelease(this.#db, name);
    if (!release)
      throw new SlipwayError('RELEASE_UNKNOWN', `there is no release "${name}".`, {
        hint: '`slipway release list` shows those there are.',
      });
    return await this.#toRecord(release);
  }

  /** All releases, oldest first. */
  async releases(): Promise<ReleaseRecord[]> {
    const stored = await listReleases(this.#db);
    return await Promise.all(stored.reverse().map((release) => this.#toRecord(release)));
  }

  async stepStates(name: string): Promise<Readonly<Partial<Record<StepName, StepStatus>>>> {
    return Object.fromEntries((await listSteps(this.#db, name)).map(({ step, state }) => [step, state]));
  }

  async stepStarted(release: string, step: StepName, at: Date): Promise<void> {
    await startStep(this.#db, { release, step, inputDigest: null, at });
  }

  progress(release: string, step: StepName, detail: string): void {
    this.#note = this.#note.then(
      () => noteStep(this.#db, { release, step, detail }),
      () => {},
    );
    // A lost note changes nothing but what a watcher sees; the step's own writes report a broken database.
    this.#note.catch(() => {});
  }

  async stepSkipped(release: string, step: StepName, reason: string, at: Date): Promise<void> {
    await skipStep(this.#db, { release, step, detail: reason, at });
  }

  /** Stores a step's result and what follows from it for the release, in one transaction. */
  async stepEnded(release: ReleaseRecord, step: StepName, result: StepResult<StepName>, at: Date): Promise<void> {
    await this.#note.catch(() => {});
    await this.#database.transaction(async (trx) => {
      await finishStep(trx, {
        release: release.name,
        step,
        state: result.state,
        output: result.output as Json,
        detail: result.detail,
        at,
      });
      await appendLedger(trx, {
        at,
        kind: `step.${result.state}`,
        actor: 'slipway',
        subject: release.name,
        payload: { step, detail: result.detail, output: result.output as Json },
      });
      await this.#follow(trx, release, step, result, at);
    });
  }

  async #follow(
    trx: Transaction<Schema>,
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
        for (const { gate, blocking, passed, reason: why, evidence } of (await this.#evidence.get(
          gates,
        )) as GateOutcome[]) {
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

  /** A step that could not judge: the release has failed, with the error kept. */
  async stepFailed(release: ReleaseRecord, step: StepName, error: unknown, at: Date): Promise<void> {
    const reason = error instanceof SlipwayError ? error.describe() : messageOf(error);
    const kept: Json =
      error instanceof SlipwayError
        ? { code: error.code, message: error.message, place: { ...error.place } }
        : { message: messageOf(error) };
    await this.#note.catch(() => {});
    await this.#database.transaction(async (trx) => {
      await failStep(trx, { release: release.name, step, error: kept, detail: reason, at });
      await updateRelease(trx, release.name, { phase: 'Failed', reason: `${step}: ${reason}` });
      await appendLedger(trx, {
        at,
        kind: 'release.failed',
        actor: 'slipway',
        subject: release.name,
        payload: { step, error: kept },
      });
    });
  }

  /** A failed release that is tried again: its phase is what its steps show. */
  async retried(release: string, phase: Phase, actor: string, at: Date): Promise<void> {
    await this.#database.transaction(async (trx) => {
      await updateRelease(trx, release, { phase, reason: null });
      await appendLedger(trx, { at, kind: 'release.retried', actor, subject: release, payload: { phase } });
    });
  }

  /** A human's decision. `reopen`: steps that wait again. */
  async decide(decision: {
    readonly release: string;
    readonly phase: 'Accepted' | 'Rejected';
    readonly reason: string;
    readonly actor: string;
    readonly at: Date;
    readonly reopen: readonly StepName[];
  }): Promise<void> {
    const { release, phase, reason, actor, at } = decision;
    await this.#database.transaction(async (trx) => {
      await updateRelease(trx, release, { phase, reason });
      await trx
        .deleteFrom('steps')
        .where('release', '=', release)
        .where('step', 'in', [...decision.reopen, ''])
        .where('state', '=', 'skipped')
        .execute();
      await appendLedger(trx, {
        at,
        kind: `release.${phase.toLowerCase()}`,
        actor,
        subject: release,
        payload: { reason, manual: true },
      });
    });
  }

  /** Access of one release's steps to what is stored. */
  scope(release: string): Scope {
    return {
      states: () => this.stepStates(release),
      output: async (step, of = release) => {
        const stored = (await listSteps(this.#db, of)).find((record) => record.step === step);
        if (!stored || (stored.state !== 'done' && stored.state !== 'bad')) {
          throw new SlipwayError('RELEASE_STATE_INVALID', `the step "${step}" of ${of} has no result.`);
        }
        return parseOutput(step, of, stored.output);
      },
      jobRuns: {
        finished: async (job) => {
          const runs = (await listJobRuns(this.#db, release)).filter(
            (run) => run.job === job && run.state !== 'running',
          );
          return await Promise.all(runs.map(async (run) => reviveRun(await this.#evidence.get(String(run.summary)))));
        },
        started: async ({ name, blocking }, attempt, at) => {
          await putJobRun(this.#db, {
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
          const summary = await this.#evidence.put(run);
          await putJobRun(this.#db, {
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
        of: async (digest): Promise<readonly StoredSignature[]> => await listSignatures(this.#db, digest),
        add: async (signature) => await putSignature(this.#db, { ...signature, bytes: Buffer.from(signature.bytes) }),
      },
    };
  }

  async #toRecord(release: StoredRelease): Promise<ReleaseRecord> {
    if (release.kind === 'candidate')
      throw new SlipwayError('RELEASE_STATE_INVALID', `${release.name} is of a kind that this engine does not make.`);
    const { set, previous } = parseFacts(release.facts, { field: release.name });
    return {
      name: release.name,
      kind: release.kind,
      phase: release.phase,
      createdAt: release.createdAt,
      set,
      previous,
      promotedFrom: release.promotedFrom ?? undefined,
      promotedTo: release.kind === 'nightly' ? (await getPromotion(this.#db, release.name))?.name : undefined,
    };
  }
}

function newRelease(
  release: Pick<StoredRelease, 'name' | 'stream' | 'kind' | 'createdAt' | 'facts'> & { readonly promotedFrom?: string },
): StoredRelease {
  return {
    promotedFrom: null,
    ...release,
    phase: 'Pending',
    payloadDigest: null,
    payloadRef: null,
    inputHash: null,
    reason: null,
  };
}

/** Times come back from JSON as text. */
function reviveRun(value: unknown): JobRun {
  const run = value as JobRun & { readonly startedAt: string | Date; readonly finishedAt: string | Date };
  return { ...run, startedAt: new Date(run.startedAt), finishedAt: new Date(run.finishedAt) };
}
