import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

interface Tally {
  passed: number;
  failed: number;
  skipped: { name: string; reason: string }[];
}

/**
 * Plain lines: one a test file, every failure in full, every skipped check with its reason, and at the end
 * `N passed, N failed`.
 */
export default async function* report(source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  // The checks run before the tests in CI; a failed one must show in the line that is read.
  const checks = Number(process.env.SLIPWAY_CHECKS_FAILED ?? 0);
  const total: Tally = { passed: 0, failed: checks, skipped: [] };
  if (checks > 0) yield 'FAILED checks: see above\n';
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    const { data } = event;
    // A file, a describe block and a test with subtests are containers; only leaves count.
    if (data.details.type === 'suite') continue;
    const file = data.file === undefined ? '' : relative(process.cwd(), data.file);
    if (event.type === 'test:pass') {
      if (data.skip !== undefined && data.skip !== false)
        total.skipped.push({ name: `${file}: ${data.name}`, reason: String(data.skip) });
      else total.passed += 1;
      continue;
    }
    total.failed += 1;
    const { error } = event.data.details;
    const cause =
      error.cause instanceof Error ? (error.cause.stack ?? error.cause.message) : String(error.cause ?? error.message);
    yield `FAILED ${file}: ${data.name}\n${cause.replaceAll(/^/gm, '    ')}\n`;
  }
  if (total.skipped.length > 0) {
    yield `\n${total.skipped.length} skipped:\n`;
    for (const { name, reason } of total.skipped) yield `  ${name}: ${reason}\n`;
  }
  yield `\n${total.passed} passed, ${total.failed} failed\n`;
}
