import type { Transaction } from 'kysely';
import {
  appendLedger,
  type Connection,
  type Database,
  databaseError,
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
} from '../../db/index.ts';
import { type Json, messageOf, SlipwayError } from '../../util/index.ts';
import type { JobRun } from '../../verify/index.ts';
import { compareOkdVersions, parseOkdVersion } from '../../version/index.ts';
import type { ReleaseSubject, StepContext, StepResult, StoredSignature } from '../context.ts';
import type { ReleaseFacts } from '../decide/decide.ts';
import type { GateOutcome } from '../decide/gates.ts';
import { checkPromotion } from '../decide/permissions.ts';
import type { Phase, ReleaseKind, StepName } from '../decide/steps.ts';
import type { ReleaseDefinition } from '../definition/definition.ts';
import { unknownRelease } from '../errors.ts';
import type { EvidenceStore } from './evidence.ts';
import { parseFacts } from './facts.ts';
import { parseOutput } from './outputs.ts';

/** A release as the engine sees it. */
export interface ReleaseRecord extends ReleaseSubject {
  readonly phase: Phase;
  readonly promotedTo: string | undefined;
}

/** Part of `StepContext` that comes from the database. */
type Scope = Pick<StepContext, 'output' | 'lastAccepted' | 'states' | 'jobRuns' | 'signatures'>;

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
      const facts = await lockedFacts(trx, nightly.name);
      checkPromotion(facts);
      if (facts.promotedTo !== undefined) return facts.promotedTo;
      const siblings = await listReleases(trx, { stream });
      const name = stable.nextName(siblings.map((release) => release.name));
      // One that is still being worked on is published before this one, as releases are made one at a time.
      const previous = siblings
        .filter((release) => release.phase !== 'Rejected' && release.phase !== 'Failed')
        .map((release) => release.name)
        .sort((a, b) => compareOkdVersions(parseOkdVersion(a), parseOkdVersion(b)));
      const createdAt = new Date(Math.floor(at.getTime() / 1000) * 1000);
      const release = newRelease({
        name,
        stream,
        kind: 'stable',
        createdAt,
        facts: { set: nightly.set, previous },
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
    return await this.#toRecord(await this.#stored(name));
  }

  async #stored(name: string): Promise<StoredRelease> {
    const release = await getRelease(this.#db, name);
    if (!release) throw unknownRelease(name);
    return release;
  }

  /** All releases, oldest first. */
  async releases(): Promise<ReleaseRecord[]> {
    const stored = await listReleases(this.#db);
    return await Promise.all(stored.reverse().map((release) => this.#toRecord(release)));
  }

  /** What `decide` and the checks of people's requests look at. */
  async facts(name: string): Promise<ReleaseFacts> {
    const { kind, phase, promotedTo } = await this.release(name);
    return { name, kind, phase, promotedTo, steps: await stepStates(this.#db, name) };
  }

  /**
   * Marks a step running, unless the release's phase is no longer what the decision to run it was based on (a person
   * decided in between): then `false`, and the caller looks again.
   */
  async stepStarted({ name, phase }: ReleaseRecord, step: StepName, at: Date): Promise<boolean> {
    return await this.#database.transaction(async (trx) => {
      if ((await getRelease(trx, name, { lock: true }))?.phase !== phase) return false;
      await startStep(trx, { release: name, step, inputDigest: null, at });
      return true;
    });
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
  async stepFailed(release: ReleaseRecord, step: StepName, thrown: unknown, at: Date): Promise<void> {
    const error = databaseError(thrown);
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

  /**
   * A person's decision, checked and stored while nobody else changes the release. `check` throws what speaks against
   * it; `decide` says what becomes of the release.
   */
  async decide(decision: {
    readonly release: string;
    readonly actor: string;
    readonly at: Date;
    readonly check: (facts: ReleaseFacts) => void;
    readonly decide: (facts: ReleaseFacts) => PersonalDecision;
  }): Promise<void> {
    const { release, actor, at, check, decide } = decision;
    await this.#database.transaction(async (trx) => {
      const facts = await lockedFacts(trx, release);
      check(facts);
      const { kind, phase, reason, reopen } = decide(facts);
      await updateRelease(trx, release, { phase, reason });
      if (reopen !== undefined && facts.steps[reopen] === 'skipped')
        await trx.deleteFrom('steps').where('release', '=', release).where('step', '=', reopen).execute();
      const why = reason === null ? {} : { reason };
      await appendLedger(trx, { at, kind, actor, subject: release, payload: { ...why, phase, manual: true } });
    });
  }

  /** Access of one release's steps to what is stored. */
  scope(release: string): Scope {
    return {
      states: () => stepStates(this.#db, release),
      lastAccepted: async () => {
        const { stream, createdAt } = await this.#stored(release);
        for (const earlier of await listReleases(this.#db, { stream })) {
          if (earlier.phase !== 'Accepted' || earlier.createdAt >= createdAt) continue;
          // A person may accept a nightly that was never audited.
          const { audit } = await stepStates(this.#db, earlier.name);
          if (audit === 'done' || audit === 'bad') return earlier.name;
        }
        return undefined;
      },
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
    const { set, previous } = parseFacts(release.facts, { field: release.name });
    return {
      name: release.name,
      kind: kindOf(release),
      phase: release.phase,
      createdAt: release.createdAt,
      set,
      previous,
      promotedFrom: release.promotedFrom ?? undefined,
      promotedTo: release.kind === 'nightly' ? (await getPromotion(this.#db, release.name))?.name : undefined,
    };
  }
}

/** A person's decision about a release, as the ledger keeps it. */
export interface PersonalDecision {
  readonly kind: 'release.accepted' | 'release.rejected' | 'release.retried';
  readonly phase: Phase;
  readonly reason: string | null;
  /** A step that was skipped and waits again. */
  readonly reopen?: StepName;
}

async function stepStates(db: Connection, name: string): Promise<ReleaseFacts['steps']> {
  return Object.fromEntries((await listSteps(db, name)).map(({ step, state }) => [step, state]));
}

function kindOf({ name, kind }: StoredRelease): ReleaseKind {
  if (kind === 'candidate')
    throw new SlipwayError('RELEASE_STATE_INVALID', `${name} is of a kind that this engine does not make.`);
  return kind;
}

/** Facts of a release that stay as they are until the transaction ends. */
async function lockedFacts(trx: Transaction<Schema>, name: string): Promise<ReleaseFacts> {
  const release = await getRelease(trx, name, { lock: true });
  if (!release) throw unknownRelease(name);
  const promotedTo = (await getPromotion(trx, name))?.name;
  return { name, kind: kindOf(release), phase: release.phase, promotedTo, steps: await stepStates(trx, name) };
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
