import { gradeEdge, notTestedRisk } from '../evidence/index.ts';
import type { Approval, EvidencePolicy, GateName } from '../okd.ts';
import type { EvidenceRecord, GateState, GraphRelease } from '../types.ts';

/** What the gates of one release are judged by: all that was known at one time. */
export interface GateSubject {
  readonly release: GraphRelease;
  /** Test runs of updates into the release that are declared, whether they are offered today or not. */
  readonly runs: readonly EvidenceRecord[];
  /** For the release in this channel. */
  readonly approvals: readonly Approval[];
  readonly policy: EvidencePolicy;
}

type Judgement = Omit<GateState, 'name' | 'state'> & { readonly passed: boolean };

/**
 * A gate of a channel. Monotone: with a further passing run or approval a gate that was passed stays passed, so more
 * passes never keep a release out.
 */
interface Gate {
  readonly name: GateName;
  judge(subject: GateSubject, wanted: number): Judgement;
}

/** Some update into the release was tested, and that test neither fails nor is flaky. */
const upgradeTest: Gate = {
  name: 'upgrade-test',
  judge({ release, runs, policy }) {
    const untested = { state: 'untested', passes: 0, fails: 0, runs: [], risk: notTestedRisk(policy) } as const;
    // what people report is the gate `community`
    const tests = runs.filter(({ source }) => source === 'ci');
    const grades = [...Map.groupBy(tests, ({ from }) => from)].map(
      ([from, list]) => [from, gradeEdge(from, release.version, list, policy, untested)] as const,
    );
    const tested = grades.find(([, { state }]) => state === 'tested');
    const pass = tested?.[1].runs.find(({ result }) => result === 'pass');
    if (tested !== undefined && pass !== undefined)
      return { passed: true, text: `the update from ${tested[0]} passed ${pass.job} at ${pass.time}`, url: pass.url };
    const bad = grades.find(([, { runs: counted }]) => counted.length > 0);
    const [newest] = bad?.[1].runs ?? [];
    if (bad === undefined || newest === undefined)
      return { passed: false, text: 'no test of an update into it has run' };
    return {
      passed: false,
      text: `no update into it is tested well: that from ${bad[0]} is ${bad[1].state}, ${newest.job} at ${newest.time}`,
      url: newest.url,
    };
  },
};

const contentAudit: Gate = {
  name: 'content-audit',
  judge({ release: { audit, override } }) {
    const verdict = { pass: 'the content audit passed', fail: 'the content audit failed' };
    const text = audit === undefined || audit === 'none' ? 'there was no content audit' : verdict[audit];
    if (override === undefined || audit === 'pass') return { passed: audit === 'pass', text };
    return {
      passed: false,
      text: `${text}; ${override.by} accepted the release all the same: ${override.reason}`,
    };
  },
};

const signed: Gate = {
  name: 'signed',
  judge: ({ release: { signed: keys = [] } }) => ({
    passed: keys.length > 0,
    text: keys.length > 0 ? `signed by ${keys.join(', ')}` : 'nobody signed it',
  }),
};

/** So many people of the community updated to the release and said that it works. */
const community: Gate = {
  name: 'community',
  judge({ runs }, wanted) {
    const good = runs.filter(({ source, result }) => source === 'community' && result === 'pass');
    // somebody who gives no name is told apart by the report
    const people = new Set(good.map(({ reporter, url }) => reporter ?? url));
    return {
      passed: people.size >= wanted,
      text: counted(people.size, wanted, ['report', 'reports'], ' of success', people),
    };
  },
};

const approval: Gate = {
  name: 'approval',
  judge({ approvals }, wanted) {
    const people = new Set(approvals.map(({ by }) => by));
    return { passed: people.size >= wanted, text: counted(people.size, wanted, ['approval', 'approvals'], '', people) };
  },
};

function counted(
  count: number,
  wanted: number,
  [one, many]: readonly [string, string],
  of: string,
  people: ReadonlySet<string>,
): string {
  const named = people.size === 0 ? '' : ` (${[...people].sort().join(', ')})`;
  return `${count} of ${wanted} ${wanted === 1 ? one : many}${of}${named}`;
}

/** Every gate that `okd/channels.yaml` can name. */
export const GATES: Readonly<Record<GateName, Gate>> = {
  'upgrade-test': upgradeTest,
  'content-audit': contentAudit,
  signed,
  community,
  approval,
};
