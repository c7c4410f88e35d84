import { type Place, SlipwayError } from '../util/index.ts';
import type { JUnitReport, TestCase } from './types.ts';
import { parseXml, type XmlElement } from './xml.ts';

/** Larger reports are refused: they are parsed in memory. */
export const LARGEST_REPORT = 32 * 1024 * 1024;
const LONGEST_MESSAGE = 2_000;
const LONGEST_OUTPUT = 16_000;

/**
 * Reads a JUnit report, as build tools and openshift-tests write it: `<testsuites>` or `<testsuite>`, suites in suites
 * to any depth, cases with `<failure>`, `<error>`, `<skipped>`, `<system-out>`, `<system-err>`. Errors:
 * `VERIFY_XML_INVALID`, `VERIFY_JUNIT_INVALID` (XML, but not a report), `VERIFY_JUNIT_TOO_LARGE`.
 */
export function parseJUnit(bytes: Uint8Array, place: Place = {}): JUnitReport {
  if (bytes.length > LARGEST_REPORT) {
    throw new SlipwayError(
      'VERIFY_JUNIT_TOO_LARGE',
      `the report has ${bytes.length} bytes; at most ${LARGEST_REPORT} are read.`,
      { place },
    );
  }
  const root = parseXml(bytes, place);
  if (root.name !== 'testsuites' && root.name !== 'testsuite') {
    throw new SlipwayError('VERIFY_JUNIT_INVALID', `the root is <${root.name}>, not <testsuites> or <testsuite>.`, {
      place,
    });
  }
  return readSuite(root, [], place);
}

function readSuite(suite: XmlElement, above: readonly string[], place: Place): JUnitReport {
  const own = suite.attributes.get('name')?.trim() ?? '';
  // The outermost name says which tool wrote the report, and differs between runs of one test.
  const path = own === '' || suite.name === 'testsuites' ? above : [...above, own];
  const cases: TestCase[] = [];
  let inner = 0;
  for (const child of suite.children) {
    if (child.name === 'testcase') cases.push(readCase(child, path.join(' / '), place));
    if (child.name !== 'testsuite') continue;
    const report = readSuite(child, path, place);
    cases.push(...report.cases);
    inner += report.unaccountedFailures;
  }
  const stated = count(suite, 'failures', place) + count(suite, 'errors', place);
  const shown = cases.filter((testCase) => testCase.status === 'failed').length;
  return { cases, unaccountedFailures: Math.max(inner, stated - shown, 0) };
}

function count(suite: XmlElement, attribute: string, place: Place): number {
  const text = suite.attributes.get(attribute)?.trim() ?? '';
  if (text === '') return 0;
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new SlipwayError('VERIFY_JUNIT_INVALID', `${attribute}="${text.slice(0, 40)}" is not a count.`, { place });
}

function readCase(element: XmlElement, suite: string, place: Place): TestCase {
  const name = clean(element.attributes.get('name') ?? '').trim();
  if (name === '')
    throw new SlipwayError('VERIFY_JUNIT_INVALID', `a test case of suite "${suite}" has no name.`, { place });
  const named = (...names: string[]): XmlElement[] => element.children.filter((child) => names.includes(child.name));
  const [problem] = named('failure', 'error');
  const [skip] = named('skipped');
  const said = problem ?? skip;
  const message =
    said &&
    (said.attributes.get('message')?.trim() || said.text.trim().split('\n')[0] || said.attributes.get('type')?.trim());
  const outputs = [...named('failure', 'error'), ...named('system-out'), ...named('system-err')].map((child) =>
    child.text.trim(),
  );
  const output = outputs.filter((text) => text !== '').join('\n');
  return {
    suite: clean(suite),
    className: clean(element.attributes.get('classname') ?? '').trim(),
    name,
    status: problem ? 'failed' : skip ? 'skipped' : 'passed',
    seconds: readSeconds(element.attributes.get('time')),
    message: said && shorten(clean(message || 'no message'), LONGEST_MESSAGE),
    output: output === '' ? undefined : shorten(clean(output), LONGEST_OUTPUT),
  };
}

/** `1.5`, `1,234.5`; what is no time counts as none, as it decides nothing. */
function readSeconds(text: string | undefined): number {
  const seconds = Number(text?.trim().replaceAll(',', '') ?? 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

/** Text that databases and terminals can take: no control characters but tab and newline, no half surrogate pairs. */
function clean(text: string): string {
  return text
    .toWellFormed()
    .replaceAll('\r\n', '\n')
    .replace(/[^\P{Cc}\n\t]/gu, '');
}

/** Keeps the end, where test output says what went wrong. */
function shorten(text: string, limit: number): string {
  return text.length <= limit
    ? text
    : `[${text.length - limit} characters left out] ${text.slice(-limit).toWellFormed()}`;
}
