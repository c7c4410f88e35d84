// extract, lint and explain as programs, against a registry in this process; beside the real `oc` where OC names it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { promisify } from 'node:util';
import Fastify from 'fastify';
import { LocalRegistry, registryPlugin } from '../../src/oci/index.ts';
import { newPayload, parseImageStream } from '../../src/payload/index.ts';
import { configMap, file, imageStream, OPERATOR, pushImage } from '../../src/payload/testing/images.ts';
import { slipwayAside, temporaryFolder } from '../support/clone.ts';

const VERSION = '4.21.0-okd-scos.7';
const MARKER = `\0_RELEASE_VERSION_LOCATION_\0${'X'.repeat(64)}\0`;

it('a release is extracted, judged and explained', async (t) => {
  const folder = await temporaryFolder(t);
  const store = await LocalRegistry.open(join(folder, 'registry'));
  const app = Fastify();
  await app.register(registryPlugin, { store });
  t.after(() => app.close());
  const host = new URL(await app.listen({ host: '127.0.0.1', port: 0 })).host;
  const content = store.repository('content');
  const console = configMap('console', 'a: b').replace(
    'annotations:\n',
    'annotations:\n    capability.openshift.io/name: Console\n',
  );
  const manifests = [
    file('manifests/0000_50_a_1.yaml', `${configMap('a1')}---\n${console}`),
    file('manifests/0000_50_a_README.md', 'x'),
  ];
  const images = {
    'cluster-version-operator': await pushImage(content, { labels: OPERATOR, layers: [manifests] }),
    cli: await pushImage(content, { layers: [[{ ...file('usr/bin/oc', `#!oc ${MARKER}`), mode: 0o755 }]] }),
  };
  const specs = Object.fromEntries(Object.entries(images).map(([name, digest]) => [name, `${host}/content@${digest}`]));
  await newPayload(
    { imageStream: parseImageStream(imageStream(specs), 'stream.json') },
    {
      name: VERSION,
      creationTimestamp: new Date('2026-11-23T05:15:00Z'),
      referenceMode: 'source',
      include: ['cli'],
      resolve: () => content,
      to: store.repository('release'),
      toName: `${host}/release`,
      toTag: VERSION,
    },
  );
  const reference = `${host}/release:${VERSION}`;
  const run = async (...args: readonly string[]) => {
    const outcome = await slipwayAside(['payload', ...args]);
    assert.equal(outcome.stderr, '', args.join(' '));
    return outcome;
  };

  const ours = join(folder, 'ours');
  const said = (await run('extract', '--to', ours, reference)).stdout;
  assert.match(said, /^Extracted release payload from digest sha256:[0-9a-f]{64} created at 2026-11-23T05:15:00Z\n$/);
  assert.deepEqual((await readdir(ours)).sort(), ['0000_50_a_1.yaml', 'image-references', 'release-metadata']);
  assert.match(
    (await run('extract', '--file', 'release-metadata', reference)).stdout,
    /"version": "4\.21\.0-okd-scos\.7"/,
  );
  const tool = join(folder, 'tool');
  await run('extract', '--command', 'oc', '--command-os', 'linux/amd64', '--to', tool, reference);
  assert.ok((await readFile(join(tool, 'oc'))).includes(`${VERSION}\0`));

  const explained = JSON.parse((await run('explain', '--capabilities', 'None', '--format', 'json', reference)).stdout);
  assert.deepEqual([explained.applied, explained.excluded], [1, 1]);
  assert.match((await run('explain', '--format', 'svg', reference)).stdout, /^<svg [\s\S]*<\/svg>\n$/);
  const lint = await run('lint', '--format', 'json', reference);
  assert.equal(lint.code, 1);
  assert.ok(JSON.parse(lint.stdout).findings.some(({ rule }: { rule: string }) => rule === 'I106'));
  for (const wrong of [
    ['extract', '--tools', '--file', 'x', reference],
    ['extract', '--included', reference],
    ['explain', '--feature-set', 'Moon', reference],
  ])
    assert.equal((await slipwayAside(['payload', ...wrong])).code, 2, wrong.join(' '));

  const oc = process.env.OC;
  if (oc === undefined) return;
  const env = { ...process.env, HOME: folder, KUBECONFIG: '/dev/null' };
  const theirs = join(folder, 'theirs');
  const { stdout } = await promisify(execFile)(
    oc,
    ['adm', 'release', 'extract', '--insecure', `--to=${theirs}`, reference],
    { env },
  );
  assert.equal(stdout, said);
  for (const name of await readdir(theirs))
    assert.equal(await readFile(join(ours, name), 'utf8'), await readFile(join(theirs, name), 'utf8'), name);
});
