import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { promisify } from 'node:util';
import { createCleartextMessage, createMessage, type PrivateKey, sign } from 'openpgp';
import { judgeConsumers, type Verdict } from './consumers.ts';
import { readLookaside, readStores } from './stores/read-stores.ts';
import { storePath } from './stores/stores.ts';
import {
  DIGEST,
  foreignKey,
  foreignSignature,
  KEY_TIME,
  NO_VECTORS,
  payloadVectors,
  REFERENCE,
  SIGN_TIME,
  signedContent,
} from './testing.ts';
import { parseVerificationConfigMap } from './trust/verification-config.ts';

const run = promisify(execFile);
const vectors = payloadVectors();

const rsa = await foreignKey();
const other = await foreignKey();

/** What a line of the matrix means: a store, the rings that verify it, and what is pulled. */
interface Case {
  /** `signature-N` ► content. */
  readonly files: Readonly<Record<number, Uint8Array>>;
  readonly rings?: readonly PrivateKey[];
  readonly reference?: string;
  readonly at?: Date;
}

const ours = (content = signedContent(), key = rsa): Promise<Uint8Array> => foreignSignature(content, key);
const binary = (content: string): Promise<Awaited<ReturnType<typeof createMessage>>> =>
  createMessage({ binary: new TextEncoder().encode(content), date: SIGN_TIME });
const bytes = (text: unknown): Uint8Array => Buffer.from(String(text));

/** A key of gpg's, and gpg's own compressed `-s`. */
async function gpgSigned(t: TestContext): Promise<Uint8Array> {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-results-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'key.asc'), rsa.armor());
  await writeFile(join(folder, 'content'), signedContent());
  const gpg = async (...args: string[]): Promise<void> => {
    await run('gpg', ['--homedir', folder, '--batch', '--yes', '--trust-model', 'always', ...args]);
  };
  await gpg('--import', join(folder, 'key.asc'));
  await gpg('--compress-algo', 'zip', '--output', join(folder, 'signed'), '-s', join(folder, 'content'));
  await run('gpgconf', ['--homedir', folder, '--kill', 'gpg-agent']);
  return await readFile(join(folder, 'signed'));
}

/** Lines of RESULTS.txt by their beginning ► the cases that they stand for. */
const LINES: readonly (readonly [line: string, make: (t: TestContext) => Promise<readonly Case[]>])[] = [
  ['openpgp.js v6 default', async () => [{ files: { 1: await ours() } }]],
  ['gpg -s (compressed packet)', async (t) => [{ files: { 1: await gpgSigned(t) } }]],
  // Its format is that of openpgp.js; one made by the program itself is judged in vectors.test.ts.
  ['skopeo standalone-sign', async () => [{ files: { 1: await ours() } }]],
  ['first signature by another key', async () => [{ files: { 1: await ours(undefined, other), 2: await ours() } }]],
  [
    'signature-9 is the only ours',
    async () => {
      const foreign = await ours(undefined, other);
      const eight = Object.fromEntries(Array.from({ length: 8 }, (_, index) => [index + 1, foreign]));
      return [{ files: { ...eight, 9: await ours() } }];
    },
  ],
  [
    'signature-10 is the only ours',
    async () => {
      const foreign = await ours(undefined, other);
      const nine = Object.fromEntries(Array.from({ length: 9 }, (_, index) => [index + 1, foreign]));
      return [{ files: { ...nine, 10: await ours() } }];
    },
  ],
  ['only signature-2 present', async () => [{ files: { 2: await ours() } }]],
  [
    'extra top-level JSON field',
    async () => [
      { files: { 1: await ours(signedContent({ top: { extra: 1 } })) } },
      { files: { 1: await ours(signedContent({ optional: { extra: 1 } })) } },
      { files: { 1: await ours(signedContent({ optional: { timestamp: '1790000000' } })) } },
    ],
  ],
  [
    'ASCII-armored',
    async () => [
      {
        files: {
          1: bytes(
            await sign({
              message: await binary(signedContent()),
              signingKeys: rsa,
              date: SIGN_TIME,
              format: 'armored',
            }),
          ),
        },
      },
    ],
  ],
  [
    'detached',
    async () => [
      {
        files: {
          1: await sign({
            message: await binary(signedContent()),
            signingKeys: rsa,
            date: SIGN_TIME,
            detached: true,
            format: 'binary',
          }),
        },
      },
    ],
  ],
  [
    'clear-signed',
    async () => [
      {
        files: {
          1: bytes(
            await sign({
              message: await createCleartextMessage({ text: signedContent() }),
              signingKeys: rsa,
              date: SIGN_TIME,
            }),
          ),
        },
      },
    ],
  ],
  [
    'wrong digest / other key / empty docker-reference',
    async () => [
      { files: { 1: await ours(signedContent({ digest: `sha256:${'0'.repeat(64)}` })) } },
      { files: { 1: await ours(undefined, other) } },
      { files: { 1: await ours(signedContent({ reference: '' })) } },
    ],
  ],
  [
    'key: ECDSA NIST P-256',
    async () => {
      const key = await foreignKey({ type: 'ecc', curve: 'nistP256' });
      return [{ files: { 1: await ours(undefined, key) }, rings: [key] }];
    },
  ],
  [
    'key: Ed25519',
    async () => {
      const key = await foreignKey({ type: 'ecc', curve: 'ed25519Legacy' });
      return [{ files: { 1: await ours(undefined, key) }, rings: [key] }];
    },
  ],
  [
    'key expired 2 years ago',
    async () => {
      const key = await foreignKey({ keyExpirationTime: 86_400 });
      return [
        {
          files: { 1: await ours(undefined, key) },
          rings: [key],
          at: new Date(KEY_TIME.getTime() + 2 * 366 * 86_400_000),
        },
      ];
    },
  ],
  [
    'two verifier-public-key-* entries',
    async () => [
      { files: { 1: await ours() }, rings: [rsa, other] },
      { files: { 1: await ours(), 2: await ours(undefined, other) }, rings: [rsa, other] },
    ],
  ],
  [
    'docker-reference repo:tag',
    async () => [
      { files: { 1: await ours() }, reference: REFERENCE },
      { files: { 1: await ours() }, reference: `${REFERENCE.replace(/:[^:/]*$/, '')}@${DIGEST}` },
    ],
  ],
  [
    'docker-reference repo@digest',
    async () => {
      const reference = `${REFERENCE.replace(/:[^:/]*$/, '')}@${DIGEST}`;
      const signature = await ours(signedContent({ reference }));
      return [
        { files: { 1: signature }, reference: REFERENCE },
        { files: { 1: signature }, reference },
      ];
    },
  ],
  [
    'docker-reference other repo',
    async () => {
      const signature = await ours(signedContent({ reference: 'quay.io/okd/other:4.21.0-okd-scos.0' }));
      return [{ files: { 1: signature } }];
    },
  ],
  ['extra optional field OK', async () => [{ files: { 1: await ours(signedContent({ optional: { extra: 1 } })) } }]],
];

/** Puts the signatures into a store, and asks every consumer. */
async function judge(t: TestContext, { files, rings = [rsa], reference = REFERENCE, at }: Case) {
  const store = await mkdtemp(join(tmpdir(), 'slipway-results-'));
  t.after(() => rm(store, { recursive: true, force: true }));
  const lookaside = `${REFERENCE.replace(/^[^/]*\//, '').replace(/:[^:/]*$/, '')}@${storePath(DIGEST)}`;
  for (const folder of [storePath(DIGEST), lookaside]) {
    await mkdir(join(store, folder), { recursive: true });
    for (const [number, content] of Object.entries(files))
      await writeFile(join(store, folder, `signature-${number}`), content);
  }
  const data = rings.map((key, index) => [`verifier-public-key-${index}`, key.toPublic().armor()]);
  const metadata = { annotations: { 'release.openshift.io/verification-config-map': '' } };
  const manifest = { kind: 'ConfigMap', metadata, data: { 'store-a': `file://${store}`, ...Object.fromEntries(data) } };
  let config: { config?: ReturnType<typeof parseVerificationConfigMap>; configProblem?: string };
  try {
    config = { config: parseVerificationConfigMap(JSON.stringify(manifest)) };
  } catch (error) {
    config = { configProblem: String(error) };
  }
  const verdicts = await judgeConsumers({
    digest: DIGEST,
    reference,
    at: at ?? SIGN_TIME,
    stored: await readStores([store], DIGEST),
    lookaside: await readLookaside([store], reference, DIGEST),
    sigstore: [],
    imagePolicies: [],
    sigstoreKeys: [],
    keyring: Buffer.concat(rings.map((key) => key.toPublic().write())),
    ...config,
  });
  return (consumer: Verdict['consumer']): Verdict => {
    const verdict = verdicts.find((one) => one.consumer === consumer);
    assert.ok(verdict);
    return verdict;
  };
}

/** Lines whose cases differ, in the order of the cases; `+` accepted, `-` refused. */
const CVO: Readonly<Record<string, string>> = { 'two verifier-public-key-* entries': '-+' };
const CONTAINERS: Readonly<Record<string, string>> = {
  'docker-reference repo:tag': '++',
  'docker-reference repo@digest': '-+',
  'docker-reference other repo': '-',
  'extra optional field OK': '+',
  'key expired 2 years ago': '-',
};

describe('the acceptance matrix of real clients, RESULTS.txt', {
  skip: vectors === undefined ? NO_VECTORS : false,
}, () => {
  const lines = async (): Promise<readonly string[]> =>
    (await readFile(join(vectors ?? '', 'golden', 'signing', 'RESULTS.txt'), 'utf8'))
      .split('\n')
      .map((line) => line.trim())
      .filter((line) => line !== '');

  it('every line of it has a case', async () => {
    for (const line of await lines()) {
      const heading = /^(?:Acceptance by|skopeo [\d.]+ policy|CVO layout only)/.test(line);
      assert.ok(heading || LINES.some(([start]) => line.startsWith(start)), line);
    }
  });

  for (const [start, make] of LINES)
    it(start, async (t) => {
      const line = (await lines()).find((candidate) => candidate.startsWith(start));
      assert.ok(line, 'the line is in RESULTS.txt');
      const cases = await make(t);
      for (const [index, one] of cases.entries()) {
        const verdict = await judge(t, one);
        if (start in CONTAINERS) {
          const { accepted, reasons } = verdict('containers');
          assert.equal(accepted, CONTAINERS[start]?.[index] === '+', reasons.join());
        }
        if (start.startsWith('docker-reference') || start.startsWith('extra optional')) continue;
        const wanted: boolean = CVO[start] === undefined ? line.includes('VERIFIED') : CVO[start]?.[index] === '+';
        const { accepted, reasons } = verdict('cvo');
        assert.equal(accepted, wanted, `${line}\n${reasons.join()}`);
        assert.equal(accepted, reasons.length === 0);
      }
    });

  it('CVO layout only: the lookaside is another place', async (t) => {
    const store = await mkdtemp(join(tmpdir(), 'slipway-results-'));
    t.after(() => rm(store, { recursive: true, force: true }));
    await mkdir(join(store, storePath(DIGEST)));
    await writeFile(join(store, storePath(DIGEST), 'signature-1'), await ours());
    assert.equal((await readStores([store], DIGEST)).signatures.length, 1);
    assert.equal((await readLookaside([store], REFERENCE, DIGEST)).signatures.length, 0);
  });

  it('oc-mirror looks at the first signature only, and is lenient with its content', async (t) => {
    const second = await judge(t, { files: { 1: await ours(undefined, other), 2: await ours() } });
    assert.deepEqual([second('cvo').accepted, second('ocMirror').accepted], [true, false]);
    const extra = await judge(t, { files: { 1: await ours(signedContent({ top: { extra: 1 } })) } });
    assert.deepEqual([extra('cvo').accepted, extra('ocMirror').accepted], [false, true]);
  });
});
