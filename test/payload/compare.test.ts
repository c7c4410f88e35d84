// `payload info`, `diff` and `changelog` as programs, against a registry that replays releases that oc made.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { isDigest } from '../../src/oci/index.ts';
import { shared } from '../../src/payload/testing/shared.ts';
import { StoredRegistry } from '../../src/payload/testing/stored-registry.ts';
import { lacks, slipwayAside } from '../support/clone.ts';

/** The two routes of the distribution API that a reader needs. */
function serve(stored: StoredRegistry): Server {
  return createServer((request, response) => {
    const [, name = '', kind, reference = ''] =
      /^\/v2\/(.+)\/(manifests|blobs)\/([^/]+)$/.exec(decodeURIComponent(request.url ?? '')) ?? [];
    const repository = stored.repository(`stored/${name}`);
    void (async () => {
      try {
        if (kind === 'manifests') {
          const { bytes, mediaType, digest } = await repository.manifest(reference);
          response.writeHead(200, {
            'content-type': mediaType,
            'docker-content-digest': digest,
            'content-length': bytes.length,
          });
          response.end(request.method === 'HEAD' ? undefined : bytes);
        } else if (kind === 'blobs' && isDigest(reference)) {
          response.writeHead(200, { 'content-type': 'application/octet-stream' });
          for await (const chunk of await repository.blob({ digest: reference, size: 0 })) response.write(chunk);
          response.end();
        } else response.writeHead(request.url === '/v2/' ? 200 : 404).end();
      } catch {
        response
          .writeHead(404, { 'content-type': 'application/json' })
          .end('{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}');
      }
    })();
  });
}

/** The real client, which no package of Debian brings: found on the PATH, or named by the environment. */
const OC = process.env.OC ?? 'oc';

describe('payload info, diff, changelog', () => {
  let server: Server | undefined;
  let host = '';
  before(async (t) => {
    const path = shared(t as TestContext, 'golden/registry-storage.tar.gz');
    if (path === undefined) return;
    server = serve(await StoredRegistry.open(path));
    await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
    host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(() => server?.close());
  const old = () => `${host}/cl/release:4.99.10`;
  const now = () => `${host}/cl/release:4.99.11`;
  const run = (...args: string[]) => slipwayAside(['payload', ...args]);

  it('info describes several releases; one that is not there keeps no other from it', async (t) => {
    if (server === undefined) return t.skip('../shared is not here');
    const outcome = await run('info', old(), `${host}/cl/release:nope`, now());
    assert.equal(outcome.code, 2);
    assert.deepEqual(outcome.stdout.match(/^Name: +\S+/gm), ['Name:           4.99.10', 'Name:           4.99.11']);
    assert.match(outcome.stderr, /^error: /);
    const verified = await run('info', '-o', "jsonpath={.metadata.version}{'\\n'}", now());
    assert.deepEqual([verified.code, verified.stdout], [0, '4.99.11\n']);
    const template = '{{range .references.spec.tags}}{{.name}} {{end}}';
    const names = await run('info', '-o', 'go-template', '--template', template, now());
    assert.deepEqual(
      names.stdout.trim().split(' '),
      (await run('info', '-o', 'name', now())).stdout.trim().split('\n'),
    );
  });

  it('info refuses what makes no sense together, in the words of oc', async (t) => {
    if (server === undefined) return t.skip('../shared is not here');
    for (const [args, words] of [
      [['--size', '--commits', now()], /only one of --commits/],
      [['--image-for', 'cli', '-o', 'json', now()], /--output and --image-for may not both/],
      [['--changelog', '/nowhere', now()], /require --changes-from/],
      [['--skip-bug-check', now()], /--skip-bug-check requires --bugs/],
      [['-o', 'yaml', now()], /--output only supports json/],
      [['-o', 'jsonpath={.a', now()], /JSONPath/],
      [['--changes-from', old(), now(), now()], /must specify a single release image/],
    ] as const) {
      const { code, stderr, stdout } = await run('info', ...args);
      assert.equal(code, 2, args.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, words);
    }
  });

  it('flags that have nothing to do are said; no name of an image is none', async (t) => {
    if (server === undefined) return t.skip('../shared is not here');
    const idle = (...flags: string[]) => flags.map((flag) => `warning: ${flag}.\n`).join('');
    const info = await run('info', '--rpmdb-image', 'x', '--git', '/nowhere', '--forge-cache', '/nowhere', now());
    assert.equal(
      info.stderr,
      idle(
        '--rpmdb-image has no effect without --rpmdb or --rpmdb-diff',
        '--git has no effect without --changelog or --bugs',
        '--forge-cache has no effect without --forge',
      ),
    );
    assert.equal(info.stdout, (await run('info', '--image-for=', now())).stdout);
    for (const verb of ['diff', 'changelog'])
      assert.equal(
        (await run(verb, '--rpmdb-cache', '/nowhere', old(), now())).stderr,
        idle('--rpmdb-cache has no effect without --packages'),
      );
    const compared = ['info', '-o', 'json', old(), now()];
    assert.equal((await run(...compared, '--contents')).stdout, (await run(...compared)).stdout);
  });

  it('changelog never fails for commits it can not get, unless asked to be as oc', async (t) => {
    if (server === undefined) return t.skip('../shared is not here');
    const told = await run('changelog', '--git', '/nowhere', old(), now());
    assert.equal(told.code, 0);
    assert.match(told.stdout, /### \[cli, cli-artifacts\]/);
    assert.match(told.stderr, /warning: https:\/\/github\.com\/openshift\/oc: there is no clone/);
    assert.match(told.stderr, /^warning: --git \/nowhere: there is no such folder\.$/m);
    const asOc = await run('changelog', '--compat', 'oc', '--git', '/nowhere', old(), now());
    assert.equal(asOc.code, 1);
    assert.doesNotMatch(asOc.stdout, /cli-artifacts\]/);
    assert.equal((await run('changelog', old(), old())).code, 1);
    const page = await run('changelog', '--format', 'html', old(), now());
    assert.match(page.stdout, /^<!doctype html>/);
    assert.equal((await run('changelog', '--forge', 'ftp://x', old(), now())).code, 2);
  });

  it('a changelog as JSON has feature gates as that of newer versions of oc, by both names', async (t) => {
    if (server === undefined) return t.skip('../shared is not here');
    const own = await run('changelog', '--git', '/nowhere', '--format', 'json', old(), now());
    const asInfo = ['info', '--changelog', '/nowhere', '-o', 'json', old(), now()];
    const told = await run(...asInfo);
    assert.deepEqual([told.code, told.stdout], [0, own.stdout]);
    assert.equal(JSON.parse(told.stdout).featureGates[0].name, 'GateB');
    assert.equal('featureGates' in JSON.parse((await run(...asInfo, '--compat', 'oc')).stdout), false);
  });

  it('diff tells images and objects, in every form', async (t) => {
    if (server === undefined) return t.skip('../shared is not here');
    const text = await run('diff', old(), now());
    assert.match(text.stdout, /Images Changed:[\s\S]*Objects Changed:[\s\S]*FeatureGate cluster/);
    const json = JSON.parse((await run('diff', '--format', 'json', old(), now())).stdout);
    assert.deepEqual(
      [json.from.version, json.to.version, json.upgrade, json.identical],
      ['4.99.10', '4.99.11', true, false],
    );
    assert.equal(json.images.length, 14);
    assert.ok(json.manifests.resources.length > 3);
    const page = (await run('diff', '--format', 'html', old(), now())).stdout;
    assert.match(page, /<summary>FeatureGate cluster/);
    const regions = page.match(/aria-label="[^"]*"/g) ?? [];
    assert.ok(regions.length > 1);
    assert.equal(new Set(regions).size, regions.length);
    assert.equal((await run('diff', '--no-manifests', old(), old())).stdout, 'Releases are identical\n');
  });

  it('info prints what the real oc prints', { skip: lacks(OC) }, async (t) => {
    if (server === undefined) return t.skip('../shared is not here');
    const oc = promisify(execFile);
    const ages = (text: string) => text.replace(/^(Created: +)\S+ +\S+$/gm, '$1…');
    for (const args of [
      [now()],
      [old(), now(), `${host}/multi/release:4.99.20`],
      ['--changes-from', old(), now()],
      ['--pullspecs', '--filter-by-os=linux/arm64', `${host}/multi/release:4.99.20`],
      ['-o', 'json', now()],
      ['-o', 'jsonpath={.warnings} {.config.config.Labels} {.references.spec.tags[?(@.name=="cli")].from.name}', now()],
      ['-o', 'jsonpath-as-json={.metadata}', now()],
      [
        '-o',
        'go-template={{range $k, $v := .displayVersions}}{{$k}}={{$v.Version}};{{end}}{{.config.size}} {{.nope}}',
        now(),
      ],
    ]) {
      const { stdout } = await oc(OC, ['adm', 'release', 'info', '--insecure=true', ...args]);
      assert.equal(ages((await run('info', ...args)).stdout), ages(stdout), args.join(' '));
    }
  });
});
