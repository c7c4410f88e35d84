// What people decide: a nightly that a job rejected is accepted with a reason, published, and promoted by hand.
import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { verifySite } from '../../src/graph/index.ts';
import { ROOT, temporaryFolder } from '../support/clone.ts';
import { definitionWith, SOAK, serving } from '../support/workspace.ts';

describe('decisions', () => {
  it('try a failed release again where it failed', async (t) => {
    const folder = await temporaryFolder(t);
    const file = await definitionWith(folder, SOAK.fails);
    const policy = join(folder, 'policy.yaml');
    await writeFile(file, (await readFile(file, 'utf8')).replace(/\n {2}policy: .*/, `\n  policy: ${policy}`));
    const { engine, settle, post } = await serving(t, folder, file);
    const nightly = await engine.start('clean', 'test');
    await settle();
    const failed = await engine.catalogue.release(nightly);
    assert.equal(failed.phase, 'Failed');
    assert.match(failed.reason ?? '', /policy\.yaml/);
    assert.equal(failed.working, false);
    await writeFile(policy, await readFile(join(ROOT, 'examples/harbor/policy.yaml')));
    assert.equal((await post(`releases/${nightly}/retry`)).status, 202);
    await settle();
    const retried = await engine.catalogue.release(nightly);
    assert.equal(retried.phase, 'Rejected');
    assert.match(retried.reason ?? '', /^soak: /);
    assert.equal(
      retried.ledger.filter((entry) => entry.kind === 'step.done' && entry.summary.startsWith('import')).length,
      1,
    );
    assert.equal((await post(`releases/${nightly}/retry`)).status, 409);
  });

  it('are taken with a reason, kept in the ledger, and have their limits', async (t) => {
    const folder = await temporaryFolder(t);
    const { app, engine, settle, post } = await serving(t, folder, await definitionWith(folder, SOAK.fails));

    const contaminated = await engine.start('contaminated', 'test');
    await settle();
    const impossible = await post(`releases/${contaminated}/accept`, { reason: 'because' });
    assert.deepEqual([impossible.status, impossible.body.code], [409, 'RELEASE_CONFLICT']);
    assert.equal((await post(`releases/${contaminated}/promote`)).status, 409);

    const nightly = await engine.start('clean', 'test');
    await settle();
    const rejected = await engine.catalogue.release(nightly);
    assert.equal(rejected.phase, 'Rejected');
    assert.match(rejected.reason ?? '', /^soak: /);
    assert.deepEqual(
      rejected.verification.map((run) => [run.state, run.failed[0]?.message]),
      [['failed', 'it fell over']],
    );
    assert.equal((await post(`releases/${nightly}/accept`, { reason: '' })).status, 400);
    assert.equal((await post(`releases/${nightly}/accept`, {})).status, 400);
    const accepted = await post(`releases/${nightly}/accept`, { reason: 'the machine room was too hot' });
    assert.deepEqual([accepted.status, accepted.body.phase], [200, 'Accepted']);
    await settle();
    assert.equal((await engine.catalogue.release(nightly)).published, true);
    assert.equal(
      (await post(`releases/${nightly}/reject`, { reason: 'second thoughts' })).body.code,
      'RELEASE_CONFLICT',
    );
    assert.equal((await engine.catalogue.releases()).filter((release) => release.kind === 'stable').length, 0);

    const promoted = await post(`releases/${nightly}/promote`);
    assert.deepEqual([promoted.status, promoted.body.release], [202, '4.21.0-okd-scos.0']);
    assert.equal((await post(`releases/${nightly}/promote`)).body.release, '4.21.0-okd-scos.0');
    await settle();
    const stable = await engine.catalogue.release('4.21.0-okd-scos.0');
    assert.deepEqual([stable.phase, stable.signed, stable.published], ['Accepted', true, true]);
    const manual = (await engine.catalogue.release(nightly)).ledger.filter(
      (entry) => entry.kind === 'release.accepted',
    );
    assert.deepEqual(
      manual.map((entry) => [entry.actor, entry.summary]),
      [['operator', 'Manually accepted: the machine room was too hot']],
    );
    // the graph keeps apart what the audit said and what a person did
    const [node] = (await engine.catalogue.graph()).architectures.get('amd64')?.nodes ?? [];
    assert.deepEqual(
      [node?.release.audit, node?.release.override],
      ['pass', { by: 'operator', reason: 'the machine room was too hot' }],
    );
    // and the server tells it: why, the signed index, the figures
    const get = async (path: string) => await app.inject(path);
    const query = 'channel=stable-scos-4.21';
    const older = (await get(`/api/graph/explain?${query}&from=4.21.0-okd-scos.0&to=4.21.0-okd-scos.9`)).json();
    assert.deepEqual([older.updates[0].code, older.updates[0].via], ['UnknownVersion', '4.21.0-okd-scos.0']);
    assert.deepEqual((await get('/api/graph/promotions')).json(), { promotions: [] });
    const landed = (await get('/api/releases/4.21.0-okd-scos.0/explain')).json();
    assert.ok(landed.version === '4.21.0-okd-scos.0' && landed.applied > 0);
    assert.equal((await get('/api/releases/4.21.0-okd-scos.9/explain')).statusCode, 404);
    const trusted = {
      attestation: [createPublicKey(engine.tools.attestationKey)],
      keyring: engine.tools.key.publicKey,
    };
    const read = async (path: string) => {
      const answer = await get(`/${path}`);
      return answer.statusCode === 200 ? answer.rawPayload : undefined;
    };
    const index = await verifySite(read, { ...trusted, at: engine.tools.clock() });
    assert.equal(index.architectures.amd64?.['stable-scos-4.21']?.newest, '4.21.0-okd-scos.0');
    assert.match((await get('/metrics')).body, /^slipway_releases\{stream="4-scos-stable",phase="Accepted"\} 1$/m);
    assert.equal((await post('releases/4.21.0-okd-scos.9/promote')).status, 404);
    assert.equal((await post('demo', { set: 'no-such-set' })).status, 404);
  });
});
