import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { answerGraph } from './answer/answer.ts';
import { graphResponder, renderedAnswers } from './answer/render.ts';
import { checkAnswer } from './client/invariants.ts';
import { compileGraph } from './compile/compile.ts';
import { parseGraphData } from './data/parse.ts';
import { parseReleases } from './data/releases.ts';
import { loadGraph } from './files/load.ts';
import { readGraphData } from './files/read.ts';
import { graphVectors, NO_VECTORS, summary } from './testing/graph.ts';
import type { GraphAnswer, GraphRelease } from './types.ts';

const vectors = graphVectors();
const skip = vectors === undefined ? NO_VECTORS : false;

async function read(...path: string[]): Promise<string> {
  const bytes = await readFile(join(vectors ?? '', ...path));
  return (path.at(-1)?.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString();
}

const REMOVE_REGEX = 'io.openshift.upgrades.graph.previous.remove_regex';

/** Everything an answer says, without its order. */
function content(answer: GraphAnswer): unknown {
  return {
    ...summary(answer),
    nodes: answer.nodes
      .map(({ version, payload, metadata }) => {
        const { [REMOVE_REGEX]: expression = '', ...labels } = metadata;
        // alternatives stand in the order in which upstream read the folder
        return JSON.stringify([version, payload, Object.entries(labels).sort(), [...expression].sort().join('')]);
      })
      .sort(),
    risks: [
      ...new Set(
        answer.conditionalEdges.flatMap(({ risks }) =>
          risks.map(({ name, url, message, matchingRules }) =>
            JSON.stringify([
              name,
              url,
              message,
              matchingRules.map((rule) => [rule.type, rule.type === 'PromQL' ? rule.promql.promql : '']),
            ]),
          ),
        ),
      ),
    ].sort(),
  };
}

interface FuzzCase {
  readonly seed: number;
  readonly graphData: Record<string, string>;
  readonly releases: GraphRelease[];
  readonly expected: Record<string, GraphAnswer>;
  readonly upstreamBug: string | null;
}

test('random graphs: every answer equals upstream’s, bar its known bug', { skip }, async () => {
  let equal = 0;
  const different = new Set<string>();
  for (const line of (await read('fuzz-cases.jsonl.gz')).trim().split('\n')) {
    const one = JSON.parse(line) as FuzzCase;
    const graph = compileGraph(parseGraphData(new Map(Object.entries(one.graphData))), one.releases);
    for (const [key, expected] of Object.entries(one.expected)) {
      const cut = key.lastIndexOf('_');
      const answer = answerGraph(graph, { channel: key.slice(0, cut), arch: key.slice(cut + 1) });
      try {
        assert.deepEqual(content(answer), content(expected));
        equal++;
      } catch (error) {
        if (one.upstreamBug === null) throw error;
        different.add(`${one.seed}: ${one.upstreamBug}`);
      }
    }
  }
  assert.equal(equal, 564);
  assert.deepEqual(
    [...different],
    [5, 42, 92].map((seed) => `${seed}: arch filter is a substring test on conditional edges`),
  );
});

interface CornerCase {
  readonly name: string;
  readonly schema: string;
  readonly channels: Record<string, string[]>;
  readonly blockedEdges: Record<string, string>;
  readonly raw: object;
  readonly releases: GraphRelease[];
  readonly upstream: Record<string, UpstreamAnswer | string>;
}

interface UpstreamAnswer {
  readonly nodes: string[];
  readonly edges: [string, string][];
  readonly conditional: [[string, string], string[]][];
}

/** Where the outcome is not upstream's: it fails open or fails whole (update-graph § 2.6). Given is stable-4 on amd64. */
const BETTER: Readonly<Record<string, 'refused' | { edges?: string[]; conditional?: string[]; arch?: string }>> = {
  'self loop': { edges: ['4.9.0 -> 4.9.1', '4.9.1 -> 4.9.2'] },
  cycle: { edges: ['4.9.0 -> 4.9.1', '4.9.0 -> 4.9.2', '4.9.1 -> 4.9.2'] },
  'same version two digests': { edges: ['4.9.0 -> 4.9.1', '4.9.0 -> 4.9.2', '4.9.1 -> 4.9.2'] },
  'raw previous.add cycle': { edges: ['4.9.0 -> 4.9.1', '4.9.0 -> 4.9.2', '4.9.1 -> 4.9.2'] },
  'risk to with +arch': { arch: 'arm64', edges: ['4.9.0 -> 4.9.1', '4.9.0 -> 4.9.2', '4.9.1 -> 4.9.2'] },
  'two silent blocks one target': { edges: ['4.9.0 -> 4.9.1'] },
  'same risk twice overlapping': { conditional: ['4.9.0 -> 4.9.2: RiskA', '4.9.1 -> 4.9.2: RiskA'] },
  'silent with fixedIn (neither shape)': 'refused',
  'risk without message': 'refused',
  'unparsable yaml': 'refused',
  'bad regex': 'refused',
  'lookahead regex': 'refused',
  '.yml extension ignored': 'refused',
  'schema 1.9': 'refused',
  'schema 2': 'refused',
  'two channels, one without dash': { edges: [] },
  'upper-case channel': { edges: ['4.9.0 -> 4.9.1', '4.9.0 -> 4.9.2', '4.9.1 -> 4.9.2'] },
  'prerelease names an arch: conditional edge leaks': { arch: 'arm64', conditional: [] },
};

test('corner cases: upstream’s outcome, or the better one', { skip }, async (t) => {
  const cases = JSON.parse(await read('corner-cases.json')) as CornerCase[];
  assert.equal(cases.length, 31);
  for (const one of cases) {
    await t.test(one.name, () => {
      const files = new Map([
        ['version', one.schema],
        ['raw/metadata.json', JSON.stringify(one.raw)],
        ...Object.entries(one.channels).map(
          ([name, versions]) => [`channels/${name}.yaml`, JSON.stringify({ name, versions })] as const,
        ),
        ...Object.entries(one.blockedEdges).map(([name, text]) => [`blocked-edges/${name}`, text] as const),
      ]);
      const better = BETTER[one.name];
      if (better === 'refused') {
        assert.throws(() => parseGraphData(files), { code: /^GRAPH_DATA_(INVALID|SCHEMA)$/ });
        return;
      }
      const graph = compileGraph(parseGraphData(files), one.releases);
      const [first] = Object.keys(one.channels);
      if (better !== undefined) {
        const answer = summary(answerGraph(graph, { channel: first ?? '', arch: better.arch ?? 'amd64' }));
        if (better.edges !== undefined) assert.deepEqual(answer.edges, better.edges);
        if (better.conditional !== undefined) assert.deepEqual(answer.conditional, better.conditional);
      }
      for (const [key, expected] of Object.entries(one.upstream)) {
        if (typeof expected === 'string') {
          assert.ok(better !== undefined, `upstream fails: ${expected}`);
          continue;
        }
        const cut = key.lastIndexOf('_');
        const [channel, arch] = [key.slice(0, cut), key.slice(cut + 1)];
        if (better !== undefined && (better.arch ?? arch) === arch) continue;
        assert.deepEqual(summary(answerGraph(graph, { channel, arch })), {
          nodes: expected.nodes.toSorted(),
          edges: expected.edges.map(([from, to]) => `${from} -> ${to}`).sort(),
          conditional: expected.conditional
            .map(([[from, to], risks]) => `${from} -> ${to}: ${risks.sort().join()}`)
            .sort(),
        });
      }
    });
  }
});

test('graph-data of production at 731d0424: 76 channels, every edge', { skip }, async () => {
  const folder = join(vectors ?? '', 'head-731d04247');
  const graph = await loadGraph({
    graphData: join(folder, 'graph-data.tar.gz'),
    releases: join(folder, 'releases-synth.json.gz'),
  });
  assert.deepEqual(graph.problems, []);
  assert.equal(graph.channels.length, 76);
  const size = (answer: GraphAnswer): number[] => [
    answer.nodes.length,
    answer.edges.length,
    answer.conditionalEdges.reduce((sum, group) => sum + group.edges.length, 0),
  ];
  const total = [0, 0, 0];
  for (const channel of graph.channels) {
    const answer = answerGraph(graph, { channel, arch: 'amd64' });
    size(answer).forEach((count, at) => {
      total[at] = (total[at] ?? 0) + count;
    });
    // one risk of production has underscores in its name
    assert.deepEqual(
      checkAnswer(answer).filter(({ message }) => !message.includes('"DTK_4_16_58_KernelMismatch"')),
      [],
      channel,
    );
  }
  // counts of update-graph § 3.2, made by upstream's own algorithm
  assert.deepEqual(total, [8865, 271775, 152068]);
  const sizes = ['candidate-4.14', 'eus-4.14', 'candidate-4.16', 'fast-4.18', 'stable-4.20', 'candidate-4.22'].map(
    (channel) => size(answerGraph(graph, { channel, arch: 'amd64' })),
  );
  assert.deepEqual(sizes, [
    [270, 10061, 10010],
    [227, 9143, 7931],
    [245, 8079, 7269],
    [175, 6040, 4656],
    [124, 2629, 2179],
    [106, 1500, 1003],
  ]);
});

for (const [folder, edges] of [
  ['parser-20200220.104838', 450],
  ['parser-20211124.083150', 16961],
] as const) {
  test(`${folder}: graph-data gives what the older publisher’s labels give`, { skip }, async () => {
    const data = parseGraphData(await readGraphData(join(vectors ?? '', folder, 'graph-data.tar.gz')));
    const ours = compileGraph(data, parseReleases(await read(folder, 'graph-gb-raw.json.gz')));
    const labelled = parseReleases(await read(folder, 'graph-gb-with-quay-metadata.json.gz'));
    const theirs = compileGraph({ ...data, channels: [], blocked: [], raw: {} }, labelled);
    const remaining = (graph: typeof ours): { listed: string[]; edges: string[] } => {
      const listed: string[] = [];
      const kept: string[] = [];
      for (const { arch, nodes, targets, fates } of graph.architectures.values()) {
        for (const { version, channels } of nodes) listed.push(`${version}+${arch}: ${channels.join()}`);
        targets.forEach((list, from) => {
          for (const to of list)
            if (!fates.has(from * nodes.length + to))
              kept.push(`${nodes[from]?.version} -> ${nodes[to]?.version} ${arch}`);
        });
      }
      return { listed: listed.sort(), edges: kept.sort() };
    };
    assert.deepEqual(remaining(ours).listed, remaining(theirs).listed);
    assert.deepEqual(remaining(ours).edges, remaining(theirs).edges);
    assert.equal(remaining(ours).edges.length, edges);
  });
}

test('files that upstream would only log are refused', { skip }, async () => {
  const folder = join(vectors ?? '', 'parser-invalid0', 'cincinnati-graph-data');
  const files = await readGraphData(folder);
  const { problems } = parseGraphData(files, { strict: false });
  assert.deepEqual(
    problems.map(({ file }) => file),
    ['blocked-edges/invalid.extension', 'blocked-edges/invalid_format.yaml', 'blocked-edges/missing_extension'],
  );
  assert.throws(() => parseGraphData(files), { code: 'GRAPH_DATA_INVALID' });
});

interface HttpVector {
  readonly request: string;
  readonly accept?: string | null;
  readonly status: number;
  readonly contentType?: string;
  readonly kind?: string;
  readonly value?: string;
  readonly body?: unknown;
  readonly better?: number | string;
}

test('HTTP: status, media type and errors of the policy engine', { skip }, async () => {
  const { vectors: list } = JSON.parse(await read('http-vectors.json')) as { vectors: HttpVector[] };
  const answers = renderedAnswers(compileGraph(parseGraphData(new Map([['version', '1.1.0']])), []));
  const respond = graphResponder(answers);
  let checked = 0;
  for (const one of list) {
    const query = /^GET (?:\/v1)?\/graph\??(.*)$/.exec(one.request)?.[1];
    if (query === undefined) continue; // routes and upstream failures are the server's
    const response = respond({ query, accept: one.accept ?? undefined });
    assert.equal(response.status, one.better === undefined ? one.status : 200, JSON.stringify(one));
    if (one.contentType !== undefined) assert.equal(response.headers['content-type'], one.contentType);
    const body: unknown = JSON.parse(response.body.toString());
    if (one.body !== undefined) assert.deepEqual(body, one.body);
    if (one.better === undefined && one.kind !== undefined) {
      assert.deepEqual(body, { kind: one.kind, value: one.value ?? (body as { value: string }).value });
    }
    checked++;
  }
  assert.equal(checked, 16);
});

/** What the checker says of the graphs on which the Cluster Version Operator's own tests lose or refuse updates. */
const CVO_LOSES: Readonly<Record<string, string>> = {
  'conditional updates available, but have no recognized rules': 'I11',
  'conditional updates available, and overlap with unconditional edge': 'I6',
  'multiple conditional updates with a single target': 'I7',
  'condition with risks after invalid risk': 'I11',
};

test('graphs that a Cluster Version Operator mistrusts break an invariant, the others none', { skip }, async () => {
  const cases = JSON.parse(await read('cvo', 'get-updates.json')) as { name: string; graph: Partial<GraphAnswer> }[];
  assert.equal(cases.length, 12);
  for (const { name, graph } of cases) {
    const answer: GraphAnswer = { version: 1, nodes: [], edges: [], conditionalEdges: [], ...graph };
    // the payloads of these tests are named by tag
    const ids = new Set(checkAnswer(answer).flatMap(({ id }) => (id === 'I3' ? [] : [id])));
    const expected = CVO_LOSES[name];
    if (expected === undefined) assert.deepEqual([...ids], [], name);
    else assert.ok(ids.has(expected), `${name}: ${[...ids].join()}`);
  }
});

test('removing many edges at once keeps the others (the fixture of an upstream crash)', { skip }, async () => {
  const releases = parseReleases(await read('edge_add_remove_trigger_edge_index_error.json'));
  const graph = compileGraph(parseGraphData(new Map([['version', '1.1.0']])), releases);
  const amd64 = graph.architectures.get('amd64');
  const removed = [...(amd64?.fates.values() ?? [])].filter(({ kind }) => kind === 'removed').length;
  assert.ok(removed > 0);
  for (const channel of graph.channels) {
    const answer = answerGraph(graph, { channel, arch: 'amd64' });
    assert.deepEqual(
      checkAnswer(answer).filter(({ id }) => id === 'I4'),
      [],
    );
  }
});
