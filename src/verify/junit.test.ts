import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SlipwayError } from '../util/index.ts';
import { LARGEST_REPORT, parseJUnit } from './index.ts';

const parse = (xml: string) => parseJUnit(Buffer.from(xml), { file: 'junit.xml' });
const one = (xml: string) => {
  const [testCase] = parse(`<testsuite>${xml}</testsuite>`).cases;
  assert.ok(testCase);
  return testCase;
};
const refused = (code: string, words?: RegExp) => (error: unknown) => {
  assert.ok(error instanceof SlipwayError, String(error));
  assert.equal(error.code, code, error.message);
  assert.equal(error.place.file, 'junit.xml');
  if (words) assert.match(error.message, words);
  return true;
};

test('suites in suites, every kind of outcome', () => {
  const report = parse(`<?xml version="1.0" encoding="UTF-8"?>
    <!-- written by a tool -->
    <testsuites name="run 4711" tests="5" failures="1" errors="1">
      <properties><property name="x" value="y"/></properties>
      <testsuite name="outer" failures="1" errors="1">
        <testcase name="passes" classname="a.B" time="1.25"/>
        <testsuite name="inner &amp; deeper">
          <testcase name="fails" time="0.5"><failure message="expected 1 &lt; 0" type="AssertionError">at line 3</failure></testcase>
          <testcase name="breaks"><error type="TypeError"><![CDATA[x is <undefined> &amp; so on]]></error><system-out>before</system-out></testcase>
        </testsuite>
        <testcase name="skips"><skipped message="no cluster"/></testcase>
        <testcase name="says"><system-out>out</system-out><system-err>err</system-err></testcase>
      </testsuite>
    </testsuites>`);
  assert.equal(report.unaccountedFailures, 0);
  const blank = { className: '', seconds: 0, message: undefined, output: undefined };
  assert.deepEqual(report.cases, [
    { ...blank, suite: 'outer', className: 'a.B', name: 'passes', status: 'passed', seconds: 1.25 },
    {
      ...blank,
      suite: 'outer / inner & deeper',
      name: 'fails',
      status: 'failed',
      seconds: 0.5,
      message: 'expected 1 < 0',
      output: 'at line 3',
    },
    {
      ...blank,
      suite: 'outer / inner & deeper',
      name: 'breaks',
      status: 'failed',
      message: 'x is <undefined> &amp; so on',
      output: 'x is <undefined> &amp; so on\nbefore',
    },
    { ...blank, suite: 'outer', name: 'skips', status: 'skipped', message: 'no cluster' },
    { ...blank, suite: 'outer', name: 'says', status: 'passed', output: 'out\nerr' },
  ]);
});

test('what tools write in odd ways', () => {
  assert.equal(one('<testcase name="a" time="1,234.5"/>').seconds, 1234.5);
  for (const time of ['', 'soon', '-1', 'Infinity', '1e999'])
    assert.equal(one(`<testcase name="a" time="${time}"/>`).seconds, 0, time);
  assert.equal(one('<testcase name="a"><failure/></testcase>').message, 'no message');
  assert.equal(one('<testcase name="a"><failure/></testcase>').status, 'failed');
  assert.equal(
    one('<testcase name="a"><skipped/><failure message="m"/></testcase>').status,
    'failed',
    'a failure outweighs a skip',
  );
  assert.equal(
    one('<testcase name="a"><system-out><![CDATA[<failure message="quoted"/>]]></system-out></testcase>').status,
    'passed',
  );
  assert.equal(one('<testcase name="&#x1F6A2; &#233;"/>').name, '🚢 é');
  assert.equal(one('<testcase name="a"><failure message="red &#27;[31m"/></testcase>').message, 'red [31m');
  assert.deepEqual(parse('<testsuites/>').cases, []);
  assert.equal(one('<testcase name="__proto__" classname="constructor"/>').name, '__proto__');
  assert.throws(() => one('<testcase __proto__="x" name="a"/>'), refused('VERIFY_XML_INVALID'));
});

test('failures that suites count but no case shows are reported', () => {
  assert.equal(parse('<testsuite failures="1" errors="1"><testcase name="a"/></testsuite>').unaccountedFailures, 2);
  assert.equal(
    parse('<testsuites failures="1"><testsuite failures="1"><testcase name="a"/></testsuite></testsuites>')
      .unaccountedFailures,
    1,
  );
  assert.equal(parse('<testsuites><testsuite errors="1"/></testsuites>').unaccountedFailures, 1);
  assert.equal(
    parse('<testsuite failures="1"><testcase name="a"><failure/></testcase></testsuite>').unaccountedFailures,
    0,
  );
  assert.throws(() => parse('<testsuite failures="many"/>'), refused('VERIFY_JUNIT_INVALID', /failures="many"/));
});

test('long texts keep their end', () => {
  const testCase = one(
    `<testcase name="a"><failure message="${'m'.repeat(5_000)}!">${'o'.repeat(50_000)}!</failure></testcase>`,
  );
  assert.ok((testCase.message?.length ?? 0) < 2_100);
  assert.match(testCase.message ?? '', /characters left out\] m+!$/);
  assert.ok((testCase.output?.length ?? 0) < 16_100);
  assert.match(testCase.output ?? '', /o!$/);
});

test('what is no report is refused', () => {
  assert.throws(() => parse('<html><body/></html>'), refused('VERIFY_JUNIT_INVALID', /<html>/));
  assert.throws(() => parse('<testsuite><testcase name=" "/></testsuite>'), refused('VERIFY_JUNIT_INVALID', /no name/));
  for (const text of ['', '   ', 'Killed', '{"tests": 1}', '<testsuite/><testsuite/>', '<?xml version="1.0"?>']) {
    assert.throws(() => parse(text), refused('VERIFY_XML_INVALID'), text);
  }
  assert.throws(
    () => parseJUnit(new Uint8Array(LARGEST_REPORT + 1), { file: 'junit.xml' }),
    refused('VERIFY_JUNIT_TOO_LARGE'),
  );
});

test('a report cut off anywhere is refused, and never read as one with fewer tests', () => {
  const whole = `<?xml version="1.0"?>\n<testsuites><testsuite name="s" tests="2"><testcase name="a" time="1"/><testcase name="b"><failure message="m">text <![CDATA[more]]></failure></testcase></testsuite></testsuites>`;
  assert.equal(parse(whole).cases.length, 2);
  for (let length = 0; length < whole.length; length++)
    assert.throws(() => parse(whole.slice(0, length)), SlipwayError, whole.slice(0, length));
});

test('entity bombs and external entities are refused', () => {
  const laughs = Array.from({ length: 9 }, (_, i) => `<!ENTITY lol${i + 1} "${`&lol${i};`.repeat(10)}">`).join('');
  const bomb = `<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY lol0 "lol">${laughs}]>\n<testsuite><testcase name="&lol9;"/></testsuite>`;
  assert.throws(() => parse(bomb), refused('VERIFY_XML_INVALID', /document type declaration/));
  const hidden = [
    '<!DOCTYPE x SYSTEM "file:///etc/passwd"><testsuite/>',
    '<!-- a --><?pi b?>\n <!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><testsuite><testcase name="&e;"/></testsuite>',
    '\ufeff<!DOCTYPE x []><testsuite/>',
  ];
  for (const xml of hidden) assert.throws(() => parse(xml), refused('VERIFY_XML_INVALID'), xml);
  for (const reference of ['&lol;', '&amp', '&;', '&#xFFFFFFFF;', '&#0;', '&#99999999999;', '& b']) {
    assert.throws(
      () => parse(`<testsuite><testcase name="a"><system-out>${reference}</system-out></testcase></testsuite>`),
      refused('VERIFY_XML_INVALID'),
      reference,
    );
  }
  // A document type inside of a log is only text.
  assert.equal(
    one('<testcase name="a"><system-out><![CDATA[<!DOCTYPE html><p>]]></system-out></testcase>').output,
    '<!DOCTYPE html><p>',
  );
});

test('deep nesting is refused', () => {
  const depth = 100_000;
  assert.throws(() => parse('<testsuite>'.repeat(depth) + '</testsuite>'.repeat(depth)), refused('VERIFY_XML_INVALID'));
});

test('encodings: as marked, as declared, else UTF-8; anything else is refused', () => {
  const xml = (encoding: string, name = 'Grüße') =>
    `<?xml version="1.0" encoding="${encoding}"?><testsuite><testcase name="${name}"/></testsuite>`;
  const named = (bytes: Uint8Array) => parseJUnit(bytes, { file: 'junit.xml' }).cases[0]?.name;
  assert.equal(named(Buffer.from(xml('UTF-8'))), 'Grüße');
  assert.equal(named(Buffer.from(`\ufeff${xml('utf-8')}`)), 'Grüße');
  assert.equal(named(Buffer.from(xml('ISO-8859-1'), 'latin1')), 'Grüße');
  assert.equal(named(Buffer.from(`\ufeff${xml('UTF-16')}`, 'utf16le')), 'Grüße');
  assert.throws(() => named(Buffer.from(xml('UTF-8'), 'latin1')), refused('VERIFY_XML_INVALID', /not UTF-8/));
  assert.throws(() => named(Buffer.from(xml('x-unheard-of'))), refused('VERIFY_XML_INVALID', /x-unheard-of/));
  assert.throws(() => named(Buffer.from([0, 255, 254, 1, 2, 3])), refused('VERIFY_XML_INVALID'));
});

test('whatever bytes come, it is a report or an error of ours', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<testsuite',
      '<testcase',
      ' name="a"',
      '>',
      '/>',
      '</testsuite>',
      '<![CDATA[',
      ']]>',
      '<!--',
      '-->',
      '&',
      ';',
      '"',
      '<?',
      '<!DOCTYPE',
      '[',
      '<failure>',
    ),
    fc.string({ maxLength: 3 }),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), fc.boolean(), (pieces, wrapped) => {
      const text = wrapped ? `<testsuite>${pieces.join('')}</testsuite>` : pieces.join('');
      try {
        assert.ok(Array.isArray(parse(text).cases));
      } catch (error) {
        assert.ok(error instanceof SlipwayError, `${JSON.stringify(text)}: ${error}`);
      }
    }),
    { numRuns: 2_000, seed: 20261123 },
  );
});
