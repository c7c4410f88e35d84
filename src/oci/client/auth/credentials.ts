import { homedir } from 'node:os';
import { join } from 'node:path';
import { type Static, Type } from 'typebox';
import {
  parserOf,
  readFileBounded,
  readFileBoundedSync,
  readJson,
  SlipwayError,
  systemCode,
} from '../../../util/index.ts';

export interface Credentials {
  readonly username: string;
  readonly password: string;
}

/** Finds the credentials for a repository; `undefined`: ask anonymously. */
export type CredentialSource = (registry: string, repository: string) => Promise<Credentials | undefined>;

const EntrySchema = Type.Object({
  auth: Type.Optional(Type.String()),
  username: Type.Optional(Type.String()),
  password: Type.Optional(Type.String()),
  identitytoken: Type.Optional(Type.String()),
});
type Entry = Static<typeof EntrySchema>;
const AuthsSchema = Type.Record(Type.String(), EntrySchema);
const AUTH_INVALID = 'OCI_CREDENTIALS_INVALID';
const parseAuthFile = parserOf(Type.Object({ auths: Type.Optional(AuthsSchema) }), AUTH_INVALID);
const parseOldAuthFile = parserOf(AuthsSchema, AUTH_INVALID);

export interface DockerCredentialOptions {
  /** `--registry-config`: this file alone. */
  readonly file?: string | undefined;
  readonly env?: NodeJS.ProcessEnv;
  readonly uid?: number | undefined;
}

interface AuthFile {
  readonly path: string;
  /** Somebody named it: it must be there. */
  readonly named?: boolean;
  /** The format of ~/.dockercfg: entries without `auths` around them. */
  readonly old?: boolean;
}

/** Files in the order in which oc looks for them (spec payload.md § 1.1); a file that was named is the only one. */
function authFiles({ file, env = process.env, uid = process.getuid?.() }: DockerCredentialOptions): AuthFile[] {
  const named = file ?? (env.REGISTRY_AUTH_FILE || undefined);
  if (named !== undefined) return [{ path: named, named: true }];
  const home = env.HOME ?? homedir();
  const podman = [
    env.XDG_RUNTIME_DIR ? join(env.XDG_RUNTIME_DIR, 'containers/auth.json') : undefined,
    uid === undefined ? undefined : `/run/containers/${uid}/auth.json`,
    join(env.XDG_CONFIG_HOME || join(home, '.config'), 'containers/auth.json'),
  ]
    .filter((path) => path !== undefined)
    .map((path) => ({ path }));
  const docker = [
    ...(env.DOCKER_CONFIG ? [{ path: join(env.DOCKER_CONFIG, 'config.json') }] : []),
    { path: join(home, '.docker/config.json') },
    { path: join(home, '.dockercfg'), old: true },
  ];
  return env.REGISTRY_AUTH_PREFERENCE?.toLowerCase() === 'docker' ? [...docker, ...podman] : [...podman, ...docker];
}

/** Docker Hub's own name in auth files. */
const DOCKER_HUB = 'index.docker.io';

/** `https://host/v1/`, as old logins wrote it, is `host`. */
function hostOf(key: string): string {
  const host = key.replace(/^https?:\/\//, '').split('/', 1)[0] ?? '';
  return host === 'docker.io' ? DOCKER_HUB : host;
}

/** The key that fits best: `host/a/b`, `host/a`, `host`, then a URL of the host. */
function bestKey(keys: Iterable<string>, registry: string, repository: string): string | undefined {
  const known = [...keys];
  const parts = [registry, ...repository.split('/')];
  for (let length = parts.length; length > 0; length--) {
    const wanted = parts.slice(0, length).join('/');
    if (known.includes(wanted)) return wanted;
  }
  return known.find((key) => (/^https?:/.test(key) || !key.includes('/')) && hostOf(key) === hostOf(registry));
}

function decode(entry: Entry, file: string, key: string): Credentials | undefined {
  const invalid = (message: string): SlipwayError =>
    new SlipwayError(AUTH_INVALID, message, { place: { file, field: `auths.${key}` } });
  const { auth, username, password, identitytoken } = entry;
  if (username !== undefined && password !== undefined) return { username, password };
  if (identitytoken) throw invalid('identity tokens are not supported; log in with user name and password.');
  // What `docker login` with a credential helper leaves: no credentials here.
  if (auth === undefined || auth === '') return undefined;
  const text = Buffer.from(auth, 'base64').toString('utf8');
  const colon = text.indexOf(':');
  if (colon === -1) throw invalid('the credentials are not "user:password" in base64.');
  return { username: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * Credentials from the auth files of podman, skopeo and docker. Of all files the most specific entry is taken, of equal
 * ones that of the first file. Throws `OCI_CREDENTIALS_INVALID` naming the file: at once for one that was named by
 * `file`, also where no registry would ask for credentials.
 */
export function dockerCredentials(options: DockerCredentialOptions = {}): CredentialSource {
  if (options.file !== undefined) checkAuthFile(options.file);
  return async (registry, repository) => {
    const entries = new Map<string, { readonly entry: Entry; readonly file: string }>();
    for (const file of authFiles(options))
      for (const [key, entry] of Object.entries(await readAuths(file)))
        if (!entries.has(key)) entries.set(key, { entry, file: file.path });
    const key = bestKey(entries.keys(), registry, repository);
    const found = key === undefined ? undefined : entries.get(key);
    return key === undefined || found === undefined ? undefined : decode(found.entry, found.file, key);
  };
}

function checkAuthFile(path: string): void {
  let text: string;
  try {
    text = readFileBoundedSync(path).toString('utf8');
  } catch (error) {
    throw unreadable(error, path);
  }
  authsOf(text, { path });
}

async function readAuths(file: AuthFile): Promise<Readonly<Record<string, Entry>>> {
  const { path, named = false } = file;
  let text: string;
  try {
    text = (await readFileBounded(path)).toString('utf8');
  } catch (error) {
    if (isAbsent(error) && !named) return {};
    throw unreadable(error, path);
  }
  return authsOf(text, file);
}

function isAbsent(error: unknown): boolean {
  return systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR';
}

function unreadable(error: unknown, path: string): SlipwayError {
  if (error instanceof SlipwayError)
    return new SlipwayError(AUTH_INVALID, error.message, { place: { file: path }, cause: error });
  const message = isAbsent(error) ? 'the auth file does not exist.' : 'the auth file can not be read.';
  return new SlipwayError(AUTH_INVALID, message, { place: { file: path }, cause: error });
}

function authsOf(text: string, { path, old = false }: AuthFile): Readonly<Record<string, Entry>> {
  const place = { file: path };
  let value: unknown;
  try {
    value = readJson(text);
  } catch (error) {
    throw new SlipwayError(AUTH_INVALID, 'the auth file is not JSON.', { place, cause: error });
  }
  return old ? parseOldAuthFile(value, place) : (parseAuthFile(value, place).auths ?? {});
}
