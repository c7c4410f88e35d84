// A workspace whose audits were made by an earlier Slipway, with reports of another shape: everything else of it is shown,
// what needs such a report says so, and it goes on making releases.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { listReleases, listSteps, openDatabase } from '../../src/db/index.ts';
import { workspacePaths } from '../../src/release/index.ts';
import { EvidenceStore } from '../../src/release/kept/evidence.ts';
import { parseOutput } from '../../src/release/kept/outputs.ts';
import { prettyJson } from '../../src/util/index.ts';
import { ROOT, temporaryFolder } from '../support/clone.ts';
import { definitionWith, SOAK, serving } from '../support/workspace.ts';

const without = (value: object, ...names: readonly string[]): Record<string, unknown> =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));

/** The report as the first version wrote it: one package a finding, no base images, no contents of images. */
function asOfOld(report: unknown): unknown {
  assert.ok(typeof report === 'object' && report !== null && 'findings' in report && Array.isArray(report.findings));
  return {
    ...without(report, 'baseline', 'previous', 'catalogues', 'knowledge', 'deep', 'bases', 'exceptions'),
    findings: report.findings.map(
      (finding: { subjects: { package: unknown; evidence: string[]; also: string[] }[] }) => ({
        ...without(finding, 'subjects'),
        ...without(finding.subjects[0] ?? {}, 'label', 'message', 'repository', 'keys'),
      }),
    ),
  };
}

/** Gives every audited release a report of the old shape. */
async function age(data: string): Promise<void> {
  const paths = workspacePaths(data);
  const evidence = new EvidenceStore(paths.evidence);
  const database = await openDatabase({ dataDir: paths.postgres });
  try {
    for (const { name } of await listReleases(database.kysely)) {
      for (const { step, output, state } of await listSteps(database.kysely, name)) {
        if (step !== 'audit' || (state !== 'done' && state !== 'bad')) continue;
        const audit = parseOutput('audit', name, output);
        const report = await evidence.put(asOfOld(await evidence.get(audit.report, (value) => value)));
        await database.kysely
          .updateTable('steps')
          .set({ output: prettyJson({ ...audit, report }) })
          .where('release', '=', name)
          .where('step', '=', step)
          .execute();
      }
    }
  } finally {
    await database.close();
  }
}

describe('a workspace of an earlier version', () => {
  it('is shown, says what can not be told any more, and goes on', async (t) => {
    const folder = await temporaryFolder(t);
    const definition = await definitionWith(folder, SOAK.passes);
    const before = await serving(t, folder, definition);
    const accepted = await before.engine.start('clean', 'test');
    await before.settle();
    const rejected = await before.engine.start('contaminated', 'test');
    await before.settle();
    await before.close();
    await age(join(folder, 'ws'));

    const { engine, app, settle, post } = await serving(t, folder, definition);
    for (const url of ['/api/releases', '/api/streams', '/api/channels'])
      assert.equal((await app.inject({ url })).statusCode, 200, url);
    for (const [name, phase] of [
      [accepted, 'Accepted'],
      [rejected, 'Rejected'],
    ] as const) {
      const answer = await app.inject({ url: `/api/releases/${name}` });
      assert.equal(answer.statusCode, 200, answer.body);
      const release = answer.json<{ phase: string; audit: unknown; auditProblem: string; gates: { gate: string }[] }>();
      assert.equal(release.phase, phase);
      assert.equal(release.audit, null);
      assert.match(release.auditProblem, new RegExp(`^the audit report of ${name} was made by another version`));
      assert.equal(
        release.gates.some(({ gate }) => gate === 'audit'),
        true,
        'its verdict stands',
      );
      const explained = await app.inject({ url: `/api/releases/${name}/explain/tzdata` });
      assert.deepEqual(
        [explained.statusCode, explained.json<{ code: string }>().code],
        [409, 'RELEASE_AUDIT_OUTDATED'],
      );
    }
    const { components } = await engine.catalogue.release(accepted);
    assert.ok(components.length > 0 && components.every(({ packages }) => packages === null), 'not known, not none');

    const rejudged = await engine.audits.rejudge(
      await readFile(join(ROOT, 'examples/harbor/policy.yaml'), 'utf8'),
      'policy.yaml',
    );
    assert.deepEqual(rejudged.releases, []);
    assert.deepEqual(
      rejudged.outdated.map(({ name }) => name),
      [rejected, accepted],
    );

    // It can not be judged as the stable stream demands, so it is not promoted, whatever reason is given.
    for (const body of [{}, { reason: 'it was good once' }]) {
      const promoted = await post(`releases/${accepted}/promote`, body);
      assert.deepEqual([promoted.status, promoted.body.code], [409, 'RELEASE_AUDIT_OUTDATED']);
    }
    assert.equal((await engine.catalogue.releases()).filter(({ kind }) => kind === 'stable').length, 0);

    const next = await engine.start('clean', 'test');
    await settle();
    const release = await engine.catalogue.release(next);
    assert.equal(release.phase, 'Accepted', release.reason ?? '');
    assert.equal(release.audit?.difference, null);
    assert.match(release.audit?.differenceProblem ?? '', new RegExp(accepted));
    assert.equal(release.changelog?.packages, null, 'packages of before are not known, so none is called new');
  });
});
