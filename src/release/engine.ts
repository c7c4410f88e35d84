import { SlipwayError } from '../util/index.ts';
import { nightlySuffix } from '../version/index.ts';
import type { Audits } from './audits/index.ts';
import type { Catalogue } from './catalogue/index.ts';
import type { StepContext, Tools } from './context.ts';
import { type Action, checkOverride, checkRetry, decide, phaseBeforeFailure, type StepName } from './decide/index.ts';
import { Promotions } from './promotions.ts';
import { STEP_TABLE } from './steps/index.ts';
import type { ReleaseRecord, Store } from './store/index.ts';
import { unfinished } from './unfinished.ts';

/** How the engine hands work to itself: durable, taken over when a process dies. */
export interface WorkQueue {
  send(release: string): Promise<void>;
  work(handler: (release: string, signal: AbortSignal) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface Engine {
  readonly tools: Tools;
  readonly catalogue: Catalogue;
  readonly audits: Audits;
  /** Makes a nightly of a component set and begins to work on it. Returns its name. */
  start(set: string, actor: string): Promise<string>;
  /**
   * Promotes an accepted nightly, if the stable stream takes it: it is judged again, as that stream demands and as things
   * are today. Returns the stable version; asking twice gives the same one. With a reason, which goes into the ledger, one
   * that was judged bad is promoted all the same. Throws `RELEASE_PROMOTION_REFUSED`, which cites the report.
   */
  promote(nightly: string, actor: string, reason?: string): Promise<string>;
  /** A human's decision against the gates; the reason goes into the ledger. */
  override(nightly: string, phase: 'Accepted' | 'Rejected', reason: string, actor: string): Promise<void>;
  /** Tries a failed release again, at the step that failed. */
  retry(name: string, actor: string): Promise<void>;
  /** Continues whatever an earlier process left unfinished. */
  resume(): Promise<void>;
  /** Releases that still have something to do, oldest first. */
  unfinished(): Promise<string[]>;
  /** The release being worked on. */
  running(): string | undefined;
  /** Whether `close` was called: nothing new is to be asked of it. */
  readonly closing: boolean;
  /** Resolves when the database went away; nothing can be decided any more, so the process should end. */
  readonly lost: Promise<SlipwayError>;
  close(): Promise<void>;
}

/** A point in a release's life that a caller may watch: a step's start is stored, or it ran and is not stored yet. */
export interface Moment {
  readonly release: string;
  readonly step: StepName;
  readonly at: 'started' | 'ran';
}

export interface EngineParts {
  readonly observe?: ((moment: Moment) => void) | undefined;
  readonly tools: Tools;
  readonly store: Store;
  readonly queue: WorkQueue;
  readonly catalogue: Catalogue;
  readonly audits: Audits;
  readonly lost: Promise<SlipwayError>;
  /** Told of what keeps a release from being worked on; the queue tries again. */
  readonly report: (error: unknown) => void;
  /** Closes what the parts stand on, in order. */
  readonly dispose: () => Promise<void>;
}

/**
 * The loop around `decide()`: it looks, acts, stores, and looks again. All state is in the database, so the loop can
 * stop anywhere; one release is worked on at a time.
 */
export class ReleaseEngine implements Engine {
  readonly tools: Tools;
  readonly catalogue: Catalogue;
  readonly audits: Audits;
  readonly lost: Promise<SlipwayError>;
  readonly #store: Store;
  readonly #queue: WorkQueue;
  readonly #promotions: Promotions;
  readonly #report: (error: unknown) => void;
  readonly #dispose: () => Promise<void>;
  readonly #observe: (moment: Moment) => void;
  readonly #stop = new AbortController();
  #running: string | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(parts: EngineParts) {
    this.tools = parts.tools;
    this.catalogue = parts.catalogue;
    this.audits = parts.audits;
    this.#store = parts.store;
    this.#queue = parts.queue;
    this.#promotions = new Promotions(parts);
    this.lost = parts.lost;
    this.#report = parts.report;
    this.#dispose = parts.dispose;
    this.#observe = parts.observe ?? (() => {});
  }

  async start(set: string, actor: string): Promise<string> {
    const { definition, clock } = this.tools;
    if (!Object.hasOwn(definition.images.sets, set)) {
      throw new SlipwayError('RELEASE_SET_UNKNOWN', `there is no component set "${set}".`, {
        place: { file: definition.file, field: 'images.sets' },
        hint: `Known sets: ${Object.keys(definition.images.sets).join(', ')}.`,
      });
    }
    const name = await this.#store.createNightly({
      stream: definition.nightly.name,
      set,
      actor,
      at: clock(),
      // Two nightlies of one second would share a name; the later one takes the next free second.
      nameAt: (time) => `${definition.nightly.name}-${nightlySuffix(time)}`,
    });
    await this.#queue.send(name);
    return name;
  }

  async promote(nightly: string, actor: string, reason?: string): Promise<string> {
    return await this.#promotions.asked(nightly, actor, reason);
  }

  async override(nightly: string, phase: 'Accepted' | 'Rejected', reason: string, actor: string): Promise<void> {
    await this.#store.decide({
      release: nightly,
      actor,
      at: this.tools.clock(),
      check: (facts) => checkOverride(facts, phase),
      decide: () => ({
        kind: phase === 'Accepted' ? 'release.accepted' : 'release.rejected',
        phase,
        reason: `Manually ${phase.toLowerCase()}: ${reason}`,
        ...(phase === 'Accepted' ? { reopen: 'publish' } : {}),
      }),
    });
    await this.#queue.send(nightly);
  }

  async retry(name: string, actor: string): Promise<void> {
    await this.#store.decide({
      release: name,
      actor,
      at: this.tools.clock(),
      check: checkRetry,
      decide: (facts) => ({ kind: 'release.retried', phase: phaseBeforeFailure(facts), reason: null }),
    });
    await this.#queue.send(name);
  }

  async resume(): Promise<void> {
    await this.#queue.work((release, signal) =>
      this.#exclusively(() => this.#advance(release, AbortSignal.any([signal, this.#stop.signal]))),
    );
    for (const name of await this.unfinished()) await this.#queue.send(name);
  }

  async unfinished(): Promise<string[]> {
    return await unfinished(
      async () => (await this.#store.releases()).map(({ name }) => name),
      async (name) => (await this.#next(name)).type !== 'none',
    );
  }

  running(): string | undefined {
    return this.#running;
  }

  get closing(): boolean {
    return this.#closed !== undefined;
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#stop.abort(new SlipwayError('RELEASE_STOPPED', 'the engine is closing; the next start continues here.'));
      try {
        await this.#turn;
        await this.#queue.close();
      } finally {
        await this.#dispose();
      }
    })();
    return this.#closed;
  }

  /** One release at a time: two would compete for the same two cores and make progress hard to follow. */
  async #exclusively(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    // Whoever comes next does not fail with it, and is not the one to tell.
    this.#turn = turn.catch(this.#report);
    await turn;
  }

  async #next(name: string): Promise<Action> {
    return decide(await this.#store.facts(name), this.tools.definition.stable);
  }

  async #advance(name: string, signal: AbortSignal): Promise<void> {
    this.#running = name;
    try {
      while (!signal.aborted) {
        const release = await this.#store.release(name);
        const action = await this.#next(name);
        if (action.type === 'none') return;
        if (action.type === 'skip') await this.#store.stepSkipped(name, action.step, action.reason, this.tools.clock());
        else if (action.type === 'promote') await this.#promotions.byRule(release);
        else if (!(await this.#run(release, action.step, signal))) return;
      }
    } finally {
      this.#running = undefined;
    }
  }

  /** Runs one step and stores what came of it. Returns false when the engine is closing. */
  async #run(release: ReleaseRecord, step: StepName, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.tools;
    if (!(await this.#store.stepStarted(release, step, clock()))) return true;
    this.#observe({ release: release.name, step, at: 'started' });
    const context: StepContext = {
      ...this.tools,
      ...this.#store.scope(release.name),
      release,
      signal,
      progress: (detail) => this.#store.progress(release.name, step, detail),
    };
    try {
      const result = await STEP_TABLE[step].run(context);
      this.#observe({ release: release.name, step, at: 'ran' });
      await this.#store.stepEnded(release, step, result, clock());
    } catch (error) {
      // The step stays `running`: the next start runs it again.
      if (signal.aborted) return false;
      await this.#store.stepFailed(release, step, error, clock());
    }
    return true;
  }
}
