import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { Type } from 'typebox';
import { parse as parseYaml } from 'yaml';
import { messageOf, parserOf, SlipwayError } from '../util/index.ts';

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

/**
 * How the current context of a kubeconfig reaches its cluster. Throws `KUBE_CONFIG_INVALID`.
 */
export async function readKubeconfig(file: string): Promise<KubeConnection> {
  let text: string;
  let value: unknown;
  try {
    text = await readFile(file, 'utf8');
    value = parseYaml(text, { logLevel: 'silent' });
  } catch (cause) {
    throw new SlipwayError('KUBE_CONFIG_INVALID', `the kubeconfig could not be read: ${messageOf(cause)}.`, {
      place: { file },
      cause,
    });
  }
  const config = parseConfig(value, { file });
  const find = <T extends { readonly name: string }>(list: readonly T[], name: string, field: string): T => {
    const found = list.find((entry) => entry.name === name);
    if (found === undefined)
      throw new SlipwayError('KUBE_CONFIG_INVALID', `there is no "${name}".`, { place: { file, field } });
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
    throw new SlipwayError('KUBE_CONFIG_INVALID', 'the user has neither a token nor a client certificate.', {
      place: { file, field: `users: ${context.user}` },
      hint: 'Log in with a token: oc login --token=…',
    });
  return {
    namespace: context.namespace ?? 'default',
    server: cluster.server.replace(/\/$/, ''),
    insecure: cluster['insecure-skip-tls-verify'] ?? false,
    ...(ca === undefined ? {} : { ca }),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(token === undefined ? {} : { token }),
    ...(cluster['tls-server-name'] === undefined ? {} : { servername: cluster['tls-server-name'] }),
  };
}
