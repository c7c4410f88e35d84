import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type TestContext } from 'node:test';
import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { generateAttestationKey, generateKey } from '../../sign/index.ts';
import { canonicalJson } from '../../util/index.ts';
import { answerGraph } from '../answer/answer.ts';
import { compileGraph } from '../compile/compile.ts';
import { parseGraphData } from '../data/parse.ts';
import { parseEvidence } from '../evidence/parse.ts';
import type { GraphInputs } from '../files/inputs.ts';
import { readGraphData } from '../files/read.ts';
import { release, riskFile, sha, summary } from '../testing/graph.ts';
import type { EvidenceRecord, GraphAnswer } from '../types.ts';
import { cincinnatiFiles } from './cincinnati.ts';
import { folderReader, published, writeSite } from './folder.ts';
import { parseGraphIndex, signIndex, verifySite } from './index-file.ts';
import { compileSite, type SiteOptions } from './site.ts';

const GA = Array.from({ length: 6 }, (_, n) => `4.22.0-okd-scos.${n}`);
const OLD = ['4.21.0-okd-scos.0', '4.21.0-okd-scos.1'];
const EC = '4.23.0-okd-scos.ec.0';
const arch = 'amd64';

function inputs(change: (files: Map<string, string>) => void = () => {}): GraphInputs {
  const files = new Map([
    ['version', '1.1.0\n'],
    ['channels/stable.yaml', JSON.stringify({ name: 'stable-scos-4.22', versions: [...OLD, ...GA, EC] })],
    ['channels/old.yaml', JSON.stringify({ name: 'stable-scos-4.21', versions: OLD })],
    ['blocked-edges/hand.yaml', `to: ${GA[3]}\nfrom: scos[.]0[+]\n`],
    ['blocked-edges/hand-risk.yaml', riskFile(GA[3] ?? '', '.*', 'HandWritten')],
    ['okd/sources.yaml', '- {to: "4.22", from: ["4.22 ga", "4.21 ga"]}'],
    ['okd/channels.yaml', '- {name: stable-scos-4, aliasOf: newest-stable-with-path}'],
    ['okd/barriers.yaml', `- {version: "${GA[1]}", reason: the runtime changes}`],
    ['okd/deadends.yaml', `- {version: "${GA[2]}", reason: it does not boot, exit: install anew}`],
    [
      'okd/risks.yaml',
      JSON.stringify([
        {
          name: 'RuncMissing',
          url: 'https://example.com/runc',
          message: 'cri-o fails',
          matchingRules: [{ type: 'Always' }],
          affects: { to: '>=4.22.0-okd-scos.4 <4.22.0-okd-scos.5', from: '4.22' },
        },
      ]),
    ],
  ]);
  change(files);
  const versions = [...OLD, ...GA, EC];
  const releases = versions.map((version, at) =>
    release(version, at === 3 ? [OLD[0] ?? ''] : [], {
      payload: `quay.io/okd/scos-release@${sha(version)}`,
      created: `2026-08-0${at + 1}T00:00:00Z`,
    }),
  );
  const run = (from: string, to: string, result: string): string =>
    JSON.stringify({
      from,
      to,
      arch,
      result,
      job: 'upgrade',
      url: `https://prow.example.com/${from}/${to}`,
      time: '2026-08-20T00:00:00Z',
    });
  const evidence: EvidenceRecord[] = parseEvidence(
    [
      run(OLD[1] ?? '', GA[0] ?? '', 'pass'),
      run(GA[0] ?? '', GA[1] ?? '', 'pass'),
      run(GA[1] ?? '', GA[5] ?? '', 'fail'),
    ].join('\n'),
  );
  return { data: parseGraphData(files, { strict: false }), releases, evidence, files };
}

const OPTIONS: SiteOptions = {
  serial: 7,
  created: '2026-08-21T00:00:00Z',
  expires: '2026-08-28T00:00:00Z',
  explain: true,
};

async function siteOf(from = inputs(), options: Partial<SiteOptions> = {}) {
  const compiled = compileGraph(from.data, from.releases, { evidence: from.evidence });
  return { compiled, site: await compileSite(from, compiled, { ...OPTIONS, ...options }) };
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'slipway-graph-site-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

test('what unmodified Cincinnati makes of the published graph-data is the same graph', () => {
  const from = inputs();
  const compiled = compileGraph(from.data, from.releases, { evidence: from.evidence });
  const files = cincinnatiFiles(from.files, from.data, compiled);
  assert.ok([...files.keys()].every((path) => !path.startsWith('okd/')));
  // our reading of plain graph-data equals Cincinnati's on every vector
  const plain = compileGraph(parseGraphData(files), from.releases);
  for (const channel of ['stable-scos-4.22', 'stable-scos-4.21', 'stable-scos-4']) {
    const [ours, theirs] = [compiled, plain].map((graph) => summary(answerGraph(graph, { channel, arch })));
    assert.deepEqual(theirs, ours, channel);
    assert.ok((ours?.nodes.length ?? 0) > 0);
  }
  const { edges, conditional } = summary(answerGraph(plain, { channel: 'stable-scos-4.22', arch }));
  assert.ok(edges.includes(`${OLD[1]} -> ${GA[0]}`));
  assert.ok(conditional.some((edge) => edge.startsWith(`${GA[1]} -> ${GA[5]}: UpdateTestFailing`)));
  assert.ok(conditional.includes(`${GA[1]} -> ${GA[4]}: RuncMissing,UpdateNotTested`));
  assert.ok(![...edges, ...conditional].some((edge) => edge.startsWith(`${OLD[0]} -> ${GA[4]}`)), 'over the barrier');
});

test('answers are canonical JSON, their compressed forms the same bytes, and the same inputs the same site', async () => {
  const { site, compiled } = await siteOf();
  for (const channel of compiled.channels) {
    const bytes = site.files.get(`graph/${arch}/${channel}.json`);
    assert.ok(bytes !== undefined);
    const text = Buffer.from(bytes).toString('utf8');
    assert.equal(text, canonicalJson(JSON.parse(text)));
    const file = (suffix: string) => site.files.get(`graph/${arch}/${channel}.json${suffix}`) ?? Buffer.alloc(0);
    assert.deepEqual(gunzipSync(file('.gz')), Buffer.from(bytes));
    assert.deepEqual(brotliDecompressSync(file('.br')), Buffer.from(bytes));
    assert.deepEqual(zstdDecompressSync(file('.zst')), Buffer.from(bytes));
  }
  const again = await siteOf(
    inputs((files) => {
      const turned = [...files].reverse();
      files.clear();
      for (const [path, text] of turned) files.set(path, text);
    }),
  );
  assert.deepEqual(again.site.index, site.index);
  const explained = JSON.parse(Buffer.from(site.files.get(`explain/${arch}/${GA[1]}.json`) ?? '').toString('utf8')) as {
    channels: Record<string, { to: string; code: string; next: string }[]>;
  };
  assert.equal(explained.channels['stable-scos-4.22']?.find(({ to }) => to === GA[5])?.code, 'TestFailing');
  const report = JSON.parse(Buffer.from(site.files.get('report.json') ?? '').toString('utf8')) as {
    problems: { message: string }[];
  };
  assert.match(report.problems.map(({ message }) => message).join('\n'), new RegExp(`${EC} is of kind ec`));
  const index = parseGraphIndex(site.index);
  assert.equal(index.architectures[arch]?.['stable-scos-4']?.newest, GA[5]);
});

test('signed, written, verified; an older one, an expired one and a changed file are refused', async (t) => {
  const out = await folder(t);
  const key = generateAttestationKey();
  const openpgp = await generateKey({ name: 'Test', email: 't@example.com', at: new Date('2026-01-01'), bits: 2048 });
  const { site } = await siteOf();
  const at = new Date('2026-08-21T00:00:00Z');
  const signatures = await signIndex(site.index, { attestation: [createPrivateKey(key.privateKey)], openpgp }, at);
  assert.equal(await writeSite(out, site, signatures, undefined), site.files.size);
  const trust = { attestation: [createPublicKey(key.publicKey)], keyring: openpgp.publicKey, at };
  assert.equal((await verifySite(folderReader(out), trust)).serial, 7);
  await assert.rejects(verifySite(folderReader(out), { ...trust, lastSerial: 8 }), { code: 'GRAPH_INDEX_ROLLBACK' });
  await assert.rejects(verifySite(folderReader(out), { ...trust, at: new Date('2026-09-01') }), {
    code: 'GRAPH_INDEX_EXPIRED',
  });
  const other = generateAttestationKey();
  await assert.rejects(verifySite(folderReader(out), { ...trust, attestation: [createPublicKey(other.publicKey)] }), {
    code: 'SIGN_ENVELOPE_UNTRUSTED',
  });
  const answer = join(out, `graph/${arch}/stable-scos-4.json`);
  await writeFile(answer, (await readFile(answer, 'utf8')).replace('RuncMissing', 'RuncMizzing'));
  await assert.rejects(verifySite(folderReader(out), trust), {
    code: 'GRAPH_INDEX_MISMATCH',
    place: { file: `graph/${arch}/stable-scos-4.json` },
  });
  await assert.rejects(folderReader(out)('../secret'), { code: 'GRAPH_INDEX_INVALID' });
});

test('a second compile writes only what changed, and what is no longer named goes', async (t) => {
  const out = await folder(t);
  const first = await siteOf();
  await writeSite(out, first.site, new Map(), undefined);
  const before = await published(out);
  assert.equal(await writeSite(out, first.site, new Map(), before.index), 0);
  const changed = await siteOf(inputs((files) => files.delete('channels/old.yaml')));
  const written = await writeSite(out, changed.site, new Map(), before.index);
  assert.ok(written > 0 && written < changed.site.files.size);
  assert.equal(existsSync(join(out, `graph/${arch}/stable-scos-4.21.json`)), false);
});

test('a release that was published must not vanish: clusters on it would be stranded', async (t) => {
  const out = await folder(t);
  const first = await siteOf();
  await writeSite(out, first.site, new Map(), undefined);
  const { nodes } = await published(out);
  const from = inputs();
  const fewer = { ...from, releases: from.releases.filter(({ version }) => version !== GA[0]) };
  await assert.rejects(siteOf(fewer, { before: nodes }), {
    code: 'GRAPH_INVARIANT',
    message: /was served before and is gone/,
  });
  await siteOf(from, { before: nodes });
});

test('a payload by tag is refused at publication, naming the file', async () => {
  const from = inputs();
  const releases = from.releases.map((one) => ({ ...one, payload: 'quay.io/okd/scos-release:latest' }));
  await assert.rejects(siteOf({ ...from, releases }), { code: 'GRAPH_INVARIANT', message: /not named by digest/ });
});

test('graph-data: a tarball and an image in the layout of the update service, read by tar and skopeo', async (t) => {
  const out = await folder(t);
  const { site } = await siteOf();
  await writeSite(out, site, new Map(), undefined);
  const names = execFileSync('tar', ['-tzf', join(out, 'graph-data.tar.gz')], { encoding: 'utf8' }).split('\n');
  assert.ok(names.includes('version') && names.includes(`blocked-edges/${GA[4]}-RuncMissing.yaml`));
  const fromTar = await readGraphData(join(out, 'graph-data.tar.gz'));
  parseGraphData(fromTar);
  const config = JSON.parse(
    execFileSync('skopeo', ['inspect', '--config', `oci:${join(out, 'graph-data-image')}:latest`], {
      encoding: 'utf8',
    }),
  ) as { config: { Cmd: string[] } };
  assert.match(
    config.config.Cmd.join(' '),
    /cp -rp \/var\/lib\/cincinnati-graph-data\/\* \/var\/lib\/cincinnati\/graph-data/,
  );
  execFileSync('skopeo', ['copy', `oci:${join(out, 'graph-data-image')}:latest`, `dir:${join(out, 'copied')}`]);
  const manifest = JSON.parse(await readFile(join(out, 'copied', 'manifest.json'), 'utf8')) as {
    layers: { digest: string }[];
  };
  const layer = join(out, 'copied', (manifest.layers[0]?.digest ?? '').slice('sha256:'.length));
  const listed = execFileSync('tar', ['-tzf', layer], { encoding: 'utf8' });
  assert.match(listed, /^var\/lib\/cincinnati-graph-data\/channels\/stable\.yaml$/m);
});

test('drawings stand alone: well-formed, described in words, and without a script', async () => {
  const { site } = await siteOf();
  const drawings = [...site.files].filter(([path]) => path.endsWith('.svg') || path.endsWith('.html'));
  assert.ok(drawings.length > 20);
  for (const [path, bytes] of drawings) {
    const text = Buffer.from(bytes).toString('utf8');
    assert.doesNotMatch(text, /<script|javascript:|\son[a-z]+=/i, path);
    if (path.endsWith('.svg')) assert.match(text, /<title[ >][\s\S]*role="img"|role="img"[\s\S]*<title[ >]/, path);
  }
  const lanes = Buffer.from(site.files.get(`see/${arch}/from/${GA[1]}.svg`) ?? '').toString('utf8');
  assert.match(lanes, new RegExp(`<desc id="d">[^<]*TestFailing: ${GA[5]}`));
  const matrix = Buffer.from(site.files.get(`see/${arch}/stable-scos-4.22/matrix.html`) ?? '').toString('utf8');
  assert.match(matrix, /<th scope="row">4\.22\.0-okd-scos\.1<\/th>/);
  const answer = JSON.parse(
    Buffer.from(site.files.get(`graph/${arch}/stable-scos-4.json`) ?? '').toString('utf8'),
  ) as GraphAnswer;
  assert.equal(answer.version, 1);
});
