// A running cluster as `graph explain --kubeconfig` reads it: an API server that answers over TLS with the objects of a
// real must-gather, in the API's own shape. kubectl, where it is there, reads it with the same kubeconfig.
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { parse } from 'yaml';
import { readCluster, readMustGather } from '../../src/graph/index.ts';
import { aside, lacks, lacksShared, ROOT, slipwayAside, temporaryFolder } from '../support/clone.ts';
import { certificate, secure } from '../support/tls.ts';

const GATHERED = join(ROOT, '../shared/vectors/must-gather/okd-fcos37-gce');
const CONFIG = 'cluster-scoped-resources/config.openshift.io';
const TOKEN = 'sha256~a-token';

/** Address of an API resource -> where the must-gather has it; a folder is a list. */
const OBJECTS: Readonly<Record<string, string>> = {
  '/apis/config.openshift.io/v1/clusterversions/version': `${CONFIG}/clusterversions/version.yaml`,
  '/apis/config.openshift.io/v1/infrastructures/cluster': `${CONFIG}/infrastructures/cluster.yaml`,
  '/apis/config.openshift.io/v1/featuregates/cluster': `${CONFIG}/featuregates/cluster.yaml`,
  '/apis/config.openshift.io/v1/proxies/cluster': `${CONFIG}/proxies/cluster.yaml`,
  '/apis/config.openshift.io/v1/clusteroperators': `${CONFIG}/clusteroperators`,
  '/api/v1/nodes': 'cluster-scoped-resources/core/nodes',
};

/** As an API server answers: lists whose items have no kind of their own, and refusals that are a Status. */
async function answerTo(path: string): Promise<{ status: number; body: object }> {
  const file = OBJECTS[path];
  const refused = (status: number, message: string) => ({
    status,
    body: { kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code: status },
  });
  if (path.includes('cloudcredentials')) return refused(403, 'cloudcredentials is forbidden');
  if (file === undefined) return refused(404, 'the server could not find the requested resource');
  if (file.endsWith('.yaml')) return { status: 200, body: parse(await readFile(join(GATHERED, file), 'utf8')) };
  const names = (await readdir(join(GATHERED, file))).sort();
  const items = await Promise.all(names.map(async (name) => parse(await readFile(join(GATHERED, file, name), 'utf8'))));
  const [first] = items;
  return {
    status: 200,
    body: {
      kind: `${first.kind}List`,
      apiVersion: first.apiVersion,
      metadata: { resourceVersion: '1' },
      items: items.map(({ kind: _kind, apiVersion: _apiVersion, ...item }) => item),
    },
  };
}

async function cluster(t: TestContext, reply = answerTo) {
  const folder = await temporaryFolder(t);
  const tls = await certificate(folder);
  const host = await secure(t, tls, (request, response) => {
    const path = new URL(request.url ?? '/', 'https://x').pathname;
    const known = request.headers.authorization === `Bearer ${TOKEN}`;
    void (
      known ? reply(path) : Promise.resolve({ status: 401, body: { kind: 'Status', message: 'Unauthorized' } })
    ).then(({ status, body }) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body)),
    );
  });
  const kubeconfig = async (change: { token?: string; trusted?: boolean } = {}): Promise<string> => {
    const file = join(folder, `kubeconfig-${Math.random()}`);
    await writeFile(
      file,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'admin',
        contexts: [{ name: 'admin', context: { cluster: 'c', user: 'u' } }],
        // relative to the kubeconfig, as the clients take it
        clusters: [
          {
            name: 'c',
            cluster: {
              server: `https://${host}`,
              ...(change.trusted === false ? {} : { 'certificate-authority': 'cert.pem' }),
            },
          },
        ],
        users: [{ name: 'u', user: { token: change.token ?? TOKEN } }],
      }),
    );
    return file;
  };
  return { folder, kubeconfig, host };
}

describe('a running cluster', { skip: lacks('openssl') || lacksShared('vectors/must-gather') }, () => {
  it('gives the facts that its must-gather gives', async (t) => {
    const { kubeconfig } = await cluster(t);
    const { ...running } = await readCluster(await kubeconfig());
    const gathered = await readMustGather(GATHERED);
    assert.equal(running.version, '4.12.0-0.okd-2023-03-04-063026');
    assert.equal(running.nodes?.length, 6);
    for (const name of [
      'version',
      'channel',
      'clusterId',
      'history',
      'available',
      'conditions',
      'platform',
      'operators',
      'nodes',
      'proxy',
    ] as const)
      assert.deepEqual(running[name], gathered[name], name);
  });

  it('is read by kubectl with the same kubeconfig', { skip: lacks('kubectl') }, async (t) => {
    const { kubeconfig } = await cluster(t);
    const path = '/apis/config.openshift.io/v1/clusterversions/version';
    const read = await aside('kubectl', ['--kubeconfig', await kubeconfig(), 'get', '--raw', path]);
    assert.equal(read.code, 0, read.stderr);
    assert.equal(JSON.parse(read.stdout).status.desired.version, '4.12.0-0.okd-2023-03-04-063026');
  });

  it('that refuses, that is not to be trusted, or that is none at all is said by name', async (t) => {
    const { folder, kubeconfig, host } = await cluster(t);
    const explain = async (file: string) => {
      const { code, stdout, stderr } = await slipwayAside([
        'graph',
        'explain',
        '--kubeconfig',
        file,
        '--graph-data',
        folder,
        '--releases',
        folder,
      ]);
      assert.deepEqual([code, stdout], [2, ''], stderr);
      return stderr;
    };
    assert.match(await explain(await kubeconfig({ token: 'old' })), /answers 401.*log in again/s);
    assert.match(
      await explain(await kubeconfig({ trusted: false })),
      new RegExp(`${host}.*self-signed certificate`, 's'),
    );
    assert.match(await explain(join(folder, 'nothing')), /nothing.*(no such file|not be read)/is);
    const html = await cluster(t, async () => ({ status: 404, body: {} }));
    assert.match(await explain(await html.kubeconfig()), /answers 404/);
  });
});
