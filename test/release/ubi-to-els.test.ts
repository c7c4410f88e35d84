// What happened to OKD on 2022-03-03, in miniature: the base image of a nightly is switched from an open to an entitled
// one, and nothing else changes. It took a year to notice then; here the nightly is rejected, with the line to revert.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadReleaseDefinition } from '../../src/release/index.ts';
import { ROOT, slipway, temporaryFolder } from '../support/clone.ts';

interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
  readonly images: readonly string[];
  readonly packages: readonly string[];
  readonly layer: string | null;
  readonly introducedBy: string | null;
  readonly origin: readonly string[];
  readonly lineToRevert: { file: string; line: number; text: string; before: string | null } | null;
}

interface Release {
  readonly name: string;
  readonly phase: string;
  readonly reason: string;
  readonly pullSpec: string | null;
  readonly audit: { readonly verdict: string; readonly findings: readonly Finding[] };
}

const DEFINITION = join(ROOT, 'examples/harbor/stream.yaml');

describe('slipway demo ubi-to-els', () => {
  it('rejects the nightly with one finding: the base image, all that inherit it, and the line to revert', async (t) => {
    const data = join(await temporaryFolder(t), 'ws');
    const run = slipway(['demo', 'ubi-to-els', '--data', data, '--format', 'json']);
    assert.equal(run.code, 1, run.stderr);
    const release = JSON.parse(run.stdout) as Release;
    assert.equal(release.phase, 'Rejected');
    assert.equal(release.pullSpec, null);
    assert.equal(release.audit.verdict, 'fail');

    const { images } = await loadReleaseDefinition(DEFINITION);
    const rebuilt = Object.keys(images.rebased?.['ubi-to-els']?.components ?? {}).sort();
    assert.equal(rebuilt.length, 21);
    const [denied, ...others] = release.audit.findings.filter(({ severity }) => severity === 'deny');
    assert.deepEqual(others, []);
    assert.equal(denied?.rule, 'RPM-001');
    assert.deepEqual(denied.images, rebuilt);
    assert.deepEqual(denied.packages, [
      'ca-certificates-2025.2.80_v9.0.305-91.el9_4.els.noarch',
      'tzdata-2026b-1.el9_4.els.noarch',
    ]);
    assert.match(denied.layer ?? '', /^layer 2 of 2 of base image "harbor\/base-stream9-els"/);
    assert.match(denied.introducedBy ?? '', /base-stream9-els", RUN dnf upgrade -y ca-certificates tzdata$/);
    assert.ok(denied.origin.includes('the base image below it, "harbor/base-stream9", does not have it'));

    const line = denied.lineToRevert;
    assert.equal(line?.file, 'stream.yaml');
    assert.equal(line.before, 'harbor/base-stream9');
    const lines = (await readFile(DEFINITION, 'utf8')).split('\n');
    assert.equal(lines[line.line - 1]?.trim(), line.text);
    assert.equal(line.text, 'base: harbor/base-stream9-els');
    assert.match(release.reason, /Line to revert: stream\.yaml:\d+/);

    const alarm = release.audit.findings.find(({ rule }) => rule === 'BASE-003');
    assert.equal(alarm?.severity, 'warn');
    assert.deepEqual(alarm.images, rebuilt);
    assert.match(
      alarm.message,
      /taken from "harbor\/base-stream9", and it is signed by Ironhat, Inc\., key [0-9a-f]{16} as well, compared with 4\.21\.0-0\.okd-scos-/,
    );
    // What is for the record alone was there before the switch as well.
    assert.deepEqual(
      release.audit.findings.filter(({ severity }) => severity !== 'info').map(({ rule }) => rule),
      ['RPM-001', 'BASE-003'],
    );
  });
});
