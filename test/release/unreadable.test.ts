// Images that are gone from the staging registry when a step needs them, and when somebody looks at the release.
import assert from 'node:assert/strict';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseAuditReport } from '../../src/audit/index.ts';
import { loadImage, openLayout, type Repository } from '../../src/oci/index.ts';
import { ROOT, temporaryFolder } from '../support/clone.ts';
import { definitionWith, SOAK, serving } from '../support/workspace.ts';

/** Takes a manifest out of a repository; brings it back. */
async function without(repository: Repository, digest: string): Promise<() => Promise<void>> {
  const { mediaType, bytes } = await repository.manifest(digest);
  await repository.deleteManifest(digest as `sha256:${string}`);
  return async () => {
    await repository.putManifest(digest, mediaType, bytes);
  };
}

describe('a nightly whose images are gone', () => {
  it('fails at the step that needs them, says which, is shown all the same, and goes on with a retry', async (t) => {
    const folder = await temporaryFolder(t);
    const definition = await definitionWith(folder, SOAK.passes);
    const [policy, lint] = [join(folder, 'policy.yaml'), join(folder, 'lint.yaml')];
    // Neither policy is there yet: each step stops before it reads an image.
    const text = (await readFile(definition, 'utf8')).replace(/\n {2}policy: .*/, `\n  policy: ${policy}`);
    await writeFile(definition, `${text}lint: { policy: ${lint} }\n`);
    const { engine, app, settle, post } = await serving(t, folder, definition);
    const { stagingContent, stagingRelease } = engine.tools.repositories;
    const nightly = await engine.start('clean', 'test');
    await settle();
    const retry = async (): Promise<void> => {
      assert.equal((await post(`releases/${nightly}/retry`)).status, 202);
      await settle();
    };
    const shown = async () => {
      const answer = await app.inject({ url: `/api/releases/${nightly}` });
      assert.equal(answer.statusCode, 200, answer.body);
      return answer.json();
    };
    const stepOf = (release: { steps: { name: string; state: string; detail: string }[] }, name: string) => {
      const step = release.steps.find((candidate) => candidate.name === name);
      return [step?.state, step?.detail];
    };
    /** A step that failed waits for a retry, and says why it does. */
    const failedAt = (release: Awaited<ReturnType<typeof shown>>, name: string): void => {
      assert.equal(release.phase, 'Failed');
      const [state, detail] = stepOf(release, name);
      assert.deepEqual([state, `${name}: ${detail}`], ['waiting', release.reason]);
    };
    assert.match((await shown()).reason, /RELEASE_DEFINITION_MISSING/);

    // The audit: one image of all can not be read.
    await copyFile(join(ROOT, 'examples/harbor/policy.yaml'), policy);
    const { digest } = await loadImage(await openLayout(join(ROOT, 'examples/harbor/images')), 'clean/console');
    const backWithImage = await without(stagingContent, digest);
    await retry();
    const unaudited = await shown();
    failedAt(unaudited, 'audit');
    assert.match(
      unaudited.reason,
      /1 image of \d+ could not be read\. console: .*\[OCI_MANIFEST_UNKNOWN\].*slipway release retry .*RELEASE_AUDIT_INCOMPLETE/,
    );
    const kept = /is evidence (sha256:\w+)/.exec(unaudited.reason)?.[1] ?? '';
    const report = await engine.tools.evidence.get(kept, parseAuditReport);
    assert.equal(report.verdict, 'incomplete');
    assert.deepEqual(
      report.unread?.map(({ name, code }) => [name, code]),
      [['console', 'OCI_MANIFEST_UNKNOWN']],
    );
    assert.equal(
      report.images.some(({ name }) => name === 'console'),
      false,
    );

    // The linter: the payload itself is gone.
    await backWithImage();
    await retry();
    const assembled = await shown();
    assert.match(assembled.reason, /lint\.yaml.*RELEASE_DEFINITION_MISSING/);
    failedAt(assembled, 'lint');
    assert.equal(stepOf(assembled, 'audit')[0], 'done');
    await writeFile(lint, '{}\n');
    const backWithPayload = await without(stagingRelease, assembled.digest);
    await retry();
    const unlinted = await shown();
    failedAt(unlinted, 'lint');
    assert.match(unlinted.reason, new RegExp(`${assembled.digest}.*OCI_MANIFEST_UNKNOWN`));
    await backWithPayload();
    await retry();
    const accepted = await shown();
    assert.equal(accepted.phase, 'Accepted', accepted.reason);
    assert.equal(accepted.payloadProblem, null);

    // Afterwards: a component that is gone does not hide what is known of the release.
    await without(stagingContent, digest);
    const seen = await shown();
    const component = (name: string) => seen.components.find((one: { name: string }) => one.name === name);
    const { operator, sizeBytes, problem } = component('console');
    assert.deepEqual([operator, sizeBytes], [null, null]);
    assert.match(problem, new RegExp(`${digest}.*OCI_MANIFEST_UNKNOWN`));
    assert.equal(component('cli').problem, null);
    assert.ok(component('cli').sizeBytes > 0);
  });

  it('is shown where its payload is gone, with the reason', async (t) => {
    const folder = await temporaryFolder(t);
    const { engine, app, settle } = await serving(t, folder, await definitionWith(folder, SOAK.passes));
    const nightly = await engine.start('clean', 'test');
    await settle();
    const [tag = ''] = (await engine.catalogue.releases()).flatMap((release) => release.digest ?? []);
    await without(engine.tools.repositories.stagingRelease, tag);
    const answer = await app.inject({ url: `/api/releases/${nightly}` });
    assert.equal(answer.statusCode, 200, answer.body);
    const { phase, payloadProblem, components, ledger } = answer.json();
    assert.deepEqual([phase, components], ['Accepted', []]);
    assert.match(payloadProblem, new RegExp(`${tag}.*OCI_MANIFEST_UNKNOWN`));
    assert.ok(ledger.length > 0);
  });
});
