import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  type Database,
  failStep,
  finishStep,
  getPromotion,
  getRelease,
  getStep,
  getStream,
  insertRelease,
  listGates,
  listJobRuns,
  listPublications,
  listReleases,
  listSignatures,
  listSteps,
  listStreams,
  noteStep,
  openDatabase,
  putGate,
  putJobRun,
  putPublication,
  putSignature,
  putStream,
  type ReleaseRecord,
  skipStep,
  startStep,
  updateRelease,
} from '../index.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 23, 5, 15, second));
const NIGHTLY = '4.21.0-0.okd-scos-2026-11-23-051500';

const release = (name: string, changes: Partial<ReleaseRecord> = {}): ReleaseRecord => ({
  name,
  stream: '4.21.0-0.okd-scos',
  kind: 'nightly',
  phase: 'Pending',
  payloadDigest: null,
  payloadRef: null,
  promotedFrom: null,
  inputHash: null,
  reason: null,
  facts: { set: 'default' },
  createdAt: at(0),
  ...changes,
});

let folder: string;
let database: Database;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'slipway-records-'));
  database = await openDatabase({ dataDir: folder });
  for (const name of ['4.21.0-0.okd-scos', '4-scos-stable'])
    await putStream(database.kysely, { name, config: null, createdAt: at(0) });
  await insertRelease(database.kysely, release(NIGHTLY));
});
after(async () => {
  await database.close();
  await rm(folder, { recursive: true });
});

test('streams: stored again, the configuration is new and the time old', async () => {
  await putStream(database.kysely, { name: '4-scos-stable', config: { channels: ['a'] }, createdAt: at(9) });
  const stored = { name: '4-scos-stable', config: { channels: ['a'] }, createdAt: at(0) };
  assert.deepEqual(await getStream(database.kysely, '4-scos-stable'), stored);
  assert.equal(await getStream(database.kysely, 'none'), undefined);
  assert.deepEqual(
    (await listStreams(database.kysely)).map((stream) => stream.name),
    ['4-scos-stable', '4.21.0-0.okd-scos'],
  );
});

test('releases: stored once, changed in part, listed newest first', async () => {
  const db = database.kysely;
  assert.equal(await insertRelease(db, release(NIGHTLY, { phase: 'Accepted' })), false);
  assert.deepEqual(await getRelease(db, NIGHTLY), release(NIGHTLY));
  await updateRelease(db, NIGHTLY, { phase: 'Ready', payloadDigest: 'sha256:aa', inputHash: 'sha256:bb' });
  await updateRelease(db, NIGHTLY, { phase: 'Accepted', reason: 'All gates passed.', facts: [1] });
  const changed = release(NIGHTLY, {
    phase: 'Accepted',
    payloadDigest: 'sha256:aa',
    inputHash: 'sha256:bb',
    reason: 'All gates passed.',
    facts: [1],
  });
  assert.deepEqual(await getRelease(db, NIGHTLY), changed);
  await updateRelease(db, NIGHTLY, {});
  await updateRelease(db, NIGHTLY, { reason: null });
  assert.equal((await getRelease(db, NIGHTLY))?.reason, null);
  await assert.rejects(updateRelease(db, 'none', { phase: 'Failed' }), { code: 'DB_RELEASE_UNKNOWN' });

  const newer = release('4.21.0-0.okd-scos-2026-11-23-051501', { createdAt: at(1), phase: 'Rejected' });
  await insertRelease(db, newer);
  const names = async (filter: Parameters<typeof listReleases>[1]) =>
    (await listReleases(db, filter)).map((found) => found.name);
  assert.deepEqual(await names({}), [newer.name, NIGHTLY]);
  assert.deepEqual(await names({ limit: 1 }), [newer.name]);
  assert.deepEqual(await names({ phases: ['Accepted', 'Ready'] }), [NIGHTLY]);
  assert.deepEqual(await names({ inputHash: 'sha256:bb' }), [NIGHTLY]);
  assert.deepEqual(await names({ stream: '4-scos-stable' }), []);
});

test('releases: a nightly is promoted once, whatever the name', async () => {
  const db = database.kysely;
  const stable = (n: number) =>
    release(`4.21.0-okd-scos.${n}`, { kind: 'stable', stream: '4-scos-stable', promotedFrom: NIGHTLY });
  const inserted = await Promise.all([insertRelease(db, stable(0)), insertRelease(db, stable(1))]);
  assert.deepEqual(inserted.filter(Boolean), [true]);
  assert.equal((await getPromotion(db, NIGHTLY))?.kind, 'stable');
  await assert.rejects(insertRelease(db, release('x', { promotedFrom: 'unknown' })), /foreign key/);
  await assert.rejects(insertRelease(db, release('x', { phase: 'Odd' as 'Failed' })), /check constraint/);
});

test('releases: a locked one waits for the transaction that holds it', async () => {
  const order: string[] = [];
  const gate = Promise.withResolvers<void>();
  const first = database.transaction(async (trx) => {
    await getRelease(trx, NIGHTLY, { lock: true });
    gate.resolve();
    await new Promise((done) => setTimeout(done, 100));
    order.push('first');
  });
  await gate.promise;
  const second = database.transaction(async (trx) => {
    await getRelease(trx, NIGHTLY, { lock: true });
    order.push('second');
  });
  await Promise.all([first, second]);
  assert.deepEqual(order, ['first', 'second']);
});

test('steps: started, killed, started again, finished', async () => {
  const db = database.kysely;
  const key = { release: NIGHTLY, step: 'audit' };
  assert.equal(await getStep(db, key), undefined);
  assert.equal(await startStep(db, { ...key, inputDigest: 'sha256:01', at: at(1) }), 1);
  await noteStep(db, { ...key, detail: '3 of 12 images' });
  assert.equal((await getStep(db, key))?.detail, '3 of 12 images');
  assert.equal(await startStep(db, { ...key, inputDigest: 'sha256:02', at: at(2) }), 2);
  const running = {
    ...key,
    state: 'running',
    attempt: 2,
    inputDigest: 'sha256:02',
    output: null,
    detail: null,
    error: null,
    startedAt: at(2),
    finishedAt: null,
  };
  assert.deepEqual(await getStep(db, key), running);
  await finishStep(db, { ...key, state: 'bad', output: { findings: 2 }, detail: '2 findings', at: at(3) });
  const bad = { ...running, state: 'bad', output: { findings: 2 }, detail: '2 findings', finishedAt: at(3) };
  assert.deepEqual(await getStep(db, key), bad);
  await noteStep(db, { ...key, detail: 'late' });
  assert.deepEqual(await getStep(db, key), bad, 'a late note changes nothing');
  await assert.rejects(finishStep(db, { ...key, state: 'done', output: null, detail: '', at: at(4) }), {
    code: 'DB_STEP_NOT_RUNNING',
  });
});

test('steps: one that could not judge waits with its reason, and starts afresh', async () => {
  const db = database.kysely;
  const key = { release: NIGHTLY, step: 'import' };
  await startStep(db, { ...key, inputDigest: null, at: at(1) });
  await failStep(db, { ...key, error: { code: 'OCI_DIGEST_MISMATCH' }, detail: 'a blob is damaged', at: at(2) });
  const failed = await getStep(db, key);
  assert.deepEqual([failed?.state, failed?.error, failed?.attempt], ['waiting', { code: 'OCI_DIGEST_MISMATCH' }, 1]);
  assert.equal(await startStep(db, { ...key, inputDigest: null, at: at(3) }), 2);
  assert.equal((await getStep(db, key))?.error, null);
  await skipStep(db, { release: NIGHTLY, step: 'verify', detail: 'audit was bad', at: at(4) });
  await skipStep(db, { release: NIGHTLY, step: 'verify', detail: 'audit was bad', at: at(4) });
  assert.deepEqual(
    (await listSteps(db, NIGHTLY)).map((step) => [step.step, step.state, step.attempt]),
    [
      ['audit', 'bad', 1 + 1],
      ['import', 'running', 2],
      ['verify', 'skipped', 0],
    ],
  );
});

test('gates, job runs and publications: stored again, the last one counts', async () => {
  const db = database.kysely;
  const gate = {
    release: NIGHTLY,
    gate: 'audit',
    blocking: true,
    passed: null,
    reason: 'runs',
    evidence: [],
    decidedAt: at(1),
  };
  await putGate(db, gate);
  const passed = { ...gate, passed: true, reason: 'clean', evidence: ['sha256:aa', 'sha256:bb'], decidedAt: at(2) };
  await putGate(db, passed);
  assert.deepEqual(await listGates(db, NIGHTLY), [passed]);

  const run = {
    release: NIGHTLY,
    job: 'e2e',
    attempt: 1,
    blocking: true,
    state: 'running' as const,
    startedAt: at(1),
    finishedAt: null,
    summary: null,
    logPath: null,
  };
  await putJobRun(db, run);
  const failed = {
    ...run,
    state: 'failed' as const,
    finishedAt: at(2),
    summary: { tests: 3, failed: [{ name: 'a' }] },
    logPath: 'jobs/e2e/1.log',
  };
  await putJobRun(db, failed);
  const retried = { ...run, attempt: 2 };
  await putJobRun(db, retried);
  assert.deepEqual(await listJobRuns(db, NIGHTLY), [failed, retried]);

  const publication = {
    release: NIGHTLY,
    target: 'registry',
    digest: 'sha256:aa',
    state: 'pending' as const,
    updatedAt: at(1),
  };
  await putPublication(db, publication);
  await putPublication(db, { ...publication, state: 'done', updatedAt: at(2) });
  assert.deepEqual(await listPublications(db, NIGHTLY), [{ ...publication, state: 'done', updatedAt: at(2) }]);
});

test('signatures: bytes kept exactly; a number is given once', async () => {
  const db = database.kysely;
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  const signature = { digest: 'sha256:aa', n: 1, keyFingerprint: 'AB12', reference: 'localhost/okd:4.21.0', bytes };
  await putSignature(db, signature);
  await putSignature(db, signature);
  await assert.rejects(putSignature(db, { ...signature, bytes: bytes.slice(1) }), { code: 'DB_SIGNATURE_EXISTS' });
  await putSignature(db, { ...signature, n: 2, bytes: bytes.slice(1) });
  assert.deepEqual(await listSignatures(db, 'sha256:aa'), [signature, { ...signature, n: 2, bytes: bytes.slice(1) }]);
});
