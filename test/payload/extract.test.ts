// extract, lint and explain as programs, against a registry in this process; beside the real `oc` where OC names it.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { it } from 'node:test';
import { promisify } from 'node:util';
import Fastify from 'fastify';
import { LocalRegistry, registryPlugin, writeLayer } from '../../src/oci/index.ts';
import { newPayload, parseImageStream } from '../../src/payload/index.ts';
import { configMap, file, imageStream, OPERATOR, pushImage } from '../../src/payload/testing/images.ts';
import { SLIPWAY, slipwayAside, start, temporaryFolder } from '../support/clone.ts';
import { servedRegistry } from '../support/registry.ts';
import { release } from '../support/release.ts';

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

for (const signal of ['SIGTERM', 'SIGINT', 'SIGKILL'] as const)
  it(`tools that ${signal} ends leave nothing behind, at the latest after the next run`, async (t) => {
    const program = Buffer.concat([Buffer.from(`#!oc ${MARKER}`), randomBytes(6 << 20)]);
    let held: string | undefined;
    let reached = (): void => {};
    const registry = await servedRegistry(t, (app) => {
      app.addHook('onSend', async (request, _reply, payload) => {
        if (held === undefined || !request.url.endsWith(held) || !(payload instanceof Readable)) return payload;
        async function* half() {
          let left = 3 << 20;
          for await (const chunk of payload as AsyncIterable<Buffer>) {
            yield chunk.subarray(0, left);
            left -= chunk.length;
            if (left > 0) continue;
            reached();
            await new Promise(() => {});
          }
        }
        return Readable.from(half(), { objectMode: false });
      });
    });
    const layers = [[{ ...file('usr/bin/oc', ''), content: program, mode: 0o755 }]];
    const { reference } = await release(registry, { cli: { layers } });
    held = writeLayer(layers[0] ?? []).digest;
    const to = join(registry.folder, 'tools');
    const args = ['payload', 'extract', '--tools', '--command-os', 'linux/amd64', '--to', to, reference];
    const stalled = new Promise<void>((resolve) => (reached = resolve));
    const child = start(t, SLIPWAY, args);
    await stalled;
    const half = async (): Promise<number> => {
      const [name] = await readdir(to);
      const written = await stat(join(to, name ?? '', 'files', `openshift-client-linux-${VERSION}.tar.gz`)).catch(
        () => undefined,
      );
      return written?.size ?? 0;
    };
    while ((await half()) === 0) await new Promise((resolve) => setTimeout(resolve, 20));
    const code = await child.stop(signal);
    if (signal === 'SIGKILL') assert.match((await readdir(to)).join(' '), /^\.slipway-\w{6}$/);
    else {
      assert.equal(code, 130);
      assert.match(child.output(), /slipway: stopped; nothing was written\. \[CLI_STOPPED\]/);
      assert.deepEqual(await readdir(to), []);
    }
    held = undefined;
    const again = await slipwayAside(args);
    assert.equal(again.code, 0, again.stderr);
    assert.deepEqual(
      (await readdir(to)).filter((name) => name.startsWith('.')),
      [],
    );
  });
