import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { compareReleases } from '../../version/index.ts';
import { answerGraph } from '../answer/answer.ts';
import { renderAnswer } from '../answer/render.ts';
import { checkAnswer } from '../client/invariants.ts';
import { parseGraphData } from '../data/parse.ts';
import { sha } from '../testing/graph.ts';
import type { EvidenceRecord, GraphAnswer, GraphRelease } from '../types.ts';
import { compileGraph } from './compile.ts';

const POOL = [
  '4.21.0-okd-scos.ec.1',
  '4.21.0-okd-scos.0',
  '4.21.0-okd-scos.1',
  '4.22.0-0.okd-scos-2026-01-01-000000',
  '4.22.0-okd-scos.ec.2',
  '4.22.0-okd-scos.0',
  '4.22.0-okd-scos.1',
  '4.22.0-okd-scos.2',
];
const CHANNELS = ['stable-scos-4.22', 'candidate-scos-4.22', 'stable-scos-4'];
const version = fc.constantFrom(...POOL);

const release = fc
  .record({ version, previous: fc.uniqueArray(version), next: fc.uniqueArray(version, { maxLength: 1 }) })
  .map(
    ({ version: name, previous, next }): GraphRelease => ({
      version: name,
      arch: 'amd64',
      payload: `quay.io/okd/scos-release@${sha(name)}`,
      previous,
      next,
      metadata: {},
    }),
  );
const releases = fc.uniqueArray(release, { selector: ({ version: name }) => name, minLength: 3 });

const run = fc
  .record({
    from: version,
    to: version,
    result: fc.constantFrom('pass', 'fail', 'infra'),
    day: fc.integer({ min: 1, max: 28 }),
  })
  .map(
    ({ from, to, result, day }): EvidenceRecord => ({
      from,
      to,
      result,
      arch: 'amd64',
      job: `job-${day}`,
      url: `https://prow.example.com/${from}/${to}/${day}/${result}`,
      time: `2026-08-${String(day).padStart(2, '0')}T00:00:00Z`,
      source: 'ci',
    }),
  );

const okd = fc.record({
  barrier: fc.option(version, { nil: undefined }),
  deadend: fc.option(version, { nil: undefined }),
  risk: fc.option(version, { nil: undefined }),
  listed: fc.subarray(POOL),
});

interface Rules {
  readonly barrier: string | undefined;
  readonly deadend: string | undefined;
  readonly risk: string | undefined;
  readonly listed: readonly string[];
}

function data({ barrier, deadend, risk, listed }: Rules) {
  const channel = (name: string): [string, string] => [
    `channels/${name}.yaml`,
    JSON.stringify({ name, versions: listed }),
  ];
  return parseGraphData(
    new Map([
      ['version', '1.1.0'],
      channel('stable-scos-4.22'),
      channel('candidate-scos-4.22'),
      ['okd/sources.yaml', '- {to: "4.22", from: ["4.21", "4.22"]}'],
      ['okd/channels.yaml', '- {name: stable-scos-4, aliasOf: newest-stable-with-path}'],
      ['okd/barriers.yaml', JSON.stringify(barrier === undefined ? [] : [{ version: barrier, reason: 'r' }])],
      [
        'okd/deadends.yaml',
        JSON.stringify(deadend === undefined ? [] : [{ version: deadend, reason: 'r', exit: 'e' }]),
      ],
      [
        'okd/risks.yaml',
        JSON.stringify(
          risk === undefined
            ? []
            : [
                {
                  name: 'SomeRisk',
                  url: 'https://x',
                  message: 'm',
                  matchingRules: [{ type: 'Always' }],
                  affects: { to: risk, from: '*' },
                },
              ],
        ),
      ],
    ]),
  );
}

/** Every update that is plainly recommended. */
function recommended({ nodes, edges }: GraphAnswer): Set<string> {
  return new Set(edges.map(([from, to]) => `${nodes[from]?.version} -> ${nodes[to]?.version}`));
}

function offered(answer: GraphAnswer): Set<string> {
  const more = answer.conditionalEdges.flatMap(({ edges }) => edges.map(({ from, to }) => `${from} -> ${to}`));
  return new Set([...recommended(answer), ...more]);
}

const SHUFFLE = fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true }));

test('random graphs: no cycle, every invariant holds, the barrier is not jumped over, nothing leaves a dead end', () => {
  fc.assert(
    fc.property(releases, fc.array(run, { maxLength: 40 }), okd, (list, evidence, rules) => {
      const graph = compileGraph(data(rules), list, { evidence });
      for (const channel of CHANNELS) {
        const answer = answerGraph(graph, { channel, arch: 'amd64' });
        assert.deepEqual(checkAnswer(answer), [], channel);
        for (const edge of offered(answer)) {
          const [from = '', to = ''] = edge.split(' -> ');
          const { barrier, deadend } = rules;
          if (barrier !== undefined)
            assert.ok(compareReleases(from, barrier) >= 0 || compareReleases(to, barrier) <= 0, edge);
          assert.notEqual(from, deadend);
        }
        if (channel.startsWith('stable')) assert.ok(answer.nodes.every(({ version: name }) => !name.includes('ec')));
      }
    }),
  );
});

test('same inputs in any order, same bytes', () => {
  fc.assert(
    fc.property(releases, fc.array(run, { maxLength: 40 }), okd, SHUFFLE, (list, evidence, rules, luck) => {
      const shuffled = <T>(values: readonly T[]): T[] =>
        values
          .map((value) => ({ value, key: luck.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ value }) => value);
      const turned = shuffled(list).map((one) => ({ ...one, previous: shuffled(one.previous) }));
      const [a, b] = [
        compileGraph(data(rules), list, { evidence }),
        compileGraph(data({ ...rules, listed: shuffled(rules.listed) }), turned, { evidence: shuffled(evidence) }),
      ];
      for (const channel of CHANNELS) {
        const [x, y] = [a, b].map((graph) => renderAnswer(answerGraph(graph, { channel, arch: 'amd64' })));
        assert.equal(x?.sha256, y?.sha256);
        assert.deepEqual(x?.gzip, y?.gzip);
      }
    }),
  );
});

test('monotone in evidence: more passes never take an update away, nor a recommendation', () => {
  fc.assert(
    fc.property(
      releases,
      fc.array(run, { maxLength: 40 }),
      fc.array(run, { minLength: 1, maxLength: 10 }),
      okd,
      (list, evidence, more, rules) => {
        const passes = more.map((one): EvidenceRecord => ({ ...one, result: 'pass' }));
        const before = compileGraph(data(rules), list, { evidence });
        const after = compileGraph(data(rules), list, { evidence: [...evidence, ...passes] });
        for (const channel of CHANNELS) {
          const [x, y] = [before, after].map((graph) => answerGraph(graph, { channel, arch: 'amd64' }));
          if (x === undefined || y === undefined) continue;
          assert.deepEqual(offered(y), new Set([...offered(x), ...offered(y)]));
          for (const edge of recommended(x)) assert.ok(recommended(y).has(edge), edge);
        }
      },
    ),
  );
});
