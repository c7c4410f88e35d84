import { appendLedger, type Database, insertRelease, listReleases } from '../../db/index.ts';
import { SlipwayError } from '../../util/index.ts';
import { compareOkdVersions, parseOkdVersion } from '../../version/index.ts';
import { checkPromotion } from '../decide/index.ts';
import type { PromotionJudgement } from '../kept/index.ts';
import { lockedFacts, newRelease, type ReleaseRecord } from './rows.ts';

/** Stores a new nightly; returns its name. */
export async function createNightly(
  database: Database,
  nightly: {
    readonly stream: string;
    readonly set: string;
    readonly actor: string;
    readonly at: Date;
    readonly nameAt: (time: Date) => string;
  },
): Promise<string> {
  return await database.transaction(async (trx) => {
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
export async function createStable(
  database: Database,
  stable: {
    readonly nightly: ReleaseRecord;
    readonly stream: string;
    readonly actor: string;
    readonly at: Date;
    readonly judgement: PromotionJudgement;
    /** Why it is promoted although it was judged bad. */
    readonly override: string | undefined;
    readonly nextName: (taken: readonly string[]) => string;
  },
): Promise<string> {
  const { nightly, stream, actor, at, judgement, override } = stable;
  return await database.transaction(async (trx) => {
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
      facts: { set: nightly.set, previous, judgement },
      promotedFrom: nightly.name,
    });
    if (!(await insertRelease(trx, release)))
      throw new SlipwayError('RELEASE_CONFLICT', `the version ${name} is taken.`);
    await appendLedger(trx, {
      at,
      kind: 'release.promoted',
      actor,
      subject: name,
      payload: {
        from: nightly.name,
        previous,
        judgement,
        // a person's reason, where the stable stream refused it
        ...(override === undefined ? {} : { override }),
      },
    });
    return name;
  });
}
