// The command line's contract: exit codes, formats, one-line errors that name the place. The registry is our own, in
// this process, filled from the example's layout.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import {
  copyImage,
  type Digest,
  type ImageManifest,
  LocalRegistry,
  openLayout,
  registryPlugin,
} from '../src/oci/index.ts';
import { loadReleaseDefinition } from '../src/release/index.ts';
import { lacksShared, type Outcome, ROOT, SLIPWAY, slipwayAside, temporaryFolder } from './support/clone.ts';

const VERSION = '4.21.0-okd-scos.7';

describe('command line', () => {
  let folder: string;
  let app: FastifyInstance;
  let store: LocalRegistry;
  let host: string;
  let components: { name: string; digest: Digest }[];
  const cleanups: (() => Promise<void>)[] = [];

  before(async () => {
    folder = await temporaryFolder({ after: (work) => void cleanups.push(work) });
    store = await LocalRegistry.open(join(folder, 'registry'));
    app = Fastify();
    await app.register(registryPlugin, { store });
    host = new URL(await app.listen({ host: '127.0.0.1', port: 0 })).host;
    const definition = await loadReleaseDefinition(join(ROOT, 'examples/harbor/stream.yaml'));
    const layout = await openLayout(definition.images.layout);
    components = await Promise.all(
      Object.entries(definition.images.sets.clean ?? {}).map(async ([name, reference]) => ({
        name,
        digest: (await copyImage(layout, reference, store.repository('content'))).digest,
      })),
    );
  });
  after(async () => {
    await app.close();
    for (const cleanup of cleanups) await cleanup();
  });

  async function imageStream(
    change: (tags: { name: string; from: { kind: string; name: string } }[]) => void = () => {},
  ): Promise<string> {
    const tags = components.map(({ name, digest }) => ({
      name,
      from: { kind: 'DockerImage', name: `${host}/content@${digest}` },
    }));
    change(tags);
    const file = join(folder, 'stream.json');
    await writeFile(
      file,
      JSON.stringify({
        kind: 'ImageStream',
        apiVersion: 'image.openshift.io/v1',
        metadata: { name: 'harbor' },
        spec: { tags },
      }),
    );
    return file;
  }
  const make = (file: string, ...rest: string[]): Promise<Outcome> =>
    slipwayAside(
      [
        'payload',
        'new',
        '--from-image-stream-file',
        file,
        '--to-image',
        `${host}/release`,
        '--reference-mode',
        'source',
        ...rest,
      ],
      { SOURCE_DATE_EPOCH: '1790000000' },
    );

  const refused = (outcome: Outcome, code: RegExp, ...texts: RegExp[]): void => {
    assert.equal(outcome.code, 2, outcome.stdout + outcome.stderr);
    assert.match(outcome.stderr, code);
    for (const text of texts) assert.match(outcome.stderr, text);
    assert.doesNotMatch(outcome.stderr, /\n {4}at |unexpected:/);
  };
  const nothingPushed = async (): Promise<void> => assert.deepEqual(await store.repository('release').tags(), []);

  it('says that its output can not be written', { skip: existsSync('/dev/full') ? false : 'no /dev/full' }, () => {
    const { status, stderr } = spawnSync('sh', ['-c', '"$0" --help > /dev/full', SLIPWAY], { encoding: 'utf8' });
    assert.equal(status, 2);
    assert.match(stderr, /^slipway: the output can not be written: ENOSPC: .* \[CLI_OUTPUT_UNWRITABLE\]\n$/);
  });

  it('says what is wrong with bad input and where, and pushes nothing', async () => {
    refused(await make(await imageStream(), '--name', '4.21'), /VERSION_(INVALID|NOT_OKD)|PAYLOAD_/, /4\.21/);
    refused(await make(await imageStream(), '--name', 'v4.21.0-okd-scos.1'), /v4\.21\.0/);
    refused(
      await make(await imageStream((tags) => tags.push({ ...(tags[3] as (typeof tags)[0]) })), '--name', VERSION),
      /DUPLICATE/,
      new RegExp(String(components[3]?.name)),
    );
    const absent = `sha256:${'0'.repeat(64)}`;
    refused(
      await make(
        await imageStream((tags) => Object.assign(tags[2]?.from ?? {}, { name: `${host}/content@${absent}` })),
        '--name',
        VERSION,
      ),
      /PAYLOAD_COMPONENT_MISSING/,
      new RegExp(absent),
    );
    refused(
      await make(
        await imageStream(
          (tags) =>
            void tags.splice(
              tags.findIndex((tag) => tag.name === 'coredns'),
              1,
            ),
        ),
        '--name',
        VERSION,
      ),
      /contained an invalid image-references file/,
      /cluster-dns-operator/,
      /"coredns"/,
    );
    refused(await make(join(folder, 'missing.yaml'), '--name', VERSION), /missing\.yaml/);
    await writeFile(join(folder, 'broken.yaml'), 'kind: ImageStream\n  spec: [');
    refused(await make(join(folder, 'broken.yaml'), '--name', VERSION), /broken\.yaml/);
    refused(await make(await imageStream(), '--name', VERSION, '--metadata', '{'), /--metadata/);
    await nothingPushed();
  });

  it('notices damaged blobs, naming image and digest', async (t) => {
    const operator = components.find(({ name }) => name === 'cluster-dns-operator');
    const manifest = JSON.parse(
      Buffer.from((await store.repository('content').manifest(operator?.digest ?? '')).bytes).toString(),
    ) as ImageManifest;
    const layer = manifest.layers.at(-1)?.digest.slice('sha256:'.length) ?? '';
    const path = join(folder, 'registry/blobs/sha256', layer.slice(0, 2), layer);
    const whole = await readFile(path);
    t.after(() => writeFile(path, whole));
    const flipped = Buffer.from(whole);
    flipped[Math.floor(flipped.length / 2)] = (flipped[Math.floor(flipped.length / 2)] ?? 0) ^ 1;
    await writeFile(path, flipped);
    refused(
      await make(await imageStream(), '--name', VERSION),
      /OCI_(DIGEST_MISMATCH|LAYER_INVALID|LAYER_TRUNCATED)/,
      new RegExp(layer),
    );
    await writeFile(path, whole.subarray(0, whole.length - 100));
    refused(
      await make(await imageStream(), '--name', VERSION),
      /OCI_(BLOB|LAYER)_TRUNCATED|OCI_REGISTRY|OCI_DIGEST/,
      /sha256:/,
    );
    await nothingPushed();
  });

  it('makes the same payload twice, reads it, lints it', async () => {
    const first = await make(
      await imageStream(),
      '--name',
      VERSION,
      '--previous',
      '4.21.0-okd-scos.6',
      '--format',
      'json',
    );
    assert.equal(first.code, 0, first.stderr);
    const { digest } = JSON.parse(first.stdout) as { digest: string };
    const second = await make(
      await imageStream((tags) => tags.reverse()),
      '--name',
      VERSION,
      '--previous',
      '4.21.0-okd-scos.6',
      '--format',
      'json',
    );
    assert.equal((JSON.parse(second.stdout) as { digest: string }).digest, digest);
    const reference = `${host}/release:${VERSION}`;
    const info = await slipwayAside(['payload', 'info', '--pullspecs', reference]);
    assert.match(info.stdout, new RegExp(`Name: +${VERSION}`));
    assert.match(info.stdout, /Upgrades: 4\.21\.0-okd-scos\.6/);
    const json = JSON.parse((await slipwayAside(['payload', 'info', reference, '--format', 'json'])).stdout) as {
      digest: string;
      references: { spec: { tags: unknown[] } };
    };
    assert.equal(json.digest, digest);
    assert.ok(json.references.spec.tags.length >= 12);
    const lint = await slipwayAside(['payload', 'lint', reference]);
    assert.equal(lint.code, 0, lint.stdout);
  });

  it('audits by a policy: 0 when it passes, 1 when it refuses', async () => {
    const example = join(ROOT, 'examples/harbor');
    const flags = [
      '--policy',
      join(example, 'policy.yaml'),
      '--keyring',
      join(example, 'keys/harbor-rpm.asc'),
      '--keyring',
      join(example, 'keys/ironhat-rpm.asc'),
      '--format',
      'json',
    ];
    const clean = await slipwayAside([
      'audit',
      'image',
      `${host}/content@${components.find(({ name }) => name === 'console')?.digest}`,
      '--name',
      'console',
      ...flags,
    ]);
    assert.equal(clean.code, 0, clean.stderr);
    const layout = await openLayout(join(example, 'images'));
    const { digest } = await copyImage(layout, 'contaminated/console', store.repository('content'));
    const bad = await slipwayAside(['audit', 'image', `${host}/content@${digest}`, '--name', 'console', ...flags]);
    assert.equal(bad.code, 1, bad.stderr);
    assert.equal((JSON.parse(bad.stdout) as { verdict: string }).verdict, 'fail');
    assert.match(bad.stdout, /Ironhat/);
  });

  it('writes a report in other forms, for each image as well, whole or not at all', async () => {
    const example = join(ROOT, 'examples/harbor');
    const console = components.find(({ name }) => name === 'console')?.digest;
    const output = join(folder, 'forms', 'report.sarif');
    const perImage = join(folder, 'forms', 'images');
    const done = await slipwayAside([
      ...['audit', 'image', `${host}/content@${console}`, '--name', 'console'],
      ...['--policy', join(example, 'policy.yaml'), '--keyring', join(example, 'keys/harbor-rpm.asc')],
      ...['--format', 'sarif', '--output', output, '--per-image', perImage],
    ]);
    assert.equal(done.code, 0, done.stderr);
    assert.equal(done.stdout, '');
    assert.equal((JSON.parse(await readFile(output, 'utf8')) as { version: string }).version, '2.1.0');
    assert.deepEqual(await readdir(perImage), ['console.sarif']);
  });

  it('attests what an audit found, and verifies it: 1 for another key, and where it says FAILED', async () => {
    const example = join(ROOT, 'examples/harbor');
    const key = join(folder, 'attestation');
    const other = join(folder, 'other');
    for (const output of [key, other])
      assert.equal((await slipwayAside(['audit', 'attestation-key', '--output', output])).code, 0);
    assert.equal((await stat(`${key}.key`)).mode & 0o777, 0o600);
    refused(await slipwayAside(['audit', 'attestation-key', '--output', key]), /CLI_FILE_EXISTS/, /attestation\.key/);
    const layout = await openLayout(join(example, 'images'));
    const { digest: bad } = await copyImage(layout, 'contaminated/console', store.repository('content'));
    const good = components.find(({ name }) => name === 'console')?.digest;
    for (const [digest, verdict] of [
      [good, 0],
      [bad, 1],
    ] as const) {
      const image = `${host}/content@${digest}`;
      const attest = await slipwayAside([
        ...['audit', 'attest', image, '--image', '--name', 'console', '--key', `${key}.key`],
        ...['--policy', join(example, 'policy.yaml'), '--keyring', join(example, 'keys/harbor-rpm.asc')],
      ]);
      assert.equal(attest.code, verdict, attest.stderr);
      const verify = ['audit', 'verify-attestation', image, '--format', 'json', '--key'];
      const verified = await slipwayAside([...verify, `${key}.pub`]);
      assert.equal(verified.code, verdict, verified.stderr);
      const { attestations } = JSON.parse(verified.stdout) as { attestations: { result: string | null }[] };
      assert.deepEqual(
        attestations.map(({ result }) => result),
        [null, verdict === 0 ? 'PASSED' : 'FAILED', verdict === 0 ? 'PASSED' : 'FAILED', null],
      );
      const foreign = await slipwayAside([...verify, `${other}.pub`]);
      assert.equal(foreign.code, 1);
      assert.match(foreign.stdout, /0 of 1 trusted keys/);
    }
    const nothing = components.find(({ name }) => name !== 'console')?.digest;
    const missing = await slipwayAside([
      'audit',
      'verify-attestation',
      `${host}/content@${nothing}`,
      '--key',
      `${key}.pub`,
    ]);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /CLI_ATTESTATION_MISSING/);
  });

  it('lists an RPM database in the form others script against', { skip: lacksShared('vectors/rpmdb') }, async () => {
    const vector = join(ROOT, '../shared/vectors/rpmdb');
    const wal = await slipwayAside(['audit', 'rpmdb', join(vector, 'made-wal/rpmdb.sqlite'), '--format', 'json']);
    const report = JSON.parse(wal.stdout) as { format: string; packages: Record<string, unknown>[] };
    assert.equal(report.format, 'sqlite');
    assert.equal(report.packages.length, 85);
    assert.deepEqual(Object.keys(report.packages[0] ?? {}).sort(), [
      'arch',
      'buildHost',
      'epoch',
      'headerDigest',
      'keyIds',
      'license',
      'name',
      'release',
      'signature',
      'sourceRpm',
      'vendor',
      'version',
    ]);
    const cut = join(folder, 'cut.sqlite');
    await writeFile(cut, await readFile(join(vector, 'go-rpmdb/cbl-mariner-2.0/rpmdb.sqlite')));
    await truncate(cut, 100_000);
    refused(await slipwayAside(['audit', 'rpmdb', cut]), /RPM_/, /cut\.sqlite/);
  });

  it('answers from graph-data, and refuses graph-data with a mistake in it', {
    skip: lacksShared('vectors/graph'),
  }, async () => {
    const vectors = join(ROOT, '../shared/vectors/graph/head-731d04247');
    const answer = await slipwayAside([
      'graph',
      'answer',
      '--graph-data',
      join(vectors, 'graph-data.tar.gz'),
      '--releases',
      join(vectors, 'releases-synth.json.gz'),
      '--channel',
      'stable-4.20',
      '--arch',
      'amd64',
    ]);
    assert.equal(answer.code, 0, answer.stderr);
    assert.equal((JSON.parse(answer.stdout) as { nodes: unknown[] }).nodes.length, 124);
    refused(
      await slipwayAside([
        'graph',
        'answer',
        '--graph-data',
        join(ROOT, '../shared/vectors/graph/parser-invalid0/cincinnati-graph-data'),
        '--releases',
        join(vectors, 'releases-synth.json.gz'),
        '--channel',
        'stable-4.20',
      ]),
      /GRAPH_/,
      /blocked-edges|raw|version/,
    );
  });

  it('signs for every client, and verifies by every client’s rules', async () => {
    const key = join(ROOT, 'examples/harbor/keys/test-only/harbor-release.secret.asc');
    const reference = `${host}/release:${VERSION}`;
    const signed = await slipwayAside([
      'sign',
      reference,
      '--key',
      key,
      '--to',
      join(folder, 'public'),
      '--format',
      'json',
    ]);
    assert.equal(signed.code, 0, signed.stderr);
    const { digest, files } = JSON.parse(signed.stdout) as { digest: string; files: string[] };
    for (const file of files) await stat(file);
    const signature = files.find((file) => file.includes('/signatures/')) ?? '';
    const verify = (...rest: string[]) =>
      slipwayAside([
        'verify-signature',
        signature,
        '--key',
        join(ROOT, 'examples/harbor/keys/harbor-release.asc'),
        ...rest,
      ]);
    assert.equal((await verify('--digest', digest, '--reference', reference)).code, 0);
    assert.equal((await verify('--digest', digest, '--reference', `${host}/other:tag`)).code, 1);
    assert.notEqual((await verify('--digest', `sha256:${'1'.repeat(64)}`)).code, 0);
  });

  it('keeps its manners: help with examples, usage errors, unknown releases', async () => {
    for (const args of [
      ['--help'],
      ['payload', 'new', '--help'],
      ['release', 'show', '--help'],
      ['audit', 'rpmdb', '--help'],
      ['audit', 'attest', '--help'],
    ]) {
      const help = await slipwayAside(args);
      assert.equal(help.code, 0);
      assert.match(help.stdout, args.length > 1 ? /Example/ : /Exit codes/);
    }
    assert.equal((await slipwayAside(['payload', 'nonsense'])).code, 2);
    assert.equal((await slipwayAside(['serve', '--port', '99999'])).code, 2);
    assert.equal((await slipwayAside(['release', 'list', '--format', 'xml'])).code, 2);
    refused(await slipwayAside(['payload', 'info', 'busybox']), /OCI_REFERENCE_INVALID/);
    await rm(join(folder, 'never'), { recursive: true, force: true });
  });
});
