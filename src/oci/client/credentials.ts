import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Type } from 'typebox';
import { parserOf, SlipwayError, systemCode } from '../../util/index.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Finds the credentials for a repository; `undefined`: ask anonymously. */
export type CredentialSource = (registry: string, repository: string) => Promise<Credentials | undefined>;

const Auths = Type.Record(
  Type.String(),
  Type.Object({
    auth: Type.Optional(Type.String()),
    username: Type.Optional(Type.String()),
    password: Type.Optional(Type.String()),
  }),
);
const AuthFile = parserOf(Type.Object({ auths: Type.Optional(Auths) }), 'OCI_CREDENTIALS_INVALID');

export interface DockerCredentialOptions {
  /** `--registry-config`: this file alone. */
  readonly file?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number | undefined;
}

/** Files in the order in which oc looks for them. */
function candidates({ file, env = process.env, uid = process.getuid?.() }: DockerCredentialOptions): string[] {
  if (file !== undefined) return [file];
  const home = env.HOME ?? homedir();
  return [
    env.REGISTRY_AUTH_FILE,
    env.XDG_RUNTIME_DIR === undefined ? undefined : join(env.XDG_RUNTIME_DIR, 'containers/auth.json'),
    uid === undefined ? undefined : `/run/containers/${uid}/auth.json`,
    join(env.XDG_CONFIG_HOME ?? join(home, '.config'), 'containers/auth.json'),
    join(env.DOCKER_CONFIG ?? join(home, '.docker'), 'config.json'),
  ].filter((path) => path !== undefined);
}

function decode(
  entry: { auth?: string; username?: string; password?: string },
  file: string,
  key: string,
): Credentials | undefined {
  if (entry.username !== undefined && entry.password !== undefined)
    return { username: entry.username, password: entry.password };
  if (entry.auth === undefined || entry.auth === '') return undefined;
  const text = Buffer.from(entry.auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1)
    throw new SlipwayError('OCI_CREDENTIALS_INVALID', 'the credentials are not "user:password" in base64.', {
      place: { file, field: `auths.${key}.auth` },
    });
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/** The keys of an auth file that fit, most specific first: `host/a/b`, `host/a`, `host`. */
function keysFor(registry: string, repository: string): string[] {
  const parts = repository.split('/');
  return [
    ...parts.map((_, index) => `${registry}/${parts.slice(0, parts.length - index).join('/')}`),
    registry,
    `https://${registry}`,
    `https://${registry}/v1/`,
    `https://${registry}/v2/`,
  ];
}

/** Credentials from the auth files of podman, skopeo and docker. Throws `OCI_CREDENTIALS_INVALID` naming the file. */
export function dockerCredentials(options: DockerCredentialOptions = {}): CredentialSource {
  return async (registry, repository) => {
    for (const file of candidates(options)) {
      const auths = await readAuths(file, options.file !== undefined);
      const key = keysFor(registry, repository).find((candidate) => auths?.[candidate] !== undefined);
      const entry = key === undefined ? undefined : auths?.[key];
      const found = key === undefined || entry === undefined ? undefined : decode(entry, file, key);
      if (found) return found;
    }
    return undefined;
  };
}

async function readAuths(file: string, required: boolean) {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const absent = systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR';
    if (absent && !required) return undefined;
    throw new SlipwayError(
      'OCI_CREDENTIALS_INVALID',
      absent ? 'the file does not exist.' : 'the file can not be read.',
      { place: { file }, cause: error },
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new SlipwayError('OCI_CREDENTIALS_INVALID', 'the file is not JSON.', { place: { file }, cause: error });
  }
  return AuthFile(value, { file }).auths;
}
