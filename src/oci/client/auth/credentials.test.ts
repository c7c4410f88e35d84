import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';
import { failsWith } from '../../testing/fakes.ts';
import { scratch } from '../../testing/images.ts';
import { dockerCredentials } from './credentials.ts';

const auth = (user: string) => ({ auth: Buffer.from(`${user}:p:w`).toString('base64') });
const NOBODY = 12_345_678;

async function write(path: string, value: unknown): Promise<string> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, typeof value === 'string' ? value : JSON.stringify(value));
  return path;
}

describe('dockerCredentials', () => {
  it('finds the entry that fits best', async (t) => {
    const file = await write(join(await scratch(t), 'config.json'), {
      auths: {
        'quay.io': auth('host'),
        'quay.io/okd': auth('okd'),
        'https://reg.example/v1/': auth('old'),
        'https://index.docker.io/v1/': auth('hub'),
        'helper.example': {},
      },
      credsStore: 'desktop',
    });
    const source = dockerCredentials({ file });
    assert.deepEqual(await source('quay.io', 'okd/scos'), { username: 'okd', password: 'p:w' });
    assert.equal((await source('quay.io', 'other'))?.username, 'host');
    assert.equal((await source('reg.example', 'x'))?.username, 'old');
    assert.equal((await source('docker.io', 'library/x'))?.username, 'hub');
    assert.equal(await source('elsewhere.example', 'x'), undefined);
    assert.equal(await source('helper.example', 'x'), undefined);
  });

  it('looks at the files in the order of oc', async (t) => {
    const home = await scratch(t);
    const env = {
      HOME: home,
      XDG_RUNTIME_DIR: join(home, 'run'),
      XDG_CONFIG_HOME: join(home, 'xdg'),
      DOCKER_CONFIG: join(home, 'dc'),
    };
    const files = [
      join(home, 'run/containers/auth.json'),
      join(home, 'xdg/containers/auth.json'),
      join(home, 'dc/config.json'),
      join(home, '.docker/config.json'),
      join(home, '.dockercfg'),
    ];
    for (const [index, path] of files.entries()) {
      const entries = Object.fromEntries(
        files.slice(0, index + 1).map((_, host) => [`h${host}.example`, auth(`from ${index}`)]),
      );
      await write(path, path.endsWith('.dockercfg') ? entries : { auths: entries });
    }
    const user = async (host: string, more = {}) =>
      (await dockerCredentials({ env: { ...env, ...more }, uid: NOBODY })(host, 'a'))?.username;
    for (const index of files.keys()) assert.equal(await user(`h${index}.example`), `from ${index}`);
    assert.equal(await user('h0.example', { REGISTRY_AUTH_PREFERENCE: 'docker' }), 'from 2');
    // A file that was named is the only one, and must be there.
    const named = await write(join(home, 'named.json'), { auths: { 'h9.example': auth('named') } });
    assert.equal(await user('h9.example', { REGISTRY_AUTH_FILE: named }), 'named');
    assert.equal(await user('h0.example', { REGISTRY_AUTH_FILE: named }), undefined);
    await assert.rejects(
      user('h0.example', { REGISTRY_AUTH_FILE: join(home, 'gone') }),
      failsWith('OCI_CREDENTIALS_INVALID', /gone/),
    );
  });

  it('looks at a file that was named at once, whether anybody asks for credentials or not', async (t) => {
    const folder = await scratch(t);
    const file = join(folder, 'auth.json');
    assert.throws(
      () => dockerCredentials({ file }),
      failsWith('OCI_CREDENTIALS_INVALID', /auth\.json.*does not exist/),
    );
    await write(file, '{');
    assert.throws(() => dockerCredentials({ file }), failsWith('OCI_CREDENTIALS_INVALID', /auth\.json.*not JSON/));
  });

  it('names the file that it can not use', async (t) => {
    const folder = await scratch(t);
    const refused = async (value: unknown, pattern: RegExp) => {
      const file = await write(join(folder, 'auth.json'), value);
      const asked = async () => await dockerCredentials({ file })('quay.io', 'a');
      await assert.rejects(asked, failsWith('OCI_CREDENTIALS_INVALID', pattern));
    };
    await refused('{', /auth\.json.*not JSON/);
    await refused({ auths: { 'quay.io': { auth: 5 } } }, /auth\.json/);
    await refused({ auths: { 'quay.io': { auth: Buffer.from('nocolon').toString('base64') } } }, /quay\.io/);
    await refused({ auths: { 'quay.io': { identitytoken: 't' } } }, /identity tokens/);
  });
});
