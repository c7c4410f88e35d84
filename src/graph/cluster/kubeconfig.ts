import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { dirname, resolve } from 'node:path';
import { Type } from 'typebox';
import { parse as parseYaml } from 'yaml';
import { messageOf, parserOf, SlipwayError } from '../../util/index.ts';
import { type ClusterFacts, factsOf } from './facts.ts';
import { type Resource, resourcesOf } from './resources.ts';

const Optional = Type.Optional(Type.String());
const parseConfig = parserOf(
  Type.Object({
    'current-context': Type.String({ minLength: 1 }),
    contexts: Type.Array(
      Type.Object({ name: Type.String(), context: Type.Object({ cluster: Type.String(), user: Type.String() }) }),
    ),
    clusters: Type.Array(
      Type.Object({
        name: Type.String(),
        cluster: Type.Object({
          server: Type.String({ pattern: '^https://' }),
          'certificate-authority': Optional,
          'certificate-authority-data': Optional,
          'insecure-skip-tls-verify': Type.Optional(Type.Boolean()),
          'tls-server-name': Optional,
        }),
      }),
    ),
    users: Type.Array(
      Type.Object({
        name: Type.String(),
        user: Type.Object({
          token: Optional,
          tokenFile: Optional,
          'client-certificate': Optional,
          'client-certificate-data': Optional,
          'client-key': Optional,
          'client-key-data': Optional,
        }),
      }),
    ),
  }),
  'GRAPH_KUBECONFIG_INVALID',
);

/** What facts are drawn from; a cluster whose user may not read one of the optional ones is explained without it. */
const OBJECTS: readonly { readonly path: string; readonly kind: string; readonly required?: true }[] = [
  { path: '/apis/config.openshift.io/v1/clusterversions/version', kind: 'ClusterVersion', required: true },
  { path: '/apis/config.openshift.io/v1/infrastructures/cluster', kind: 'Infrastructure' },
  { path: '/apis/config.openshift.io/v1/clusteroperators', kind: 'ClusterOperator' },
  { path: '/apis/config.openshift.io/v1/featuregates/cluster', kind: 'FeatureGate' },
  { path: '/apis/config.openshift.io/v1/proxies/cluster', kind: 'Proxy' },
  { path: '/apis/operator.openshift.io/v1/networks/cluster', kind: 'Network' },
  { path: '/apis/operator.openshift.io/v1/cloudcredentials/cluster', kind: 'CloudCredential' },
  { path: '/apis/operators.coreos.com/v1alpha1/clusterserviceversions', kind: 'ClusterServiceVersion' },
  { path: '/api/v1/nodes', kind: 'Node' },
  { path: '/api/v1/namespaces/openshift-config/configmaps/openshift-install', kind: 'ConfigMap' },
];
const TIMEOUT_MS = 20_000;
const MAX_BYTES = 256 * 1024 * 1024;

interface Connection {
  readonly server: string;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly token?: string;
  readonly insecure: boolean;
  readonly servername?: string;
}

/**
 * Facts of a running cluster, read with the current context of a kubeconfig. Reads only. Throws
 * `GRAPH_KUBECONFIG_INVALID`, `GRAPH_CLUSTER_UNREADABLE`.
 */
export async function readCluster(kubeconfig: string): Promise<ClusterFacts> {
  const connection = await connect(kubeconfig);
  const resources: Resource[] = [];
  for (const { path, kind, required } of OBJECTS) {
    const { status, body } = await get(connection, path);
    if (status === 200) {
      resources.push(...resourcesOf(JSON.parse(body) as unknown, `${connection.server}${path}`, kind));
      continue;
    }
    if (required === true || (status !== 403 && status !== 404))
      throw new SlipwayError('GRAPH_CLUSTER_UNREADABLE', `the API server answers ${status}.`, {
        place: { file: `${connection.server}${path}` },
        hint:
          status === 401
            ? 'The credentials have expired: log in again.'
            : 'The user must be able to read ClusterVersion.',
      });
  }
  return factsOf(resources, connection.server);
}

async function connect(file: string): Promise<Connection> {
  let text: string;
  let value: unknown;
  try {
    text = await readFile(file, 'utf8');
    value = parseYaml(text, { logLevel: 'silent' });
  } catch (cause) {
    throw new SlipwayError('GRAPH_KUBECONFIG_INVALID', `the kubeconfig could not be read: ${messageOf(cause)}.`, {
      place: { file },
      cause,
    });
  }
  const config = parseConfig(value, { file });
  const find = <T extends { readonly name: string }>(list: readonly T[], name: string, field: string): T => {
    const found = list.find((entry) => entry.name === name);
    if (found === undefined)
      throw new SlipwayError('GRAPH_KUBECONFIG_INVALID', `there is no "${name}".`, { place: { file, field } });
    return found;
  };
  const { context } = find(config.contexts, config['current-context'], 'contexts');
  const { cluster } = find(config.clusters, context.cluster, 'clusters');
  const { user } = find(config.users, context.user, 'users');
  const material = async (data: string | undefined, path: string | undefined): Promise<Buffer | undefined> => {
    if (data !== undefined) return Buffer.from(data, 'base64');
    return path === undefined ? undefined : await readFile(resolve(dirname(file), path));
  };
  const ca = await material(cluster['certificate-authority-data'], cluster['certificate-authority']);
  const cert = await material(user['client-certificate-data'], user['client-certificate']);
  const key = await material(user['client-key-data'], user['client-key']);
  const token = user.token ?? (await material(undefined, user.tokenFile))?.toString('utf8').trim();
  if (token === undefined && cert === undefined)
    throw new SlipwayError('GRAPH_KUBECONFIG_INVALID', 'the user has neither a token nor a client certificate.', {
      place: { file, field: `users: ${context.user}` },
      hint: 'Log in with a token (oc login --token=…), or give a must-gather.',
    });
  return {
    server: cluster.server.replace(/\/$/, ''),
    insecure: cluster['insecure-skip-tls-verify'] ?? false,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined ? {} : { token }),
    ...(cluster['tls-server-name'] === undefined ? {} : { servername: cluster['tls-server-name'] }),
  };
}

function get(connection: Connection, path: string): Promise<{ readonly status: number; readonly body: string }> {
  const { server, insecure, token, ...tls } = connection;
  return new Promise((done, failed) => {
    const fail = (cause: unknown): void =>
      failed(
        new SlipwayError('GRAPH_CLUSTER_UNREADABLE', `the API server could not be asked: ${messageOf(cause)}.`, {
          place: { file: `${server}${path}` },
          cause,
        }),
      );
    const call = request(
      `${server}${path}`,
      {
        ...tls,
        rejectUnauthorized: !insecure,
        timeout: TIMEOUT_MS,
        headers: { accept: 'application/json', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          size += chunk.length;
          chunks.push(chunk);
          if (size > MAX_BYTES) response.destroy(new Error('the answer is too large'));
        });
        response.on('error', fail);
        response.on('end', () =>
          done({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        );
      },
    );
    call.on('timeout', () => call.destroy(new Error('no answer in time')));
    call.on('error', fail);
    call.end();
  });
}
