import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ImageTarget, MirrorFolder } from '../../oci/index.ts';
import { configMapSignatures, signatureConfigMap } from '../../sign/index.ts';
import { temporaryRegistry } from '../testing/images.ts';
import { recorded } from '../testing/recorded.ts';
import { mirrorPayload } from './copy.ts';
import { formatMapping, planMirror } from './plan.ts';
import { formatManifests, formatMirrorReport, type ReportOptions } from './report.ts';
import { releaseSignatures } from './signatures.ts';

const RELEASE = '127.0.0.1:5099/okd/release';
const MULTI = '127.0.0.1:5099/multi/release';
const FULL = '4.99.0-0.okd-scos-2024-06-01-000000';
const AT = new Date('2026-11-23T04:00:00Z');
const FILE = 'signature-sha256-d602c9234cd1c2bc.json';

interface Run {
  readonly file: string;
  readonly to: string;
  readonly release?: readonly [repository: string, tag: string];
  readonly keepManifestList?: boolean;
  readonly report: ReportOptions;
}

const RUNS: readonly Run[] = [
  {
    file: 'mirror-dryrun.txt',
    to: '127.0.0.1:5099/m5/release',
    report: { instructions: 'icsp', dryRun: true, signatures: { folder: 'sigout5', files: [`sigout5/${FILE}`] } },
  },
  {
    file: 'mirror-signed-icsp.txt',
    to: '127.0.0.1:5099/m3/release',
    report: { instructions: 'icsp', signatures: { folder: 'sigout3', files: [`sigout3/${FILE}`] } },
  },
  {
    file: 'mirror-signed-idms.txt',
    to: '127.0.0.1:5099/m2/release',
    report: { signatures: { folder: 'sigout2', files: [`sigout2/${FILE}`] } },
  },
  {
    file: 'mirror-todir.txt',
    to: 'file://openshift/release',
    report: { folder: 'mdir', signatures: { files: [`mdir/config/${FILE}`] } },
  },
  {
    file: 'multi-mirror.txt',
    to: '127.0.0.1:5099/mm/release',
    release: [MULTI, '4.99.20'],
    keepManifestList: true,
    report: { instructions: 'icsp' },
  },
  {
    file: 'multi-mirror-nokeep.txt',
    to: '127.0.0.1:5099/mn/release',
    release: [MULTI, '4.99.20'],
    report: { instructions: 'icsp' },
  },
];

/** Lines of manifests and entries of lists in one order; oc's is that of chance. */
function ordered(text: string): string {
  const [lines = '', report = ''] = text.split(/(?=^\nSuccess)/m);
  const sources = report.replace(/(?:^ *- mirrors:\n(?: +- .*\n)+ +source: .*\n)+/gm, (list) =>
    list
      .split(/^(?= *- mirrors:\n)/m)
      .sort((a, b) => ((/source: .*/.exec(a)?.[0] ?? '') < (/source: .*/.exec(b)?.[0] ?? '') ? -1 : 1))
      .join(''),
  );
  return [...lines.split('\n').filter(Boolean).sort(), sources.trimEnd()].join('\n');
}

describe("recorded runs of oc's release mirror", () => {
  for (const { file, to, release: [repository, tag] = [RELEASE, FULL], keepManifestList, report } of RUNS)
    it(file, async (t) => {
      const golden = await recorded(t);
      if (golden === undefined) return;
      const payload = await golden.load(repository, tag);
      const plan = planMirror(payload, { to, ...(keepManifestList === undefined ? {} : { keepManifestList }) });
      const folder = await mkdtemp(join(tmpdir(), 'slipway-mirror-'));
      t.after(() => rm(folder, { recursive: true, force: true }));
      const target: ImageTarget = to.startsWith('file:')
        ? new MirrorFolder(folder, 'openshift/release')
        : (await temporaryRegistry(t)).repository(to.replace('127.0.0.1:5099/', ''));
      const manifests = report.dryRun
        ? []
        : (await mirrorPayload(plan, { resolve: golden.resolve, to: target })).manifests;
      assert.equal(
        ordered(formatManifests(plan, manifests) + formatMirrorReport(plan, report)),
        ordered(golden.output(file)),
      );
    });

  it('mirror-tomirror.txt: the lines for oc image mirror', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const plan = planMirror(await golden.load(RELEASE, FULL), { to: '127.0.0.1:5099/m4/release' });
    // The release is named by its digest here: a tag could be another one by the time the lines are used.
    const digest = (await golden.load(RELEASE, FULL)).digest;
    assert.equal(formatMapping(plan).replace(`@${digest} `, `:${FULL} `), golden.output('mirror-tomirror.txt'));
  });

  it('mirror-unsigned.txt: what oc only finds out at its end is known before anything is copied', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const payload = await golden.load(RELEASE, FULL);
    const { signatures, warnings } = await releaseSignatures(payload, { resolve: golden.resolve, at: AT });
    assert.deepEqual(signatures, []);
    assert.deepEqual(
      warnings.map((line) => `warning: ${line}`),
      golden.errors('mirror-unsigned.txt').filter((line) => line.startsWith('warning:')),
    );
  });

  it('the ConfigMap of signatures is that of oc', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const payload = await golden.load(RELEASE, FULL);
    const configMap = await readFile(`${golden.folder}signing/${FILE}`, 'utf8');
    const given = configMapSignatures(configMap, payload.digest, FILE);
    const found = await releaseSignatures(payload, { resolve: golden.resolve, at: AT, given });
    assert.deepEqual(found.warnings, []);
    assert.equal(signatureConfigMap(found.digest, found.signatures).trimEnd(), configMap.trimEnd());
    const stored = await releaseSignatures(payload, {
      resolve: golden.resolve,
      at: AT,
      stores: [`file://${golden.folder}signing/store`],
    });
    assert.deepEqual([stored.warnings, stored.signatures.length], [[], 1]);
  });
});
