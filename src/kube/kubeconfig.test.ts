import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { SlipwayError } from '../util/index.ts';
import { readKubeconfig } from './kubeconfig.ts';

type Fields = Readonly<Record<string, string>>;

const data = (text: string): string => Buffer.from(text).toString('base64');

async function kubeconfig(t: TestContext, { cluster = {}, user }: { cluster?: Fields; user: Fields }) {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-kube-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'config');
  const config = {
    'current-context': 'x',
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1', ...cluster } }],
    users: [{ name: 'u', user }],
  };
  await writeFile(file, JSON.stringify(config));
  return { file, folder };
}

describe('a kubeconfig is refused, by file and field,', () => {
  for (const [what, content, field, message] of [
    [
      'whose client certificate is not there',
      { user: { 'client-certificate': 'gone.crt', 'client-key-data': data('k') } },
      'users: u.client-certificate',
      /\/gone\.crt could not be read: ENOENT/,
    ],
    [
      'whose client key is not there',
      { user: { 'client-certificate-data': data('c'), 'client-key': 'gone.key' } },
      'users: u.client-key',
      /\/gone\.key could not be read: ENOENT/,
    ],
    [
      'whose authority is not there',
      { cluster: { 'certificate-authority': 'gone.ca' }, user: { token: 'x' } },
      'clusters: c.certificate-authority',
      /\/gone\.ca could not be read: ENOENT/,
    ],
    [
      'whose token is not there',
      { user: { tokenFile: 'gone.token' } },
      'users: u.tokenFile',
      /\/gone\.token could not be read: ENOENT/,
    ],
    [
      'that has a proxy',
      { cluster: { 'proxy-url': 'socks5://127.0.0.1:9' }, user: { token: 'x' } },
      'clusters: c.proxy-url',
      /a proxy to the API server is not supported/,
    ],
    ['that acts as another user', { user: { token: 'x', as: 'admin' } }, 'users: u.as', /acting as another user/],
    [
      'that has a certificate without a key',
      { user: { 'client-certificate-data': data('c') } },
      'users: u.client-key',
      /the client certificate has no key/,
    ],
    [
      'whose fields for credentials are empty',
      { user: { token: '', 'client-certificate-data': '', 'client-certificate': '' } },
      'users: u',
      /neither a token nor a client certificate/,
    ],
  ] as const)
    it(what, async (t) => {
      const { file } = await kubeconfig(t, content);
      await assert.rejects(readKubeconfig(file), (error) => {
        assert.ok(error instanceof SlipwayError, String(error));
        assert.equal(error.code, 'KUBE_CONFIG_INVALID');
        assert.deepEqual(error.place, { file, field });
        assert.match(error.message, message);
        return true;
      });
    });

  it('whose token file is empty', async (t) => {
    const { file, folder } = await kubeconfig(t, { user: { tokenFile: 'token' } });
    await writeFile(join(folder, 'token'), '\n');
    await assert.rejects(readKubeconfig(file), /the file token is empty/);
  });
});

describe('a kubeconfig is read', () => {
  it('with files beside it, and what stands in it goes before them', async (t) => {
    const { file, folder } = await kubeconfig(t, {
      cluster: { 'certificate-authority': 'ca.crt', 'proxy-url': '' },
      user: {
        tokenFile: 'token',
        'client-certificate': 'gone.crt',
        'client-certificate-data': data('cert'),
        'client-key': 'key.pem',
        as: '',
      },
    });
    for (const [name, text] of [
      ['ca.crt', 'ca'],
      ['token', 'secret\n'],
      ['key.pem', 'key'],
    ] as const)
      await writeFile(join(folder, name), text);
    assert.deepEqual(await readKubeconfig(file), {
      namespace: 'default',
      server: 'https://127.0.0.1:1',
      insecure: false,
      ca: Buffer.from('ca'),
      cert: Buffer.from('cert'),
      key: Buffer.from('key'),
      token: 'secret',
    });
  });
});
