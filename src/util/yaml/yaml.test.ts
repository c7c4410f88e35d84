import assert from 'node:assert/strict';
import { it } from 'node:test';
import fc from 'fast-check';
import { isCollection, isPair, LineCounter, parseAllDocuments, stringify } from 'yaml';
import { DEEPEST_JSON } from '../json.ts';
import { YAML_LIMITS, yamlExcess } from './limits.ts';
import { parseYaml, parseYamlDocument, parseYamlDocuments, yamlValue } from './parse.ts';

/** Levels of collections as the library finds them. */
function levelsOf(node: unknown): number {
  if (isPair(node)) return Math.max(levelsOf(node.key), levelsOf(node.value));
  return isCollection(node) ? 1 + Math.max(0, ...node.items.map(levelsOf)) : 0;
}

const reasonOf = (text: string) => yamlExcess(text)?.reason;
const TOO_DEEP = 'it is nested deeper than 500 levels';

it('refuses depth, width and length before the library sees them, however they are written', () => {
  const deep: readonly string[] = [
    '['.repeat(1 << 20),
    `a: ${'{a: '.repeat(1000)}`,
    '- '.repeat(1000),
    '-\t'.repeat(1000),
    '? '.repeat(1000),
    `${'- ? '.repeat(500)}x: y`,
    Array.from({ length: 600 }, (_, n) => `${' '.repeat(n)}a:\n`).join(''),
    Array.from({ length: 1100 }, (_, n) => `${' '.repeat(n)}a: # {\n${' '.repeat(n)}- b:\n`).join(''),
    Array.from({ length: 600 }, (_, n) => `${' '.repeat(n)}? a\n${' '.repeat(n)}:\n`).join(''),
    Array.from({ length: 600 }, (_, n) => `${' '.repeat(n)}"a": &x !!map\n`).join(''),
  ];
  for (const text of deep) assert.equal(reasonOf(text), TOO_DEEP, text.slice(0, 40));
  assert.match(
    reasonOf(`a: "${'x'.repeat(YAML_LIMITS.bytes)}"`) ?? '',
    /^it has 4194309 bytes, and no more than 4194304/,
  );
  for (const wide of ['a,', '"",', '[],', 'a: &b c,', '#\n', '---\n'])
    assert.match(reasonOf(`[${wide.repeat(160_000)}`) ?? '', /^it has more than 160000 texts, marks and lines/, wide);
  for (const head of ['a: |', 'a: >', 'a:'])
    assert.match(
      reasonOf(`${head}\n${'  x\n'.repeat(160_000)}`) ?? '',
      /^it has more than 160000 texts, marks and/,
      head,
    );
  assert.match(reasonOf(`- &a x\n${'- *a\n'.repeat(2001)}`) ?? '', /^it has more than 2000 aliases/);
});

it('takes for depth nothing that only looks like it', () => {
  const many = 600;
  for (const text of [
    `a: "${'['.repeat(many)}"`,
    `a: '${'{'.repeat(many)}'`,
    `a: b${'[{'.repeat(many)}`,
    `# ${'[- ? '.repeat(many)}`,
    `a: |\n  ${'[- ? '.repeat(many)}`,
    `a: >\n${Array.from({ length: many }, (_, n) => `${' '.repeat(n + 1)}- a:\n`).join('')}`,
    `a:${'\n  - [x]'.repeat(many)}`,
    `a:${'\n  b: {c: d}\n  e:\n    - f: g'.repeat(many)}`,
    '---\n- a\n'.repeat(many),
    Array.from({ length: many }, (_, n) => `---\n${' '.repeat(n)}- a\n`).join(''),
    Array.from({ length: many }, (_, n) => `? a${n}\n: b\n`).join(''),
    Array.from({ length: many }, (_, n) => `? [a, ${n}]\n: - b\n  - ? c\n    : {d: e}\n`).join(''),
  ])
    assert.equal(reasonOf(text), undefined, text.slice(0, 40));
});

const piece = fc.constantFrom(
  ...[
    '- ',
    '-\n',
    '? ',
    ': ',
    'a: ',
    'a:\n',
    '"b": ',
    "'c'",
    'd',
    '[',
    ']',
    '{',
    '}',
    ', ',
    '\n',
    '\n  ',
    '\n    ',
    '\n      ',
  ],
  ...[' ', '# x\n', '|\n', '>-\n', '&a ', '*a', '!!str ', '\t', '---\n', '...\n', 'e\n f'],
);
const texts = fc.oneof(
  fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
  fc.jsonValue({ maxDepth: 6 }).map((value) => stringify(value)),
  fc.jsonValue({ maxDepth: 6 }).map((value) => stringify(value, { collectionStyle: 'flow', lineWidth: 20 })),
  fc.jsonValue({ maxDepth: 6 }).map((value) => stringify(value, { indent: 1, indentSeq: false })),
);

it('never finds more levels than the library, and at least half of them', () => {
  let nested = 0;
  fc.assert(
    fc.property(texts, (text) => {
      const documents = [...parseAllDocuments(text, { logLevel: 'silent', uniqueKeys: false })];
      if (documents.some(({ errors }) => errors.length > 0)) return;
      const levels = Math.max(0, ...documents.map(({ contents }) => levelsOf(contents)));
      if (levels > 2) nested++;
      const refusedAt = (limit: number) => yamlExcess(text, { ...YAML_LIMITS, levels: limit }) !== undefined;
      // about explicit keys, and values without a key, the library passes over what is wrong
      if (!/\? |(?:^|[[{,]|&a |!!str ) *: /m.test(text))
        assert.equal(refusedAt(levels), false, `refused at ${levels} levels: ${JSON.stringify(text)}`);
      if (levels > 1) assert.equal(refusedAt(Math.ceil(levels / 2) - 1), true, JSON.stringify(text));
    }),
    { numRuns: 4000, seed: 1 },
  );
  assert.ok(nested > 100, `only ${nested} were nested`);
});

it('an error says which limit and stands where the library puts its own', () => {
  const lineCounter = new LineCounter();
  const text = `a: b\nc: ${'['.repeat(DEEPEST_JSON)}\n`;
  const document = parseYamlDocument(text, { lineCounter });
  assert.equal(document.contents, null);
  const [error] = document.errors;
  assert.ok(error !== undefined);
  assert.deepEqual([error.code, error.message], ['RESOURCE_EXHAUSTION', TOO_DEEP]);
  assert.deepEqual(error.linePos, [{ line: 2, col: 4 + DEEPEST_JSON - 1 }]);
  assert.equal(lineCounter.linePos(error.pos[0]).line, 2);
  assert.throws(() => parseYaml(text), { name: 'YAMLParseError', message: TOO_DEEP });
});

it('counts what aliases repeat, in mappings that are merged too, and refuses what has no end', () => {
  const bomb = (link: (name: string) => string) =>
    `a0: &a0 {x: y}\n${Array.from({ length: 24 }, (_, n) => `a${n + 1}: &a${n + 1} ${link(`*a${n}`)}\n`).join('')}`;
  const merged = { version: '1.1' } as const;
  for (const text of [
    bomb((name) => `[${name}, ${name}]`),
    bomb((name) => `{<<: [${name}, ${name}]}`),
    'a: &a [*a]',
    'a: &a {<<: *a}',
  ])
    assert.match(
      parseYamlDocument(text, merged).errors[0]?.message ?? '',
      /^with its aliases it has more than 1000000/,
    );
  const many = `e: &e []\nz: &z [${'*e,'.repeat(900)}]\nlist:\n${'- *z\n'.repeat(900)}`;
  const value = yamlValue(parseYamlDocument(many));
  assert.ok(typeof value === 'object' && value !== null && 'list' in value && Array.isArray(value.list));
  assert.equal(value.list.length, 900);
  assert.deepEqual(parseYaml('a: &a [b, *c]\n'.replace('*c', 'c')), { a: ['b', 'c'] });
  assert.throws(() => parseYaml('a: *nobody'), /Unresolved alias/);
});

it('counts the levels that aliases add, in mappings that are merged too', () => {
  const chain = (lines: number, link: (name: string) => string) =>
    `a0: &a0 {}\n${Array.from({ length: lines }, (_, n) => `a${n + 1}: &a${n + 1} ${link(`*a${n}`)}\n`).join('')}`;
  const nested = (levels: number) => chain(1, (name) => '['.repeat(levels) + name + ']'.repeat(levels));
  for (const text of [
    nested(DEEPEST_JSON - 1),
    chain(8, (name) => '['.repeat(480) + name + ']'.repeat(480)),
    chain(600, (name) => `{<<: ${name}}`),
  ])
    assert.match(
      parseYamlDocument(text, { version: '1.1' }).errors[0]?.message ?? '',
      /^with its aliases it is nested deeper than 500 levels/,
    );
  // The mapping of the document, the lists, and what the alias stands for.
  assert.deepEqual(parseYamlDocument(nested(DEEPEST_JSON - 2)).errors, []);
});

it('reads the documents of a file each by itself', () => {
  const values = [...parseYamlDocuments(`a: b\n---\n${'['.repeat(1000)}\n---\nc: d\n`)].map((document) =>
    document.errors.length === 0 ? yamlValue(document) : document.errors[0]?.message,
  );
  assert.deepEqual(values, [{ a: 'b' }, TOO_DEEP, { c: 'd' }]);
});

it('a key that is there twice is found wherever it is, in a mapping of very many too', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => `k${n}: 1\n`).join('');
  for (const [text, line] of [
    [`${many}k0: 2\n`, 20_001],
    [`a: [{b: 1}, {b: 1,\n c: 2, "b": 3}]`, 2],
    ['1: a\n"1": b\n? 1\n: c\n', 3],
  ] as const) {
    const [error, ...others] = parseYamlDocument(text).errors;
    assert.deepEqual([error?.code, error?.linePos?.[0].line, others], ['DUPLICATE_KEY', line, []]);
    assert.match(error?.message ?? '', new RegExp(`^Map keys must be unique at line ${line}, column \\d+$`));
    assert.deepEqual(parseYamlDocument(text, { uniqueKeys: false }).errors, []);
  }
  assert.deepEqual(parseYaml(many.slice(0, 12)), { k0: 1, k1: 1 });
});

it('of very many errors and warnings the first are kept, which say where they are, without a stack', () => {
  const { stackTraceLimit } = Error;
  const broken = parseYamlDocument('}'.repeat(100_000));
  const strange = parseYamlDocument(`[${'!x a,'.repeat(30_000)}]`, { logLevel: 'silent' });
  for (const problems of [broken.errors, strange.warnings]) {
    assert.ok(problems.length > 0 && problems.length <= 20, `${problems.length}`);
    assert.match(problems[0]?.message ?? '', / at line 1, column \d+$/);
    assert.ok((problems[0]?.stack?.split('\n').length ?? 0) <= 1);
  }
  assert.equal(Error.stackTraceLimit, stackTraceLimit);
});
