// What the stable stream demands of a nightly: it is judged again when it is promoted, and goes out with signed attestations.
import assert from 'node:assert/strict';
import { mkdir, readFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseAuditReport } from '../../src/audit/index.ts';
import type { SlipwayError } from '../../src/util/index.ts';
import { ROOT, temporaryFolder } from '../support/clone.ts';
import { definitionWith, SOAK, serving } from '../support/workspace.ts';

const HARBOR = join(ROOT, 'examples/harbor');

/** The example's policy for nightlies that do not know the signer of any package: RPM-007 warns, and denies in `stable`. */
async function lenient(): Promise<string> {
  const text = await readFile(join(HARBOR, 'policy.yaml'), 'utf8');
  return `${text.replace(/ {2}- owner: Harbor Stream Project\n.*\n.*\n/, '')}profile: nightly\n`;
}

async function withPolicy(folder: string, promotion: 'automatic' | 'manual') {
  const file = await definitionWith(folder, SOAK.passes);
  const policy = join(folder, 'policy.yaml');
  await writeFile(policy, await lenient());
  const text = (await readFile(file, 'utf8'))
    .replace(/\n {2}policy: .*/, `\n  policy: ${policy}`)
    .replace('promotion: manual', `promotion: ${promotion}`);
  await writeFile(file, text);
  return { file, policy };
}

describe('promotion', () => {
  it('is refused with evidence by what the stable stream demands, and granted with a reason that is kept', async (t) => {
    const folder = await temporaryFolder(t);
    const { file } = await withPolicy(folder, 'manual');
    const { engine, settle, post } = await serving(t, folder, file);
    const nightly = await engine.start('clean', 'test');
    await settle();
    const accepted = await engine.catalogue.release(nightly);
    assert.deepEqual([accepted.phase, accepted.audit?.policy.profile], ['Accepted', 'nightly']);

    const refused = await post(`releases/${nightly}/promote`);
    assert.deepEqual([refused.status, refused.body.code], [409, 'RELEASE_PROMOTION_REFUSED']);
    const asked = await engine.catalogue.release(nightly);
    const gate = asked.gates.find(({ gate: name }) => name === 'promotion');
    assert.deepEqual([gate?.passed, gate?.blocking], [false, false]);
    assert.match(gate?.reason ?? '', /signed by a key that the policy does not know|key .* is not known|unknown/i);
    const report = await engine.tools.evidence.get(gate?.evidence[0] ?? '', parseAuditReport);
    assert.deepEqual([report.verdict, report.policy.profile], ['fail', 'stable']);
    assert.ok(report.findings.some(({ rule, severity }) => rule === 'RPM-007' && severity === 'deny'));
    assert.equal(asked.ledger.filter(({ kind }) => kind === 'promotion.refused').length, 1);
    assert.equal(asked.phase, 'Accepted', 'as a nightly it is what it was');
    assert.equal((await engine.catalogue.releases()).length, 1, 'no version was taken');

    const granted = await post(`releases/${nightly}/promote`, { reason: 'the key was announced by letter' });
    assert.deepEqual([granted.status, granted.body.release], [202, '4.21.0-okd-scos.0']);
    await settle();
    const stable = await engine.catalogue.release('4.21.0-okd-scos.0');
    assert.deepEqual([stable.phase, stable.published], ['Accepted', true], stable.reason ?? '');
    assert.deepEqual([stable.audit?.verdict, stable.audit?.policy.profile], ['fail', 'stable']);
    assert.match(
      stable.gates.find(({ gate: name }) => name === 'promotion')?.reason ?? '',
      /Promoted all the same: the key was announced by letter$/,
    );
    const stranger = report.findings.find(({ rule }) => rule === 'RPM-007')?.subjects[0]?.package?.name ?? '';
    const severities = async (of: string) =>
      new Set(
        (await engine.audits.explain(of, stranger)).packages
          .flatMap(({ findings }) => findings)
          .filter(({ rule }) => rule === 'RPM-007')
          .map(({ severity }) => severity),
      );
    assert.deepEqual(
      [await severities(nightly), await severities(stable.name)],
      [new Set(['warn']), new Set(['deny'])],
      'each is explained as it was judged',
    );
    const attested = JSON.parse(
      await readFile(join(folder, 'ws/attestations', stable.name, 'release.vsa.dsse.json'), 'utf8'),
    ) as { payload: string };
    const { predicate } = JSON.parse(Buffer.from(attested.payload, 'base64').toString('utf8')) as {
      predicate: { verificationResult: string };
    };
    assert.equal(predicate.verificationResult, 'FAILED', 'the reason changes no verdict');
    const [inGraph] = [...(await engine.catalogue.graph()).architectures.values()].flatMap(({ nodes }) => nodes);
    assert.deepEqual(
      [inGraph?.version, inGraph?.release.audit, inGraph?.release.override?.reason],
      [stable.name, 'fail', 'the key was announced by letter'],
      'nor does the update graph take it for audited',
    );
    assert.equal(
      inGraph?.release.override?.by,
      stable.ledger.find(({ kind }) => kind === 'release.promoted')?.actor,
      'and it names who let it through',
    );
  });

  it('does not happen by itself either, and does once the demands are met', async (t) => {
    const folder = await temporaryFolder(t);
    const { file, policy } = await withPolicy(folder, 'automatic');
    const { engine, settle } = await serving(t, folder, file);
    const nightly = await engine.start('clean', 'test');
    await settle();
    const left = await engine.catalogue.release(nightly);
    assert.deepEqual([left.phase, left.promotedTo, left.working], ['Accepted', null, false]);
    assert.equal(left.gates.find(({ gate }) => gate === 'promotion')?.passed, false);

    await writeFile(policy, await readFile(join(HARBOR, 'policy.yaml'), 'utf8'));
    assert.equal(await engine.promote(nightly, 'test'), '4.21.0-okd-scos.0', 'judged as things are now');
    await settle();
    const stable = await engine.catalogue.release('4.21.0-okd-scos.0');
    assert.deepEqual([stable.phase, stable.audit?.verdict], ['Accepted', 'pass']);
    assert.equal(stable.gates.find(({ gate }) => gate === 'promotion')?.passed, true);
  });

  it('is left to a person when the evidence is gone, and happens once it is back', async (t) => {
    const folder = await temporaryFolder(t);
    const file = await definitionWith(folder, SOAK.passes);
    const first = await serving(t, folder, file);
    const nightly = await first.engine.start('clean', 'test');
    await first.settle();
    await first.close();
    await rename(join(folder, 'ws/evidence'), join(folder, 'away'));
    await mkdir(join(folder, 'ws/evidence'));
    await writeFile(file, (await readFile(file, 'utf8')).replace('promotion: manual', 'promotion: automatic'));
    const { engine, settle } = await serving(t, folder, file);
    await settle();
    await rm(join(folder, 'ws/evidence'), { recursive: true });
    await rename(join(folder, 'away'), join(folder, 'ws/evidence'));
    const left = await engine.catalogue.release(nightly);
    assert.deepEqual([left.phase, left.promotedTo, left.working], ['Accepted', null, false]);
    assert.match(
      left.gates.find(({ gate }) => gate === 'promotion')?.reason ?? '',
      /^It could not be judged: .*RELEASE_EVIDENCE_UNKNOWN/,
    );
    assert.equal(await engine.promote(nightly, 'test'), '4.21.0-okd-scos.0');
    await settle();
  });

  it('waits at its gate while it can not be judged, is refused after half an hour, and judged again when asked', async (t) => {
    const folder = await temporaryFolder(t);
    const file = await definitionWith(folder, SOAK.passes);
    const layout = join(folder, 'images');
    await symlink(join(HARBOR, 'images'), layout);
    await writeFile(file, (await readFile(file, 'utf8')).replace(`layout: ${HARBOR}/images`, `layout: ${layout}`));
    const first = await serving(t, folder, file);
    const nightly = await first.engine.start('clean', 'test');
    await first.settle();
    await first.close();
    // The folder of the base images is away, as one that is not mounted: it may come back.
    await rename(layout, join(folder, 'away'));
    await writeFile(file, (await readFile(file, 'utf8')).replace('promotion: manual', 'promotion: automatic'));
    let now = Date.now();
    const problems: SlipwayError[] = [];
    const { engine, app, settle } = await serving(t, folder, file, {
      clock: () => new Date(now),
      report: (problem) => problems.push(problem),
    });
    const gate = async () => {
      const answer = await app.inject(`/api/releases/${nightly}`);
      assert.equal(answer.statusCode, 200, answer.body);
      const { gates, working } = answer.json<{
        working: boolean;
        gates: { gate: string; passed: boolean | null; reason: string }[];
      }>();
      return { working, ...gates.find(({ gate: name }) => name === 'promotion') };
    };
    const tried = async (times: number) => {
      while (problems.filter(({ code }) => code === 'RELEASE_PROMOTION_WAITING').length < times)
        await new Promise((resolve) => setTimeout(resolve, 50));
    };
    await tried(1);
    const until = new Date(now + 30 * 60_000).toISOString().replace(/\.\d+Z$/, 'Z');
    const waiting = await gate();
    assert.deepEqual([waiting.working, waiting.passed], [true, null]);
    assert.match(waiting.reason ?? '', /^It could not be judged yet, and is tried again until .*OCI_LAYOUT_INVALID\]$/);
    assert.ok(waiting.reason?.includes(until), waiting.reason);
    assert.match(problems[0]?.message ?? '', new RegExp(`^${nightly} waits for its promotion\\.`));
    // It is counted from the first time, not from the last.
    now += 29 * 60_000;
    await tried(2);
    assert.ok((await gate()).reason?.includes(until));
    now += 60_000;
    await settle();
    const refused = await gate();
    assert.deepEqual([refused.working, refused.passed], [false, false]);
    assert.match(
      refused.reason ?? '',
      /^It could not be judged since .*, and is not tried any more: .*OCI_LAYOUT_INVALID/,
    );
    assert.equal(problems.filter(({ code }) => code === 'RELEASE_PROMOTION_GIVEN_UP').length, 1);
    assert.equal(
      (await engine.catalogue.release(nightly)).ledger.filter(({ kind }) => kind === 'promotion.refused').length,
      1,
    );

    await rename(join(folder, 'away'), layout);
    assert.equal(await engine.promote(nightly, 'test'), '4.21.0-okd-scos.0');
    await settle();
    assert.equal((await gate()).passed, true);
  });

  it('is judged by the demands that the definition names', async (t) => {
    const folder = await temporaryFolder(t);
    const file = await definitionWith(folder, SOAK.passes);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.replace('proof: { level: L3, percent: 99 }', 'proof: { level: L4, percent: 99 }'));
    const { engine, settle, post } = await serving(t, folder, file);
    const nightly = await engine.start('clean', 'test');
    await settle();
    assert.equal((await engine.catalogue.release(nightly)).audit?.verdict, 'pass');
    const refused = await post(`releases/${nightly}/promote`);
    assert.equal(refused.status, 409);
    assert.match(refused.body.message ?? '', /0 of \d+ packages reach L4/);
  });

  it('ends before the release is published when nothing is attested of it', async (t) => {
    const folder = await temporaryFolder(t);
    const { engine, settle, post } = await serving(t, folder, await definitionWith(folder, SOAK.passes));
    const nightly = await engine.start('clean', 'test');
    await settle();
    // As if somebody had made the list of attestations, and nothing to be listed.
    const attestations = join(folder, 'ws/attestations/4.21.0-okd-scos.0');
    await mkdir(attestations, { recursive: true });
    await writeFile(join(attestations, 'index.json'), '[]\n');
    assert.equal((await post(`releases/${nightly}/promote`)).status, 202);
    await settle();
    const stable = await engine.catalogue.release('4.21.0-okd-scos.0');
    assert.deepEqual([stable.phase, stable.published], ['Failed', false]);
    assert.match(stable.reason ?? '', /no signed attestation .* there is none.*RELEASE_ATTESTATION_MISSING/);
  });
});
