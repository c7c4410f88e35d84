import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getCommands, repositoryOf, verifyCommands } from './commands.ts';
import type { StatusView } from './types.ts';

const status: StatusView = {
  version: '0.1.0',
  publicUrl: 'http://localhost:8080',
  registry: 'localhost:8080',
  running: null,
  keyFingerprint: null,
};
const digest = `sha256:${'ab'.repeat(32)}`;
const local = {
  name: '4.21.0-okd-scos.0',
  pullSpec: `localhost:8080/okd/scos-release@${digest}`,
  channels: ['stable-scos-4.21'],
};

test('the repository of a pull spec, by digest or by tag, with a port in its registry', () => {
  assert.equal(repositoryOf(local.pullSpec), 'localhost:8080/okd/scos-release');
  assert.equal(repositoryOf('localhost:8080/okd/scos-release:4.21.0-okd-scos.0'), 'localhost:8080/okd/scos-release');
  assert.equal(repositoryOf('quay.io/okd/scos-release'), 'quay.io/okd/scos-release');
});

test('commands for a registry on this machine allow plain HTTP, for another they do not', () => {
  const texts = (registry: string) =>
    [...getCommands(local, { ...status, registry }), ...verifyCommands(local, { ...status, registry })]
      .map(({ text }) => text)
      .join('\n');
  assert.match(texts('localhost:8080'), /--insecure .*--tls-verify=false .*--src-tls-verify=false /s);
  for (const registry of ['quay.io/okd', 'localhost.example.org'])
    assert.doesNotMatch(texts(registry), /insecure|verify=false/);
});

test('the policy insists on a signature for exactly this repository, and refuses all else', () => {
  const policy = verifyCommands(local, status).find(({ file }) => file === 'policy.json');
  assert.deepEqual(JSON.parse(policy?.text ?? ''), {
    default: [{ type: 'reject' }],
    transports: {
      docker: { 'localhost:8080/okd/scos-release': [{ type: 'signedBy', keyType: 'GPGKeys', keyPath: 'slipway.pub' }] },
    },
  });
});

test('a release in a channel is followed through the graph, one in none is named', () => {
  assert.match(
    getCommands(local, status).at(-1)?.text ?? '',
    /"upstream":"http:\/\/localhost:8080\/graph","channel":"stable-scos-4.21"/,
  );
  assert.match(getCommands({ ...local, channels: [] }, status).at(-1)?.text ?? '', /--to-image=/);
});

test('what is not published has no commands', () => {
  assert.deepEqual(getCommands({ ...local, pullSpec: null }, status), []);
  assert.deepEqual(verifyCommands({ ...local, pullSpec: null }, status), []);
});
