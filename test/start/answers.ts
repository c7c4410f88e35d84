// What the server of a started workspace answers: protocol, API, pages, downloads.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { it } from 'node:test';
import { run, slipway } from '../support/clone.ts';
import { type ReleaseView, STABLE, type Started } from './started.ts';

export function answers(started: Started): void {
  const { get, json } = started;

  it('answers the Cincinnati protocol at both paths', async () => {
    const { base } = started;
    for (const path of ['/graph', '/api/upgrades_info/v1/graph', '/api/upgrades_info/graph']) {
      const answer = await fetch(new URL(`${path}?channel=stable-scos-4.21&arch=amd64&version=${STABLE}&id=0`, base), {
        headers: { accept: 'application/json' },
      });
      assert.equal(answer.status, 200);
      const graph = (await answer.json()) as {
        version: number;
        nodes: { version: string; payload: string; metadata: Record<string, string> }[];
        edges: number[][];
      };
      assert.equal(graph.version, 1);
      assert.deepEqual(
        graph.nodes.map((node) => node.version),
        [STABLE],
      );
      assert.equal(graph.nodes[0]?.payload, (await json<ReleaseView>(`/api/releases/${STABLE}`)).pullSpec);
    }
    const missing = await get('/graph');
    assert.equal(missing.status, 400);
    assert.deepEqual(await missing.json(), {
      kind: 'missing_params',
      value: 'mandatory client parameters missing: channel',
    });
  });

  it('serves downloads whose sums are right', async () => {
    const sums = await (await get(`/downloads/${STABLE}/sha256sum.txt`)).text();
    const lines = sums
      .trim()
      .split('\n')
      .map((line) => line.split('  ') as [string, string]);
    assert.ok(lines.length >= 2);
    for (const [sum, name] of lines) {
      const bytes = Buffer.from(await (await get(`/downloads/${STABLE}/${name}`)).arrayBuffer());
      assert.equal(createHash('sha256').update(bytes).digest('hex'), sum, name);
    }
  });

  it('answers the check that every registry client begins with', async () => {
    const { base } = started;
    const answer = await fetch(new URL('/v2/', base), { redirect: 'error' });
    assert.equal(answer.status, 200);
  });

  it('describes itself by OpenAPI 3.1, and answers what it describes', async () => {
    const document = await json<{ openapi: string; paths: Record<string, Record<string, unknown>> }>(
      '/api/openapi.json',
    );
    assert.match(document.openapi, /^3\.1/);
    for (const path of ['/api/status', '/api/streams', '/api/releases', '/api/releases/{name}', '/api/channels'])
      assert.ok(document.paths[path]?.get, path);
  });

  it('compares a release with any other, and tells what it holds, in the API and on pages that need no script', async () => {
    const { releases } = await json<{ releases: ReleaseView[] }>('/api/releases');
    const nightly = releases.find((release) => release.kind === 'nightly')?.name ?? '';
    const first = await json<{ others: string[]; comparison: null }>(`/api/releases/${STABLE}/changelog`);
    assert.deepEqual([first.comparison, first.others.includes(nightly)], [null, true]);
    // The first of its stream: nothing is called new.
    assert.equal((await json<{ changelog: null }>(`/api/releases/${STABLE}`)).changelog, null);
    assert.match(await (await get(`/releases/${STABLE}`)).text(), /There is no earlier release to compare with\./);
    const path = `/api/releases/${STABLE}/changelog?from=${nightly}`;
    const { comparison } = await json<{
      comparison: {
        changed: [];
        objects: { fields: { path: string; to: string }[] }[];
        sizes: { fresh: number; images: { name: string; fresh: number }[] };
      };
    }>(path);
    // Promotion changes the version and nothing else: the release image has another layer, no image of a component.
    const { sizes } = comparison;
    assert.deepEqual(comparison.changed, []);
    assert.deepEqual(
      sizes.images.map(({ name, fresh }) => [name, fresh]),
      [['release image', sizes.fresh]],
    );
    assert.ok(sizes.fresh > 0);
    const fields = comparison.objects.flatMap((object) => object.fields);
    assert.ok(fields.length > 0 && fields.every(({ to }) => to.includes(STABLE)), JSON.stringify(fields));
    const page = await (await get(`/releases/${STABLE}/changelog?from=${nightly}`)).text();
    assert.match(page, new RegExp(`<option value="${nightly}" selected`));
    assert.equal((await get(`/releases/${STABLE}/changelog/${nightly}`)).status, 200);
    assert.match(
      await (await get(`/api/releases/${STABLE}/changelog.md?from=${nightly}`)).text(),
      new RegExp(`^# ${STABLE}\n`),
    );
    assert.equal((await get(`/api/releases/${STABLE}/changelog?from=nope`)).status, 404);
    // A page that is there says which release is not.
    const unknown = await get(`/releases/${STABLE}/changelog?from=nope`);
    assert.equal(unknown.status, 404);
    const said = await unknown.text();
    assert.match(said, /There is no release (?:"|&quot;|&#34;)nope/);
    assert.match(said, new RegExp(`<option value="${nightly}"`));
    assert.match(await (await get(`/releases/${STABLE}/changelog?from=${STABLE}`)).text(), /compared with itself/);
    // The first of its stream is compared with nothing, so nothing of it is new.
    assert.doesNotMatch(await (await get(`/releases/${STABLE}`)).text(), /New components/);
    assert.equal((await get(`/api/releases/${STABLE}/changelog.md`)).status, 404);
    const contents = await json<{ files: { name: string }[]; sizes: { images: { name: string }[] } }>(
      `/api/releases/${STABLE}/contents`,
    );
    assert.ok(contents.files.some(({ name }) => name === 'image-references'));
    assert.deepEqual(
      contents.sizes.images.map(({ name }) => name),
      (await json<ReleaseView>(`/api/releases/${STABLE}`)).components.map(({ name }) => name),
    );
    assert.match(await (await get(`/releases/${STABLE}/contents`)).text(), /image-references/);
  });

  it('refuses what a page of another site asks for', async () => {
    const { base } = started;
    const foreign = await fetch(new URL('/api/demo', base), {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: 'https://elsewhere.example' },
      body: '{"set":"clean"}',
    });
    assert.equal(foreign.status, 403);
  });

  it('gives a release out in parts: its lock makes it again, its archive is the layer of its image', async () => {
    const { data, port } = started;
    const { digest } = await json<ReleaseView>(`/api/releases/${STABLE}`);
    const lock = join(data, 'lock.yaml');
    await writeFile(lock, await (await get(`/api/releases/${STABLE}/lock.yaml`)).text());
    const image = `localhost:${port}/trial/release`;
    const made = slipway(['payload', 'new', '--from-lock', lock, '--to-image', image, '--dry-run']);
    assert.equal(made.stdout.split(' ')[0], digest, made.stderr);
    const archive = join(data, 'manifests.tar.gz');
    await writeFile(archive, Buffer.from(await (await get(`/api/releases/${STABLE}/manifests.tar.gz`)).arrayBuffer()));
    const member = run('tar', ['-xzOf', archive, 'release-manifests/image-references']).stdout;
    const single = await get(`/api/releases/${STABLE}/files/image-references`);
    assert.equal(await single.text(), member);
    assert.equal(single.headers.get('x-content-type-options'), 'nosniff');
    const signatures = await json<{ metadata: { name: string } }>(`/api/releases/${STABLE}/signatures.json`);
    assert.equal(signatures.metadata.name, String(digest).replace(':', '-'));
    assert.equal((await get(`/api/releases/${STABLE}/files/..%2Fetc`)).status, 404);
    assert.equal((await get('/api/releases/4.0.0/lock.yaml')).status, 404);
  });
}
