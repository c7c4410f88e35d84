// A release definition that names catalogues of open packages and deep mode: the audit of its nightlies, and how they are
// judged when they are promoted.
import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { parseAuditReport } from '../../src/audit/index.ts';
import type { Engine } from '../../src/release/index.ts';
import { prettyJson } from '../../src/util/index.ts';
import { temporaryFolder } from '../support/clone.ts';
import { definitionWith, SOAK, serving } from '../support/workspace.ts';

async function reportOf(engine: Engine, name: string) {
  const gate = (await engine.catalogue.release(name)).gates.find((candidate) => candidate.gate === 'audit');
  return await engine.tools.evidence.get(gate?.evidence[0] ?? '', parseAuditReport);
}

const levels = ({ proof }: Awaited<ReturnType<typeof reportOf>>) =>
  Object.fromEntries(proof.filter(({ packages }) => packages > 0).map(({ level, packages }) => [level, packages]));

describe('the audit of a definition', () => {
  it('looks packages up in its catalogues and compares their files, also when a nightly is promoted', async (t) => {
    const folder = await temporaryFolder(t);
    const file = await definitionWith(folder, SOAK.passes);
    const plain = await serving(t, folder, file);
    const first = await plain.engine.start('clean', 'test');
    await plain.settle();
    const before = await reportOf(plain.engine, first);
    assert.deepEqual([before.deep, before.catalogues, Object.keys(levels(before))], [false, [], ['L3']]);
    await plain.close();

    // What the builds of an open repository would be: all packages of the release but one.
    const [left, ...listed] = before.packages;
    await writeFile(
      join(folder, 'harbor.json'),
      prettyJson({
        kind: 'PackageCatalogue',
        apiVersion: 'slipway.okd.io/v1',
        name: 'harbor-baseos',
        repository: { url: null, revision: '1', primary: `sha256:${'0'.repeat(64)}` },
        packages: listed.map(({ header, nevra }) => `${header} ${nevra}`).sort(),
      }),
    );
    const text = (await readFile(file, 'utf8'))
      .replace(/\n {2}keyring: .*/, (line) => `${line}\n  catalogues: [harbor.json]\n  deep: true`)
      .replace('proof: { level: L3, percent: 99 }', 'proof: { level: L4, percent: 50 }');
    await writeFile(file, text);

    const { engine, settle } = await serving(t, folder, file);
    const second = await engine.start('clean', 'test');
    await settle();
    const after = await reportOf(engine, second);
    assert.equal(after.deep, true);
    assert.deepEqual(
      after.catalogues.map(({ name, packages }) => [name, packages]),
      [['harbor-baseos', listed.length]],
    );
    const { L3, L4 = 0, L5 = 0, ...others } = levels(after);
    assert.deepEqual([L3, L4 + L5, others], [left?.images, before.totals.packages - (left?.images ?? 0), {}]);
    assert.ok(L5 > 0, 'files were compared');

    const stable = await engine.promote(second, 'test');
    await settle();
    const promoted = await engine.catalogue.release(stable);
    assert.equal(promoted.phase, 'Accepted', promoted.reason ?? '');
    const judged = promoted.gates.find(({ gate }) => gate === 'promotion');
    const report = await engine.tools.evidence.get(judged?.evidence[0] ?? '', parseAuditReport);
    assert.deepEqual([report.verdict, levels(report)], ['pass', levels(after)]);
  });

  it('ends with the name of a catalogue that is not there', async (t) => {
    const folder = await temporaryFolder(t);
    const file = await definitionWith(folder, SOAK.passes);
    await writeFile(
      file,
      (await readFile(file, 'utf8')).replace(/\n {2}keyring: .*/, (line) => `${line}\n  catalogues: [nowhere.json]`),
    );
    const { engine, settle } = await serving(t, folder, file);
    const nightly = await engine.start('clean', 'test');
    await settle();
    const { phase, reason } = await engine.catalogue.release(nightly);
    assert.equal(phase, 'Failed');
    assert.match(reason ?? '', /nowhere\.json: the file does not exist/);
  });
});
