import { SlipwayError } from '../util/index.ts';
import { nightlySuffix, parseOkdVersion } from '../version/index.ts';
import type { Catalogue } from './catalogue.ts';
import type { StepContext, StepResult, Tools } from './context.ts';
import { type Action, decide, phaseBeforeFailure } from './decide.ts';
import { STEP_TABLE } from './steps/index.ts';
import type { StepName } from './steps.ts';
import type { ReleaseRecord, Store } from './store.ts';

/** How the engine hands work to itself: durable, taken over when a process dies. */
export interface WorkQueue {
  send(release: string): Promise<void>;
  work(handler: (release: string, signal: AbortSignal) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}

export interface Engine {
  readonly tools: Tools;
  readonly catalogue: Catalogue;
  /** Makes a nightly of a component set and begins to work on it. Returns its name. */
  start(set: string, actor: string): Promise<string>;
  /** Promotes an accepted nightly. Returns the stable version; asking twice gives the same one. */
  promote(nightly: string, actor: string): Promise<string>;
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
  readonly #store: Store;
  readonly #queue: WorkQueue;
  readonly #dispose: () => Promise<void>;
  readonly #observe: (moment: Moment) => void;
  readonly #stop = new AbortController();
  #running: string | undefined;
  #turn: Promise<void> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(parts: EngineParts) {
    this.tools = parts.tools;
    this.catalogue = parts.catalogue;
    this.#store = parts.store;
    this.#queue = parts.queue;
    this.#dispose = parts.dispose;
    this.#observe = parts.observe ?? (() => {});
  }

  async start(set: string, actor: string): Promise<string> {
    const { definition, clock } = this.tools;
    if (!definition.images.sets[set]) {
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

  async promote(nightly: string, actor: string): Promise<string> {
    const release = await this.#nightly(nightly);
    if (release.promotedTo !== undefined) return release.promotedTo;
    const steps = await this.#store.stepStates(nightly);
    if (release.phase !== 'Accepted' || steps.publish !== 'done') {
      throw new SlipwayError(
        'RELEASE_CONFLICT',
        `${nightly} is ${release.phase}${release.phase === 'Accepted' ? ' but not published yet' : ''}; only an accepted nightly can be promoted.`,
      );
    }
    return await this.#createStable(release, actor);
  }

  async override(nightly: string, phase: 'Accepted' | 'Rejected', reason: string, actor: string): Promise<void> {
    const release = await this.#nightly(nightly);
    const steps = await this.#store.stepStates(nightly);
    if (release.phase === phase) throw new SlipwayError('RELEASE_CONFLICT', `${nightly} is ${phase} already.`);
    if (phase === 'Rejected' && (steps.publish === 'done' || steps.publish === 'running')) {
      throw new SlipwayError(
        'RELEASE_CONFLICT',
        `${nightly} is published; what others may have pulled can not be rejected any more.`,
      );
    }
    if (steps.judge !== 'done' && steps.judge !== 'bad') {
      throw new SlipwayError('RELEASE_CONFLICT', `${nightly} is still being worked on; its gates have not judged yet.`);
    }
    if (phase === 'Accepted' && steps.assemble !== 'done') {
      throw new SlipwayError(
        'RELEASE_CONFLICT',
        `${nightly} was rejected before a payload was assembled; there is nothing to accept.`,
        {
          hint: 'Remove the cause, or grant an exception in the policy, and make a new nightly.',
        },
      );
    }
    await this.#store.decide({
      release: nightly,
      phase,
      reason: `Manually ${phase.toLowerCase()}: ${reason}`,
      actor,
      at: this.tools.clock(),
      reopen: phase === 'Accepted' ? ['publish'] : [],
    });
    await this.#queue.send(nightly);
  }

  async retry(name: string, actor: string): Promise<void> {
    const release = await this.#store.release(name);
    if (release.phase !== 'Failed') {
      throw new SlipwayError(
        'RELEASE_CONFLICT',
        `${name} is ${release.phase}; only a failed release can be tried again.`,
      );
    }
    const phase = phaseBeforeFailure(release.kind, await this.#store.stepStates(name));
    await this.#store.retried(name, phase, actor, this.tools.clock());
    await this.#queue.send(name);
  }

  async resume(): Promise<void> {
    await this.#queue.work((release, signal) =>
      this.#exclusively(() => this.#advance(release, AbortSignal.any([signal, this.#stop.signal]))),
    );
    for (const name of await this.unfinished()) await this.#queue.send(name);
  }

  async unfinished(): Promise<string[]> {
    const names: string[] = [];
    for (const release of await this.#store.releases())
      if ((await this.#next(release)).type !== 'none') names.push(release.name);
    return names;
  }

  running(): string | undefined {
    return this.#running;
  }

  close(): Promise<void> {
    this.#closed ??= (async () => {
      this.#stop.abort(new SlipwayError('RELEASE_STOPPED', 'the engine is closing; the next start continues here.'));
      await this.#turn;
      await this.#queue.close();
      await this.#dispose();
    })();
    return this.#closed;
  }

  /** One release at a time: two would compete for the same two cores and make progress hard to follow. */
  async #exclusively(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    await turn;
  }

  async #nightly(name: string): Promise<ReleaseRecord> {
    const release = await this.#store.release(name);
    if (release.kind !== 'nightly') throw new SlipwayError('RELEASE_CONFLICT', `${name} is not a nightly.`);
    return release;
  }

  async #next(release: ReleaseRecord): Promise<Action> {
    return decide(
      {
        name: release.name,
        kind: release.kind,
        phase: release.phase,
        steps: await this.#store.stepStates(release.name),
        promotedTo: release.promotedTo,
      },
      { promotion: this.tools.definition.stable.promotion },
    );
  }

  async #advance(name: string, signal: AbortSignal): Promise<void> {
    this.#running = name;
    try {
      while (!signal.aborted) {
        const release = await this.#store.release(name);
        const action = await this.#next(release);
        if (action.type === 'none') return;
        if (action.type === 'skip') await this.#store.stepSkipped(name, action.step, action.reason, this.tools.clock());
        else if (action.type === 'promote') await this.#createStable(release, 'stream rule: automatic promotion');
        else if (!(await this.#run(release, action.step, signal))) return;
      }
    } finally {
      this.#running = undefined;
    }
  }

  /** Runs one step and stores what came of it. Returns false when the engine is closing. */
  async #run(release: ReleaseRecord, step: StepName, signal: AbortSignal): Promise<boolean> {
    const { clock } = this.tools;
    await this.#store.stepStarted(release.name, step, clock());
    this.#observe({ release: release.name, step, at: 'started' });
    const context: StepContext = {
      ...this.tools,
      ...this.#store.scope(release.name),
      release,
      signal,
      progress: (detail) => this.#store.progress(release.name, step, detail),
    };
    let result: StepResult<StepName>;
    try {
      result = await STEP_TABLE[step].run(context);
    } catch (error) {
      if (signal.aborted) return false;
      await this.#store.stepFailed(release, step, error, clock());
      return true;
    }
    this.#observe({ release: release.name, step, at: 'ran' });
    if (signal.aborted && step === 'verify') return false;
    await this.#store.stepEnded(release, step, result, clock());
    return true;
  }

  async #createStable(nightly: ReleaseRecord, actor: string): Promise<string> {
    const { definition, clock } = this.tools;
    const name = await this.#store.createStable({
      nightly,
      stream: definition.stable.name,
      actor,
      at: clock(),
      // A version is reserved once and never used again, whatever becomes of it.
      nextName: (taken) => {
        const ordinals = taken
          .filter((version) => version.startsWith(`${definition.stable.versionPrefix}.`))
          .map((version) => parseOkdVersion(version).ordinal);
        return `${definition.stable.versionPrefix}.${Math.max(-1, ...ordinals) + 1}`;
      },
    });
    await this.#queue.send(name);
    return name;
  }
}
