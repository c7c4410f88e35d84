import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { Type } from 'typebox';
import { parserOf, readFileBounded, reasonOf, SlipwayError } from '../util/index.ts';
import { parseYaml } from '../util/yaml/index.ts';

const Optional = Type.Optional(Type.String());
const parseConfig = parserOf(
  Type.Object({
    'current-context': Type.String({ minLength: 1 }),
    contexts: Type.Array(
      Type.Object({
        name: Type.String(),
        context: Type.Object({ cluster: Type.String(), user: Type.String(), namespace: Optional }),
      }),
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
          'proxy-url': Optional,
        }),
      }),
    ),
    users: Type.Array(
      Type.Object({
        name: Type.String(),
        user: Type.Object({
          as: Optional,
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
  'KUBE_CONFIG_INVALID',
);

/** One API server and who asks it. */
export interface KubeConnection {
  readonly server: string;
  /** Of the context. */
  readonly namespace: string;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly token?: string;
  readonly insecure: boolean;
  readonly servername?: string;
}

/** The file that is meant where none is named, as kubectl has it: the first of `KUBECONFIG`, or `~/.kube/config`. */
export function defaultKubeconfig(env: NodeJS.ProcessEnv): string {
  return env.KUBECONFIG?.split(delimiter).find((file) => file !== '') ?? join(homedir(), '.kube/config');
}

type Config = ReturnType<typeof parseConfig>;

/** What the current context names. */
interface Current {
  readonly file: string;
  readonly context: Config['contexts'][number]['context'];
  readonly cluster: Config['clusters'][number]['cluster'];
  readonly user: Config['users'][number]['user'];
}

/**
 * How the current context of a kubeconfig reaches its cluster. What it asks for and this can not do (a proxy, acting as
 * another user) is refused, not left out. Throws `KUBE_CONFIG_INVALID`.
 */
export async function readKubeconfig(file: string): Promise<KubeConnection> {
  const current = await readCurrent(file);
  const { context, cluster } = current;
  if (given(cluster['proxy-url']))
    throw invalid(file, 'a proxy to the API server is not supported.', ofCluster(current, 'proxy-url'), {
      hint: 'Name a kubeconfig whose server can be reached from here without it.',
    });
  const ca = await material(current, ofCluster(current, 'certificate-authority'), {
    data: cluster['certificate-authority-data'],
    path: cluster['certificate-authority'],
  });
  return {
    namespace: context.namespace ?? 'default',
    server: cluster.server.replace(/\/$/, ''),
    insecure: cluster['insecure-skip-tls-verify'] ?? false,
    ...(ca === undefined ? {} : { ca }),
    ...(await credentialsOf(current)),
    ...(cluster['tls-server-name'] === undefined ? {} : { servername: cluster['tls-server-name'] }),
  };
}

async function readCurrent(file: string): Promise<Current> {
  let value: unknown;
  try {
    value = parseYaml((await readFileBounded(file)).toString('utf8'));
  } catch (cause) {
    throw invalid(file, `the kubeconfig could not be read: ${reasonOf(cause)}.`, undefined, { cause });
  }
  const config = parseConfig(value, { file });
  const find = <T extends { readonly name: string }>(list: readonly T[], name: string, field: string): T => {
    const found = list.find((entry) => entry.name === name);
    if (found === undefined) throw invalid(file, `there is no "${name}".`, field);
    return found;
  };
  const { context } = find(config.contexts, config['current-context'], 'contexts');
  const { cluster } = find(config.clusters, context.cluster, 'clusters');
  const { user } = find(config.users, context.user, 'users');
  return { file, context, cluster, user };
}

async function credentialsOf(current: Current): Promise<Pick<KubeConnection, 'cert' | 'key' | 'token'>> {
  const { file, context, user } = current;
  if (given(user.as))
    throw invalid(file, 'acting as another user is not supported.', ofUser(current, 'as'), {
      hint: 'Name a kubeconfig with credentials of that user.',
    });
  const token = given(user.token)
    ? user.token
    : (await material(current, ofUser(current, 'tokenFile'), { path: user.tokenFile }))?.toString('utf8').trim();
  if (token === '') throw invalid(file, `the file ${user.tokenFile} is empty.`, ofUser(current, 'tokenFile'));
  const cert = await material(current, ofUser(current, 'client-certificate'), {
    data: user['client-certificate-data'],
    path: user['client-certificate'],
  });
  const key = await material(current, ofUser(current, 'client-key'), {
    data: user['client-key-data'],
    path: user['client-key'],
  });
  if (cert !== undefined && key === undefined)
    throw invalid(
      file,
      'the client certificate has no key: neither client-key nor client-key-data.',
      ofUser(current, 'client-key'),
    );
  if (token === undefined && cert === undefined)
    throw invalid(file, 'the user has neither a token nor a client certificate.', `users: ${context.user}`, {
      hint: 'Log in with a token: oc login --token=…',
    });
  return {
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined ? {} : { token }),
  };
}

/** As in client-go, what stands in the kubeconfig itself goes before a file. */
async function material(
  { file }: Current,
  field: string,
  { data, path }: { readonly data?: string | undefined; readonly path: string | undefined },
): Promise<Buffer | undefined> {
  if (given(data)) return Buffer.from(data, 'base64');
  if (!given(path)) return undefined;
  const named = resolve(dirname(file), path);
  try {
    return await readFileBounded(named);
  } catch (cause) {
    throw invalid(file, `the file ${named} could not be read: ${reasonOf(cause)}.`, field, { cause });
  }
}

/** An empty field is one that is not there, as in client-go. */
function given(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}

function ofCluster({ context }: Current, field: keyof Current['cluster']): string {
  return `clusters: ${context.cluster}.${field}`;
}

function ofUser({ context }: Current, field: keyof Current['user']): string {
  return `users: ${context.user}.${field}`;
}

function invalid(
  file: string,
  message: string,
  field?: string,
  more: { readonly hint?: string; readonly cause?: unknown } = {},
): SlipwayError {
  const place = { file, ...(field === undefined ? {} : { field }) };
  return new SlipwayError('KUBE_CONFIG_INVALID', message, { place, ...more });
}
