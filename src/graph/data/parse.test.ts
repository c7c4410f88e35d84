import assert from 'node:assert/strict';
import test from 'node:test';
import { graphData, riskFile } from '../testing/graph.ts';
import { parseGraphData } from './parse.ts';

const VALID = new Map([
  ['version', '1.1.0\n'],
  ['LICENSE', 'ignored'],
  ['channels/_OWNERS', 'ignored'],
  ['blocked-edges/README.md', 'ignored'],
  ['channels/stable-4.yaml', 'name: stable-4\nfeeder: {name: fast-4, delay: P1W}\nversions:\n- 4.9.0\n- 4.9.1+amd64\n'],
  ['blocked-edges/4.9.1.yaml', 'to: 4.9.1\nfrom: 4[.]8[.].* # why\n'],
  [
    'blocked-edges/4.9.1-RiskA.yaml',
    'to: 4.9.1\nfrom: .*\nfixedIn: 4.9.2\nautoExtend: https://y\nurl: https://x\nname: RiskA\nmessage: |-\n  m\nmatchingRules:\n- promql:\n    promql: up\n  type: PromQL\n',
  ],
  ['raw/metadata.json', '{"4.9.1": {"io.openshift.upgrades.graph.previous.add": "4.9.0"}}'],
]);

test('graph-data is read as it is written', () => {
  const data = parseGraphData(VALID);
  assert.equal(data.schema, '1.1.0');
  assert.deepEqual(data.channels, [
    { name: 'stable-4', file: 'channels/stable-4.yaml', versions: ['4.9.0', '4.9.1+amd64'] },
  ]);
  assert.deepEqual(data.blocked, [
    {
      file: 'blocked-edges/4.9.1-RiskA.yaml',
      to: '4.9.1',
      from: '.*',
      fixedIn: '4.9.2',
      risk: {
        url: 'https://x',
        name: 'RiskA',
        message: 'm',
        matchingRules: [{ type: 'PromQL', promql: { promql: 'up' } }],
      },
    },
    { file: 'blocked-edges/4.9.1.yaml', to: '4.9.1', from: '4[.]8[.].*' },
  ]);
  assert.deepEqual(data.raw, { '4.9.1': { 'io.openshift.upgrades.graph.previous.add': '4.9.0' } });
});

const REFUSED: readonly [what: string, file: string, text: string, place: { line?: number; field?: string }][] = [
  ['a silent block with a third key', 'blocked-edges/a.yaml', 'to: 4.9.1\nfrom: x\nfixedIn: 4.9.2\n', {}],
  ['an unknown third key', 'blocked-edges/a.yaml', 'to: 4.9.1\nfrom: x\nform: y\n', {}],
  [
    'a risk without message',
    'blocked-edges/a.yaml',
    'to: 4.9.1\nfrom: x\nurl: https://x\nname: R\nmatchingRules: [{type: Always}]\n',
    {},
  ],
  [
    'an unknown rule',
    'blocked-edges/a.yaml',
    'to: 4.9.1\nfrom: x\nurl: https://x\nname: R\nmessage: m\nmatchingRules:\n- type: Sometimes\n',
    { line: 7, field: 'matchingRules.0.type' },
  ],
  ['YAML that does not parse', 'blocked-edges/a.yaml', 'to: [', { line: 1 }],
  ['a key given twice', 'blocked-edges/a.yaml', 'to: 4.9.1\nfrom: x\nto: 4.9.2\n', { line: 3 }],
  ['a bad pattern', 'blocked-edges/a.yaml', 'to: 4.9.1\nfrom: 4[.9\n', { line: 2, field: 'from' }],
  ['a look-ahead', 'blocked-edges/a.yaml', 'to: 4.9.1\nfrom: ^4(?!x)\n', { line: 2, field: 'from' }],
  ['a target that is no version', 'blocked-edges/a.yaml', 'from: x\nto: 4.9\n', { line: 2, field: 'to' }],
  ['the extension .yml', 'blocked-edges/a.yml', 'to: 4.9.1\nfrom: x\n', {}],
  ['a file without extension', 'blocked-edges/a', '', {}],
  ['a channel without versions', 'channels/a.yaml', 'name: a-4\n', {}],
  [
    'a channel with a number',
    'channels/a.yaml',
    'name: a-4\nversions:\n- 4.9.0\n- 4.9\n',
    { line: 4, field: 'versions.1' },
  ],
  ['a channel nobody can ask for', 'channels/a.yaml', 'name: Stable\nversions: []\n', { line: 1, field: 'name' }],
  ['a second channel of one name', 'channels/z.yaml', 'name: stable-4\nversions: []\n', { line: 1, field: 'name' }],
  ['raw metadata that is no JSON', 'raw/metadata.json', '{', { line: 1 }],
  ['raw metadata of the wrong shape', 'raw/metadata.json', '{"4.9.1": {"a": 1}}', { field: '4.9.1.a' }],
  [
    'one risk name, two definitions',
    'blocked-edges/z.yaml',
    'to: 4.9.1\nfrom: x\nurl: https://x\nname: RiskA\nmessage: other\nmatchingRules: [{type: Always}]\n',
    { line: 4, field: 'name' },
  ],
];

for (const [what, file, text, place] of REFUSED) {
  test(`${what} is refused, naming the place`, () => {
    assert.throws(
      () => parseGraphData(new Map([...VALID, [file, text]])),
      (error: unknown) => {
        assert.ok(error instanceof Error && 'place' in error && 'code' in error);
        assert.equal(error.code, 'GRAPH_DATA_INVALID');
        const { file: named, line, field } = error.place as { file: string; line?: number; field?: string };
        assert.equal(named, file);
        if (place.line !== undefined) assert.equal(line, place.line, error.message);
        if (place.field !== undefined) assert.equal(field, place.field, error.message);
        return true;
      },
    );
  });
}

test('only schema 1.0 to 1.2 is read, strict or not', () => {
  for (const version of ['1.0.0', '1.2.7\n'])
    assert.equal(parseGraphData(new Map([['version', version]])).schema, version.trim());
  for (const version of ['1.3.0', '1.9.0', '2.0.0', '', 'one', '1.1'])
    assert.throws(() => parseGraphData(new Map([['version', version]]), { strict: false }), {
      code: 'GRAPH_DATA_SCHEMA',
    });
  assert.throws(() => parseGraphData(new Map()), { code: 'GRAPH_DATA_SCHEMA' });
});

test('without strictness every problem is kept, with the version it endangers', () => {
  const data = graphData(
    ['4.9.0'],
    {
      '4.9.1-a.yaml': 'to: [',
      '4.9.2-rc.1-b.yaml': '',
      'c.yml': 'from: x\nto: 4.9.3 # c',
      'd.yaml': '',
      'e.yaml': riskFile('4.9.4', '.*'),
    },
    { strict: false },
  );
  assert.deepEqual(
    data.problems.map(({ file, targets }) => [file, targets]),
    [
      ['blocked-edges/4.9.1-a.yaml', ['4.9.1', '4.9.1-a']],
      ['blocked-edges/4.9.2-rc.1-b.yaml', ['4.9.2', '4.9.2-rc.1', '4.9.2-rc.1-b']],
      ['blocked-edges/c.yml', ['4.9.3']],
      ['blocked-edges/d.yaml', ['*']],
    ],
  );
  assert.equal(data.blocked.length, 1);
});

test('the first of several problems is thrown, the others are named', () => {
  assert.throws(() => graphData(['4.9.0'], { 'a.yaml': '', 'b.yaml': '', 'c.yaml': '' }), {
    code: 'GRAPH_DATA_INVALID',
    hint: '2 more: blocked-edges/b.yaml, blocked-edges/c.yaml.',
  });
});
