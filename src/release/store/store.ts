import {
  appendLedger,
  type Connection,
  type Database,
  databaseError,
  failStep,
  finishStep,
  getPromotion,
  getRelease,
  listGates,
  listReleases,
  noteStep,
  putGate,
  putStream,
  skipStep,
  startStep,
  updateRelease,
} from '../../db/index.ts';
import { type Json, messageOf, SlipwayError } from '../../util/index.ts';
import type { StepResult } from '../context.ts';
import type { GateOutcome, Phase, ReleaseFacts, StepName } from '../decide/index.ts';
import { PROMOTION, type ReleaseDefinition } from '../definition/index.ts';
import type { EvidenceStore } from '../kept/index.ts';
import { createNightly, createStable } from './create.ts';
import { followStep } from './follow.ts';
import { lockedFacts, promotionsOf, type ReleaseRecord, recordOf, storedRelease } from './rows.ts';
import { releaseScope } from './scope.ts';

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

  async release(name: string): Promise<ReleaseRecord> {
    const stored = await storedRelease(this.#db, name);
    return recordOf(stored, (await getPromotion(this.#db, name))?.name);
  }

  async createNightly(nightly: Parameters<typeof createNightly>[1]): Promise<string> {
    return await createNightly(this.#database, nightly);
  }

  async createStable(stable: Parameters<typeof createStable>[1]): Promise<string> {
    return await createStable(this.#database, stable);
  }

  /** Keeps how the stable stream judged a nightly, as a gate of the nightly; a refusal goes into the ledger as well. */
  async promotionJudged(nightly: string, outcome: PromotionOutcome, at: Date): Promise<void> {
    const { passed, reason, evidence } = outcome;
    await this.#database.transaction(async (trx) => {
      await putGate(trx, {
        release: nightly,
        gate: PROMOTION,
        blocking: false,
        passed,
        reason,
        evidence,
        decidedAt: at,
      });
      if (passed) return;
      await appendLedger(trx, {
        at,
        kind: 'promotion.refused',
        actor: 'slipway',
        subject: nightly,
        payload: { reason, evidence },
      });
    });
  }

  /** Keeps at the gate that a nightly could not be judged yet; `since` is when that happened first. */
  async promotionWaits(nightly: string, reason: string, since: Date): Promise<void> {
    await putGate(this.#db, {
      release: nightly,
      gate: PROMOTION,
      blocking: false,
      passed: null,
      reason,
      evidence: [],
      decidedAt: since,
    });
  }

  /** Since when a nightly could not be judged; undefined when it does not wait. */
  async promotionWaitsSince(nightly: string): Promise<Date | undefined> {
    const gate = (await listGates(this.#db, nightly)).find(({ gate }) => gate === PROMOTION);
    return gate?.passed === null ? gate.decidedAt : undefined;
  }

  /** Access of one release's steps to what is stored. */
  scope(release: string): ReturnType<typeof releaseScope> {
    return releaseScope(this.#db, this.#evidence, release);
  }

  /** All releases, oldest first. */
  async releases(): Promise<ReleaseRecord[]> {
    const stored = await listReleases(this.#db);
    const promotions = promotionsOf(stored);
    return stored.reverse().map((release) => recordOf(release, promotions.get(release.name)));
  }

  /** What `decide` and the checks of people's requests look at. */
  async facts(name: string): Promise<ReleaseFacts> {
    // the row is held while the steps are read: what a step and its end change together is seen together
    return await this.#database.transaction((trx) => lockedFacts(trx, name));
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
      await followStep(trx, this.#evidence, release, step, result, at);
    });
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
}

/** Whether the stable stream takes a nightly, and what that rests on. */
export type PromotionOutcome = Pick<GateOutcome, 'reason' | 'evidence'> & { readonly passed: boolean };

/** A person's decision about a release, as the ledger keeps it. */
export interface PersonalDecision {
  readonly kind: 'release.accepted' | 'release.rejected' | 'release.retried';
  readonly phase: Phase;
  readonly reason: string | null;
  /** A step that was skipped and waits again. */
  readonly reopen?: StepName;
}
