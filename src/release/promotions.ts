import { SlipwayError } from '../util/index.ts';
import { parseOkdVersion } from '../version/index.ts';
import type { Audits } from './audits/index.ts';
import type { Tools } from './context.ts';
import { checkPromotion, givesUpAt } from './decide/index.ts';
import { told } from './errors.ts';
import type { PromotionJudgement } from './kept/index.ts';
import type { ReleaseRecord, Store } from './store/index.ts';

/** What stays so until a person mends it; anything else, as a full disk, is tried again for a while. */
const UNJUDGEABLE = /^(RELEASE_AUDIT|RELEASE_DEFINITION|RELEASE_EVIDENCE|AUDIT)_/;

const RULE = 'stream rule: automatic promotion';

interface Parts {
  readonly tools: Tools;
  readonly store: Store;
  readonly audits: Audits;
  readonly queue: { send(release: string): Promise<void> };
  /** Told of what nobody asked for and somebody should know. */
  readonly report: (error: unknown) => void;
}

/** How nightlies become stable releases: asked for by a person, or by the rule of the stream. */
export class Promotions {
  readonly #parts: Parts;
  readonly #openedAt: Date;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#openedAt = parts.tools.clock();
  }

  /** As `Engine.promote`. */
  async asked(nightly: string, actor: string, reason?: string): Promise<string> {
    const { store } = this.#parts;
    const release = await store.release(nightly);
    checkPromotion(await store.facts(nightly));
    if (release.promotedTo !== undefined) return release.promotedTo;
    const judgement = await this.#judge(nightly, reason);
    if (judgement.verdict === 'fail' && reason === undefined) {
      throw new SlipwayError(
        'RELEASE_PROMOTION_REFUSED',
        `the stable stream refuses ${nightly}: ${judgement.summary}`,
        {
          place: { field: judgement.report },
          hint: `The report is evidence ${judgement.report}. \`slipway release promote ${nightly} --reason …\` promotes it all the same, and the reason stands in the ledger.`,
          exitCode: 1,
        },
      );
    }
    return await this.#createStable(release, actor, judgement, judgement.verdict === 'fail' ? reason : undefined);
  }

  /**
   * As the stream's rule has it. What can not be judged is refused, as nobody would be there to say otherwise: at once
   * where only a person can mend it, else after half an hour in which it is tried again. Throws
   * `RELEASE_PROMOTION_WAITING` until then, for the queue, which comes back after a pause.
   */
  async byRule(nightly: ReleaseRecord): Promise<void> {
    let judgement: PromotionJudgement;
    try {
      judgement = await this.#judge(nightly.name, undefined);
    } catch (error) {
      await this.#unjudged(nightly.name, told(error));
      return;
    }
    if (judgement.verdict === 'pass') await this.#createStable(nightly, RULE, judgement, undefined);
  }

  async #judge(nightly: string, override: string | undefined): Promise<PromotionJudgement> {
    const { audits, store, tools } = this.#parts;
    const judgement = await audits.judgeForPromotion(nightly);
    const passed = judgement.verdict === 'pass';
    const anyway = passed || override === undefined ? '' : ` Promoted all the same: ${override}`;
    await store.promotionJudged(
      nightly,
      { passed, reason: `${judgement.summary}${anyway}`, evidence: [judgement.report, judgement.policy] },
      tools.clock(),
    );
    return judgement;
  }

  /** Refuses what could not be judged, or says at the gate that it waits. */
  async #unjudged(nightly: string, error: SlipwayError): Promise<void> {
    // Without the database nothing can be kept, not even that.
    if (error.code.startsWith('DB_')) throw error;
    const { store, tools, report } = this.#parts;
    const now = tools.clock();
    const refuse = async (reason: string) =>
      await store.promotionJudged(nightly, { passed: false, reason, evidence: [] }, now);
    if (UNJUDGEABLE.test(error.code)) return await refuse(`It could not be judged: ${error.describe()}`);
    const since = (await store.promotionWaitsSince(nightly)) ?? now;
    const until = givesUpAt(since, this.#openedAt);
    if (now >= until) {
      const reason = `It could not be judged since ${instant(since)}, and is not tried any more: ${error.describe()}`;
      await refuse(reason);
      report(
        new SlipwayError('RELEASE_PROMOTION_GIVEN_UP', `${nightly} is not promoted. ${reason}`, {
          hint: `\`slipway release promote ${nightly}\` judges it again.`,
          cause: error,
        }),
      );
      return;
    }
    const reason = `It could not be judged yet, and is tried again until ${instant(until)}: ${error.describe()}`;
    await store.promotionWaits(nightly, reason, since);
    throw new SlipwayError('RELEASE_PROMOTION_WAITING', `${nightly} waits for its promotion. ${reason}`, {
      cause: error,
    });
  }

  async #createStable(
    nightly: ReleaseRecord,
    actor: string,
    judgement: PromotionJudgement,
    override: string | undefined,
  ): Promise<string> {
    const { tools, store, queue } = this.#parts;
    const { definition, clock } = tools;
    const name = await store.createStable({
      nightly,
      stream: definition.stable.name,
      actor,
      at: clock(),
      judgement,
      override,
      // A version is reserved once and never used again, whatever becomes of it.
      nextName: (taken) => {
        const ordinals = taken
          .filter((version) => version.startsWith(`${definition.stable.versionPrefix}.`))
          .map((version) => parseOkdVersion(version).ordinal);
        return `${definition.stable.versionPrefix}.${Math.max(-1, ...ordinals) + 1}`;
      },
    });
    await queue.send(name);
    return name;
  }
}

/** `2026-06-01T12:00:00Z` */
const instant = (time: Date): string => time.toISOString().replace(/\.\d+Z$/u, 'Z');
