import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { SlipwayError } from '../../util/index.ts';
import { answerGraph } from '../answer/answer.ts';
import { compileGraph } from '../compile/compile.ts';
import { parseGraphData } from '../data/parse.ts';
import { explainEdge } from '../explain/explain.ts';
import { sha } from '../testing/graph.ts';
import type { CompiledGraph, EvidenceRecord, GraphRelease, Promotion } from '../types.ts';
import { cincinnatiFiles } from '../write/cincinnati.ts';
import { listPromotions, promotedFiles } from './propose.ts';

const V = Array.from({ length: 4 }, (_, n) => `4.22.0-okd-scos.${n}`);
const [V0 = '', V1 = '', V2 = '', V3 = ''] = V;
const FEEDER = { name: 'fast-scos-4.22', delay: 'P7D', gates: ['upgrade-test', 'content-audit', 'community>=2'] };

const RELEASES = V.map(
  (version, at): GraphRelease => ({
    version,
    arch: 'amd64',
    payload: `quay.io/okd/scos-release@${sha(version)}`,
    previous: V.slice(0, at),
    next: [],
    metadata: {},
    created: `2026-06-0${at + 1}T00:00:00Z`,
    audit: 'pass',
    signed: ['KEY'],
  }),
);

interface Declared {
  readonly stable?: readonly string[];
  readonly channels?: object;
  readonly approvals?: object;
}

function files({ stable = V, channels, approvals = [] }: Declared = {}): Map<string, string> {
  return new Map([
    ['version', '1.1.0'],
    ['channels/fast.yaml', JSON.stringify({ name: 'fast-scos-4.22', versions: V })],
    [
      'channels/stable.yaml',
      `# the oldest stays\nname: stable-scos-4.22\nversions:\n${stable.map((one) => `- ${one}\n`).join('')}`,
    ],
    ['okd/channels.yaml', JSON.stringify(channels ?? [{ name: 'stable-scos-4.22', feeder: FEEDER }])],
    ['okd/approvals.yaml', JSON.stringify(approvals)],
  ]);
}

function run(to: string, day: string, more: Partial<EvidenceRecord> = {}): EvidenceRecord {
  const from = V0 === to ? '' : V0;
  const url = `https://prow.example.com/${from}/${to}/${day}/${more.reporter ?? ''}`;
  return {
    from,
    to,
    arch: 'amd64',
    result: 'pass',
    job: 'upgrade',
    url,
    time: `2026-06-${day}T00:00:00Z`,
    source: 'ci',
    ...more,
  };
}

const report = (to: string, day: string, reporter: string) => run(to, day, { source: 'community', reporter });
const GOOD = [
  run(V1, '03'),
  report(V1, '03', 'anna'),
  report(V1, '05', 'ben'),
  run(V2, '20'),
  report(V2, '20', 'anna'),
];
const OLDEST = {
  channel: 'stable-scos-4.22',
  versions: V0,
  by: 'release team',
  time: '2026-06-01T00:00:00Z',
  reason: 'the first of its minor: nothing leads to it',
  waives: ['delay', 'upgrade-test', 'community'],
};

function compiled(declared: Declared, at: string, evidence = GOOD, releases = RELEASES): CompiledGraph {
  return compileGraph(parseGraphData(files(declared)), releases, { evidence, at: new Date(at) });
}

function members(graph: CompiledGraph, channel = 'stable-scos-4.22'): string[] {
  return answerGraph(graph, { channel, arch: 'amd64' }).nodes.map(({ version }) => version);
}

test('a release enters once it was fed long enough and every gate is passed, and the graph says what keeps the rest out', () => {
  const declared = { approvals: [OLDEST] };
  // the seven days of .1 are over on the ninth
  assert.deepEqual(members(compiled(declared, '2026-06-08T23:59:59Z')), [V0]);
  assert.deepEqual(members(compiled(declared, '2026-06-09T00:00:00Z')), [V0, V1]);
  const later = compiled(declared, '2026-07-01T00:00:00Z');
  assert.deepEqual(members(later), [V0, V1]);
  assert.deepEqual(members(later, 'fast-scos-4.22'), V);
  const [, , second] = listPromotions(later);
  assert.deepEqual(
    second?.hurdles.map(({ name, state, text }) => [name, state, text]),
    [
      ['feeder', 'passed', 'it is in fast-scos-4.22'],
      [
        'delay',
        'passed',
        'created 2026-06-03T00:00:00.000Z, from when its time in fast-scos-4.22 counts, long enough at 2026-06-10T00:00:00.000Z',
      ],
      ['upgrade-test', 'passed', `the update from ${V0} passed upgrade at 2026-06-20T00:00:00Z`],
      ['content-audit', 'passed', 'the content audit passed'],
      ['community', 'open', '1 of 2 reports of success (anna)'],
    ],
  );
  const why = explainEdge(later, V1, V3, { channel: 'stable-scos-4.22', arch: 'amd64' });
  assert.equal(why.code, 'PromotionPending');
  assert.match(
    why.text,
    /waits to enter stable-scos-4\.22: upgrade-test \(no test of an update into it has run\); community/,
  );
  assert.match(why.evidence.map(({ text }) => text).join('\n'), /delay: passed: created 2026-06-04/);
  const out = explainEdge(later, V2, V3, { channel: 'stable-scos-4.22', arch: 'amd64' });
  assert.match(out.text, /is not in stable-scos-4\.22; it is in fast-scos-4\.22\. .* waits to enter/);
  // every release that was listed and is left out is in the report
  assert.deepEqual(
    later.problems.filter(({ field }) => field === 'stable-scos-4.22').map(({ file, severity }) => [file, severity]),
    [V2, V3].map((version) => [`${version}+amd64`, 'note']),
  );
});

test('what was let in stays when a test fails later; what fails before keeps it out', () => {
  const declared = { approvals: [OLDEST] };
  const fails = ['11', '12', '13'].map((day) => run(V1, day, { result: 'fail' }));
  assert.deepEqual(members(compiled(declared, '2026-07-01T00:00:00Z', [...GOOD, ...fails])), [V0, V1]);
  const before = ['06', '07', '08'].map((day) => run(V1, day, { result: 'fail' }));
  const kept = compiled(declared, '2026-07-01T00:00:00Z', [...GOOD, ...before]);
  assert.deepEqual(members(kept), [V0]);
  assert.match(
    listPromotions(kept)[1]?.hurdles.find(({ state }) => state === 'open')?.text ?? '',
    /is failing, upgrade at 2026-06-08/,
  );
});

test('what people report is no test: for `upgrade-test` only runs of a CI count, good and bad', () => {
  const channels = [{ name: 'stable-scos-4.22', feeder: { name: 'fast-scos-4.22', gates: ['upgrade-test'] } }];
  const at = (evidence: EvidenceRecord[]) =>
    listPromotions(compiled({ channels }, '2026-07-01T00:00:00Z', evidence)).find(({ version }) => version === V1);
  const reported = at([report(V1, '03', 'anna'), report(V1, '05', 'ben')]);
  assert.equal(reported?.state, 'held');
  assert.equal(reported?.hurdles.at(-1)?.text, 'no test of an update into it has run');
  const complaints = ['01', '02', '03'].map((day) =>
    run(V1, day, { source: 'community', reporter: day, result: 'fail' }),
  );
  assert.equal(at([run(V1, '04'), ...complaints])?.state, 'promoted');
});

test('a chain: the time in a gated channel counts from when it let the release in', () => {
  const channels = [
    { name: 'eus-scos-4.22', feeder: { name: 'stable-scos-4.22', delay: 'P1D' } },
    { name: 'stable-scos-4.22', feeder: { name: 'fast-scos-4.22', delay: 'P1D', gates: ['approval>=1'] } },
  ];
  const approvals = [
    { channel: 'stable-scos-4.22', versions: '4.22', by: 'anna', time: '2026-06-20T00:00:00Z', reason: 'looks good' },
  ];
  const graph = compiled({ channels, approvals }, '2026-06-20T23:00:00Z');
  assert.deepEqual(members(graph), V);
  const eus = listPromotions(graph, { channel: 'eus-scos-4.22' });
  assert.deepEqual(
    new Set(eus.map(({ state, due }) => `${state} ${due}`)),
    new Set(['waiting 2026-06-21T00:00:00.000Z']),
  );
  // gates date an entry; a list does not, so time in what they guard counts from the creation
  const delayOf = (list: readonly Promotion[]) =>
    list.find(({ version }) => version === V1)?.hurdles.find(({ name }) => name === 'delay')?.text;
  assert.deepEqual([eus, listPromotions(graph, { channel: 'stable-scos-4.22' })].map(delayOf), [
    'in stable-scos-4.22 since 2026-06-20T00:00:00.000Z, long enough at 2026-06-21T00:00:00.000Z',
    'created 2026-06-02T00:00:00.000Z, from when its time in fast-scos-4.22 counts, long enough at 2026-06-03T00:00:00.000Z',
  ]);
});

test('without a date of creation the moment of the look is no entry, and a chain says that nobody knows', () => {
  const channels = [
    { name: 'eus-scos-4.22', feeder: { name: 'stable-scos-4.22', delay: 'P1D' } },
    { name: 'stable-scos-4.22', feeder: { name: 'fast-scos-4.22', gates: ['signed'] } },
  ];
  const undated = RELEASES.map(({ created: _, ...release }) => release);
  const looks = ['2026-07-01T00:00:00Z', '2026-08-01T00:00:00Z'].map((at) =>
    listPromotions(compiled({ channels }, at, [], undated)),
  );
  assert.deepEqual(looks[0], looks[1], 'time alone changes nothing');
  const of = (channel: string) => looks[0]?.find((one) => one.channel === channel && one.version === V1);
  assert.deepEqual([of('stable-scos-4.22')?.state, of('stable-scos-4.22')?.entered], ['promoted', undefined]);
  assert.deepEqual(of('eus-scos-4.22')?.hurdles, [
    { name: 'feeder', state: 'passed', text: 'it is in stable-scos-4.22' },
    {
      name: 'delay',
      state: 'open',
      text: 'since when it is in stable-scos-4.22 is not known: the ledger has no "created" for it',
    },
  ]);
  // what an approval opened is dated by it
  const approvals = [
    { channel: 'stable-scos-4.22', versions: '4.22', by: 'anna', time: '2026-06-20T00:00:00Z', reason: 'looks good' },
  ];
  const approved = [
    channels[0],
    { name: 'stable-scos-4.22', feeder: { name: 'fast-scos-4.22', gates: ['approval>=1'] } },
  ];
  const dated = listPromotions(compiled({ channels: approved, approvals }, '2026-07-01T00:00:00Z', [], undated), {
    channel: 'eus-scos-4.22',
  });
  assert.deepEqual(
    new Set(dated.map(({ state, entered }) => `${state} ${entered}`)),
    new Set(['ready 2026-06-21T00:00:00.000Z']),
  );
});

test('a run counts for the gate whatever becomes of its update: a block takes nothing out of a channel', () => {
  const channels = [{ name: 'stable-scos-4.22', feeder: { name: 'fast-scos-4.22', gates: ['upgrade-test'] } }];
  const texts = files({ channels, stable: [V1] });
  const at = (more: ReadonlyMap<string, string>) =>
    compileGraph(parseGraphData(new Map([...texts, ...more])), RELEASES, {
      evidence: [run(V1, '05')],
      at: new Date('2026-07-01T00:00:00Z'),
    });
  assert.deepEqual(members(at(new Map())), [V1]);
  const blocked = at(new Map([['blocked-edges/b.yaml', JSON.stringify({ to: V1, from: '.*' })]]));
  assert.deepEqual(members(blocked), [V1]);
  assert.deepEqual(listPromotions(blocked), listPromotions(at(new Map())));
  assert.equal(explainEdge(blocked, V0, V1, { channel: 'fast-scos-4.22', arch: 'amd64' }).code, 'SilentlyBlocked');
});

test('promote lists what is through in its file, keeps comments, and what it writes compiles to the same states', () => {
  const declared = { stable: [V0], approvals: [OLDEST] };
  const texts = files(declared);
  const data = parseGraphData(texts);
  const graph = compileGraph(data, RELEASES, { evidence: GOOD, at: new Date('2026-07-01T00:00:00Z') });
  assert.deepEqual(
    listPromotions(graph).map(({ state }) => state),
    ['promoted', 'ready', 'waiting', 'waiting'],
  );
  const changed = promotedFiles(texts, data, graph, listPromotions(graph));
  assert.deepEqual(
    [...changed],
    [['channels/stable.yaml', `# the oldest stays\nname: stable-scos-4.22\nversions:\n  - ${V0}\n  - ${V1}\n`]],
  );
  const after = compileGraph(parseGraphData(new Map([...texts, ...changed])), RELEASES, {
    evidence: GOOD,
    at: new Date('2026-07-01T00:00:00Z'),
  });
  assert.deepEqual(members(after), [V0, V1]);
  assert.equal(
    promotedFiles(texts, parseGraphData(new Map([...texts, ...changed])), after, listPromotions(after)).size,
    0,
  );
});

test('promote refuses to write over the file of another channel, and to leave out what an alias can not take', () => {
  const channels = [{ name: 'stable-scos-4.22', feeder: { name: 'fast-scos-4.22', gates: ['signed'] } }];
  const proposed = (change: (texts: Map<string, string>) => void) => {
    const texts = files({ channels });
    change(texts);
    const data = parseGraphData(texts);
    const graph = compileGraph(data, RELEASES, { at: new Date('2026-07-01T00:00:00Z') });
    return [...promotedFiles(texts, data, graph, listPromotions(graph))];
  };
  const refused = (file: string, change: (texts: Map<string, string>) => void) =>
    assert.throws(
      () => proposed(change),
      (error: SlipwayError) => error.code === 'GRAPH_DATA_INVALID' && error.place.file === file,
    );
  const byHand = `# kept by hand\nname: fast-scos-4.22\nversions: [${V.join(', ')}]\n`;
  refused('channels/stable-scos-4.22.yaml', (texts) => {
    texts.delete('channels/stable.yaml');
    texts.delete('channels/fast.yaml');
    texts.set('channels/stable-scos-4.22.yaml', byHand);
  });
  refused('channels/stable.yaml', (texts) =>
    texts.set('channels/stable.yaml', `other: &list\n- ${V0}\nname: stable-scos-4.22\nversions: *list\n`),
  );
  // a channel that has no file yet gets one
  assert.deepEqual(
    proposed((texts) => texts.delete('channels/stable.yaml')),
    [
      [
        'channels/stable-scos-4.22.yaml',
        `name: stable-scos-4.22\nversions:\n${V.map((one) => `  - ${one}\n`).join('')}`,
      ],
    ],
  );
});

test('unmodified Cincinnati is given the channels without what is held back', () => {
  const texts = files({ approvals: [OLDEST] });
  const data = parseGraphData(texts);
  const graph = compileGraph(data, RELEASES, { evidence: GOOD, at: new Date('2026-07-01T00:00:00Z') });
  const written = parseGraphData(cincinnatiFiles(texts, data, graph));
  assert.equal(written.okd, undefined);
  assert.deepEqual(written.channels.find(({ name }) => name === 'stable-scos-4.22')?.versions, [V0, V1]);
});

test('a feeder that does not exist, that is an alias, or that feeds itself is said, and lets nobody in', () => {
  const lost = compiled(
    { channels: [{ name: 'stable-scos-4.22', feeder: { name: 'fats-scos-4.22' } }] },
    '2026-07-01T00:00:00Z',
  );
  assert.deepEqual(members(lost), []);
  assert.match(lost.problems.find(({ severity }) => severity === 'error')?.message ?? '', /no channel fats-scos-4\.22/);
  const refused = (channels: object, message: RegExp) =>
    assert.throws(() => parseGraphData(files({ channels })), { code: 'GRAPH_DATA_INVALID', message });
  const fed = (name: string, by: string) => ({ name, feeder: { name: by } });
  refused([fed('a', 'b'), fed('b', 'c'), fed('c', 'a')], /"a" would be fed by itself: a from b from c from a/);
  refused([fed('a', 'b'), { name: 'b', aliasOf: 'c' }], /"b" is an alias/);
  refused(
    [{ name: 'a', feeder: { name: 'b', gates: ['community'] } }],
    /there is no gate "community"; the gates are upgrade-test/,
  );
});

test('a release that a person accepted over the audit does not pass the gate, and says who', () => {
  const releases = RELEASES.map((one) => ({
    ...one,
    audit: 'fail' as const,
    override: { by: 'anna', reason: 'known' },
  }));
  const channels = [{ name: 'stable-scos-4.22', feeder: { name: 'fast-scos-4.22', gates: ['content-audit'] } }];
  const graph = compiled({ channels }, '2026-07-01T00:00:00Z', GOOD, releases);
  assert.deepEqual(members(graph), []);
  assert.equal(
    listPromotions(graph)[0]?.hurdles.at(-1)?.text,
    'the content audit failed; anna accepted the release all the same: known',
  );
});

const anyRun = fc
  .record({
    to: fc.constantFrom(V1, V2, V3),
    day: fc.integer({ min: 1, max: 28 }),
    result: fc.constantFrom('pass', 'fail', 'infra'),
    source: fc.constantFrom('ci', 'community'),
    reporter: fc.constantFrom('anna', 'ben', 'eva'),
  })
  .map(({ to, day, ...more }) => run(to, String(day).padStart(2, '0'), { ...more, from: V[V.indexOf(to) - 1] ?? V0 }));
const anyGates = fc.record({
  name: fc.constant('fast-scos-4.22'),
  delay: fc.constantFrom('P0D', 'P3D', 'P1W'),
  gates: fc.subarray(['upgrade-test', 'content-audit', 'signed', 'community>=2', 'approval>=1']),
});
const anyApproval = fc.record({
  channel: fc.constant('stable-scos-4.22'),
  versions: fc.constantFrom(...V, '4.22'),
  by: fc.constantFrom('anna', 'ben'),
  time: fc.integer({ min: 1, max: 28 }).map((day) => `2026-06-${String(day).padStart(2, '0')}T12:00:00Z`),
  reason: fc.constant('r'),
});
const day = fc.integer({ min: 1, max: 40 }).map((number) => new Date(Date.UTC(2026, 5, number)).toISOString());

test('monotone: time and further passes or approvals never take a release out of a channel', () => {
  fc.assert(
    fc.property(
      fc.array(anyRun, { maxLength: 30 }),
      fc.array(anyRun, { maxLength: 6 }),
      fc.array(anyApproval, { maxLength: 4 }),
      fc.array(anyApproval, { maxLength: 2 }),
      anyGates,
      fc.tuple(day, day),
      (runs, more, approvals, moreApprovals, feeder, days) => {
        const [early = '', late = ''] = days.toSorted();
        const channels = [{ name: 'stable-scos-4.22', feeder }];
        const at = (time: string, evidence = runs, given = approvals) =>
          members(compiled({ channels, approvals: given }, time, evidence));
        const before = at(early);
        const passes = more.map((one): EvidenceRecord => ({ ...one, result: 'pass' }));
        for (const after of [
          at(late),
          at(early, [...runs, ...passes]),
          at(early, runs, [...approvals, ...moreApprovals]),
        ])
          assert.deepEqual(
            before.filter((version) => !after.includes(version)),
            [],
          );
        // what is dated later is not known yet
        const known = runs.filter(({ time }) => Date.parse(time) <= Date.parse(early));
        assert.deepEqual(at(early, known), before);
        assert.deepEqual(at(early, runs.toReversed()), before);
      },
    ),
    { numRuns: 150 },
  );
});
