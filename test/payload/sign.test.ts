// `payload sign` and `payload verify`, and what skopeo and podman make of the signatures.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { readPrivateKey, revokeKey } from 'openpgp';
import { MEDIA } from '../../src/oci/index.ts';
import { loadPayload } from '../../src/payload/index.ts';
import { file, OPERATOR } from '../../src/payload/testing/images.ts';
import { generateKey, updateKeysManifest } from '../../src/sign/index.ts';
import { aside, lacks, lacksShared, type Outcome, ROOT, slipwayAside } from '../support/clone.ts';
import { IMAGES, pushImages, servedRegistry } from '../support/registry.ts';

/** As OC names another oc. */
const SKOPEO = process.env.SKOPEO ?? 'skopeo';
const VERSION = '4.21.0-okd-scos.7';
const make = () => generateKey({ name: 'OKD', email: 'okd@example.com', at: new Date('2026-01-01'), bits: 2048 });
const [key, other] = [await make(), await make()];
const pair = generateKeyPairSync('ec', { namedCurve: 'P-256' });

describe('payload sign and payload verify', () => {
  const cleanups: (() => Promise<void>)[] = [];
  let registry: Awaited<ReturnType<typeof servedRegistry>>;
  let reference: string;
  let digest: string;
  let specs: Record<string, string>;
  /** What happens when somebody has asked for the release by its tag. */
  let onceAsked: (() => Promise<void>) | undefined;
  /** What happens when somebody has put an attachment. */
  let oncePut: (() => Promise<void>) | undefined;
  /** What the registry answers in place of cosign's attachments. */
  let attachment: string | undefined;
  const path = (name: string): string => join(registry.folder, name);
  const payload = (...args: string[]): Promise<Outcome> => slipwayAside(['payload', ...args]);

  before(async () => {
    registry = await servedRegistry({ after: (work) => void cleanups.push(work) }, (app) => {
      app.addHook('onSend', async ({ method, url }) => {
        if (method === 'GET' && url.endsWith(`/okd/release/manifests/${VERSION}`)) await onceAsked?.();
      });
      app.addHook('onResponse', async ({ method, url }) => {
        if (method === 'PUT' && url.endsWith('.sig')) await oncePut?.();
      });
      app.addHook('onRequest', async ({ method, url }, reply) => {
        if (method === 'GET' && url.endsWith('.sig') && attachment !== undefined)
          return reply.header('content-type', MEDIA.ociManifest).send(attachment);
      });
    });
    const keys = updateKeysManifest({
      name: 'test',
      publicKeys: [key.publicKey, other.publicKey],
      store: `file://${path('public/signatures')}`,
    });
    const trust = { labels: OPERATOR, layers: [[file('manifests/0000_90_keys.yaml', keys)]] };
    const pushed = await pushImages(registry, { ...IMAGES, 'cluster-update-keys': trust });
    specs = pushed.specs;
    const contents = {
      stream: pushed.stream,
      'keys.yaml': keys,
      'key.asc': key.armored,
      'other.asc': other.armored,
      'other.pub.asc': other.publicKey,
      'key.pub.asc': key.publicKey,
      'cosign.key': pair.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
      'cosign.pub': pair.publicKey.export({ format: 'pem', type: 'spki' }).toString(),
      'wrong.pub': generateKeyPairSync('ec', { namedCurve: 'P-256' })
        .publicKey.export({ format: 'pem', type: 'spki' })
        .toString(),
    };
    for (const [name, content] of Object.entries(contents)) await writeFile(path(name), content);
    reference = `${registry.host}/okd/release:${VERSION}`;
    const args = ['-f', path('stream'), '--reference-mode', 'source', '--name', VERSION, '--to-image', reference];
    const made = await payload('new', ...args);
    assert.equal(made.code, 0, made.stderr);
    digest = made.stdout.split(' ')[0] ?? '';
  });
  after(async () => {
    for (const cleanup of cleanups.toReversed()) await cleanup();
  });

  const sign = (...args: string[]) => payload('sign', reference, ...args);
  const verify = (...args: string[]) => payload('verify', reference, ...args);

  it('an unsigned release is refused by all that are asked', async () => {
    const unsigned = await verify('--cosign-key', path('cosign.pub'));
    assert.equal(unsigned.code, 1);
    assert.match(unsigned.stdout, /Cluster Version Operator, oc +refuses it: unable to verify sha256:/);
    assert.match(unsigned.stdout, /ClusterImagePolicy, sigstoreSigned +refuses it: there is no signature/);
  });

  it('signed by both kinds of keys it is accepted by everybody; twice signed is the same', async () => {
    const flags = ['--key', path('key.asc'), '--to', path('public'), '--cosign-key', path('cosign.key')];
    const signed = await sign(...flags, '--previous', path('keys.yaml'));
    assert.equal(signed.code, 0, signed.stderr);
    assert.match(signed.stderr, /warning: The key has 2048 bits; 4096/);
    const all = await verify('--lookaside', path('public/lookaside'), '--cosign-key', path('cosign.pub'));
    assert.equal(all.code, 0, all.stdout + all.stderr);
    assert.equal(all.stdout.match(/accepts it/g)?.length, 4, all.stdout);
    const tag = `${digest.replace(':', '-')}.sig`;
    const before = (await registry.store.repository('okd/release').manifest(tag)).digest;
    assert.equal((await sign(...flags)).code, 0);
    assert.equal((await registry.store.repository('okd/release').manifest(tag)).digest, before);
    const folder = path(`public/signatures/${digest.replace(':', '=')}`);
    assert.deepEqual(await readdir(folder), ['signature-1']);
    assert.equal((await sign('--key', path('other.asc'), '--to', path('public'))).code, 0);
    assert.deepEqual((await readdir(folder)).sort(), ['signature-1', 'signature-2']);
  });

  it('says of each consumer why it refuses', async () => {
    const byOther = await verify('--key', path('other.pub.asc'), '--store', path('public/signatures'));
    assert.equal(byOther.code, 1);
    assert.match(byOther.stdout, /Cluster Version Operator, oc +accepts it/);
    assert.match(
      byOther.stdout,
      /oc-mirror +refuses it: signature-1: the signature was made by the key .* not in the keyring/,
    );
    const wrong = await verify('--cosign-key', path('wrong.pub'));
    assert.match(wrong.stdout, /sigstoreSigned +refuses it: .*not made by any of the keys/);
    const policy = path('policy.yaml');
    const keyData = Buffer.from(pair.publicKey.export({ format: 'pem', type: 'spki' })).toString('base64');
    await writeFile(
      policy,
      `apiVersion: config.openshift.io/v1\nkind: ClusterImagePolicy\nmetadata: {name: okd}\nspec:\n  scopes: [${registry.host}/okd]\n  policy: {rootOfTrust: {policyType: PublicKey, publicKey: {keyData: ${keyData}}}}\n`,
    );
    const byPolicy = await verify('--image-policy', policy);
    assert.match(byPolicy.stdout, /ClusterImagePolicy, sigstoreSigned +accepts it/);
    const json = JSON.parse((await verify('--format', 'json')).stdout);
    assert.deepEqual(
      json.verdicts.map(({ consumer, asked }: { consumer: string; asked: boolean }) => [consumer, asked]),
      [
        ['cvo', true],
        ['containers', true],
        ['ocMirror', true],
        ['sigstore', false],
      ],
    );
  });

  it('all image policies of a scope are asked; what can not be judged is no verdict', async () => {
    const manifest = (name: string, rootOfTrust: object) =>
      JSON.stringify({
        kind: 'ClusterImagePolicy',
        metadata: { name },
        spec: { scopes: [`${registry.host}/okd`], policy: { rootOfTrust } },
      });
    const byKey = async (name: string) => ({
      policyType: 'PublicKey',
      publicKey: { keyData: Buffer.from(await readFile(path(name))).toString('base64') },
    });
    await writeFile(path('ours.json'), manifest('ours', await byKey('cosign.pub')));
    await writeFile(path('theirs.json'), manifest('theirs', await byKey('wrong.pub')));
    await writeFile(path('fulcio.json'), manifest('fulcio', { policyType: 'FulcioCAWithRekor' }));
    const flags = (...names: string[]) => names.flatMap((name) => ['--image-policy', path(name)]);
    const both = await verify(...flags('ours.json', 'theirs.json'));
    assert.equal(both.code, 1);
    assert.match(both.stdout, /sigstoreSigned +refuses it: ClusterImagePolicy theirs: /);
    for (const names of [['fulcio.json'], ['ours.json', 'fulcio.json']]) {
      const unknown = await verify(...flags(...names));
      assert.equal(unknown.code, 2, unknown.stdout);
      assert.match(unknown.stdout, /sigstoreSigned +can not be judged: ClusterImagePolicy fulcio: .*Fulcio/);
    }
  });

  it('a store may be the folder that sign wrote; one that can not be read is no verdict', async () => {
    const folder = path('public');
    const byFolder = await verify('--key', path('key.pub.asc'), '--store', folder, '--lookaside', folder);
    assert.equal(byFolder.code, 0, byFolder.stdout);
    const away = await verify('--key', path('key.pub.asc'), '--store', 'http://127.0.0.1:9/store');
    assert.equal(away.code, 2, away.stdout);
    assert.match(away.stdout, /operator, oc +can not be judged: http:\/\/127\.0\.0\.1:9\/store\//i);
    assert.doesNotMatch(away.stdout, /there is no signature/);
    // Where another store has the signature, the one that is away changes nothing.
    const beside = await verify('--key', path('key.pub.asc'), '--store', 'http://127.0.0.1:9', '--store', folder);
    assert.equal(beside.code, 0, beside.stdout);
  });

  it('an attachment that can not be read is a matter of sigstore alone', async (t) => {
    t.after(() => {
      attachment = undefined;
    });
    const { ociManifest } = MEDIA;
    const missing = { mediaType: 'application/vnd.dev.cosign.simplesigning.v1+json', digest, size: 4 };
    const layers = [{ ...missing, annotations: { 'dev.cosignproject.cosign/signature': 'x' } }];
    for (const [answer, told] of [
      ['<html>Welcome</html>', /the manifest is not JSON.*OCI_MANIFEST_INVALID/],
      ['{"errors":[]}', /neither an image nor an index.*OCI_MANIFEST_INVALID/],
      [JSON.stringify({ mediaType: ociManifest, layers: 1 }), /layers.*SIGN_ATTACHMENT_INVALID/],
      [JSON.stringify({ mediaType: ociManifest, layers }), /\.sig: the content is not .*OCI_DIGEST_MISMATCH/],
    ] as const) {
      attachment = answer;
      const keys = ['--key', path('key.pub.asc'), '--store', path('public')];
      const asked = await verify(...keys, '--cosign-key', path('cosign.pub'));
      assert.equal(asked.code, 2, asked.stdout + asked.stderr);
      assert.equal(asked.stdout.match(/accepts it/g)?.length, 3, asked.stdout);
      const row = asked.stdout.split('\n').find((line) => line.includes('sigstoreSigned')) ?? '';
      assert.match(row, /can not be judged: .*\.sig/);
      assert.match(row, told);
      // Who asks for no such signature is told as well, and no more.
      const others = await verify(...keys);
      assert.equal(others.code, 0, others.stdout + others.stderr);
      assert.match(others.stderr, /^warning: .*\.sig/m);
      // What is there might be somebody's signatures: they are not written over.
      const signed = await sign('--cosign-key', path('cosign.key'));
      assert.equal(signed.code, 2, signed.stdout);
    }
  });

  it('an input that is not what it should be is named, and is no verdict', async () => {
    await writeFile(path('junk'), 'junk');
    await writeFile(path('junk.yaml'), 'kind: ConfigMap\n');
    for (const [flag, value, told] of [
      ['--store', path('nope'), 'nope'],
      ['--store', `file://${path('nope')}`, 'nope'],
      ['--store', path('junk'), 'not a file'],
      ['--store', 'ftp://x', '"ftp://x"'],
      ['--lookaside', path('nope'), 'nope'],
      ['--image-policy', path('junk'), 'junk'],
      ['--key', path('junk'), 'junk'],
      ['--cosign-key', path('junk'), 'junk'],
      ['--by', path('junk.yaml'), 'junk.yaml'],
    ] as const) {
      const outcome = await verify(flag, value);
      assert.equal(outcome.code, 2, `${flag} ${value}\n${outcome.stdout}`);
      assert.ok(outcome.stderr.includes(told), outcome.stderr);
      assert.equal(outcome.stdout, '');
    }
  });

  it('names the file that it can not sign with, or can not write to', async () => {
    const outcomes: readonly [args: readonly string[], told: RegExp][] = [
      [['--key', path('key.pub.asc'), '--to', path('x')], /key\.pub\.asc: .*SIGN_KEY_INVALID/],
      [['--key', path('key.asc'), '--to', path('key.pub.asc')], /key\.pub\.asc.*STORAGE_NOT_A_FOLDER/],
      [['--key', path('key.asc'), '--to', '/proc/slipway'], /\/proc\/slipway.*STORAGE_DENIED/],
      [['--key', path('key.asc'), '--to', path('x'), '--cosign-key', path('cosign.pub')], /cosign\.pub: .*SIGN_KEY/],
    ];
    for (const [args, told] of outcomes) {
      const { code, stderr } = await sign(...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, told);
    }
    await assert.rejects(readdir(path('x')), { code: 'ENOENT' });
  });

  it('signs and judges what it has read, also when the tag moves meanwhile', async (t) => {
    const release = registry.store.repository('okd/release');
    const { bytes, mediaType } = await release.manifest(VERSION);
    const moved = Buffer.concat([bytes, Buffer.from('\n')]);
    t.after(async () => {
      onceAsked = undefined;
      await release.putManifest(VERSION, mediaType, bytes);
    });
    onceAsked = async () => {
      onceAsked = undefined;
      await release.putManifest(VERSION, mediaType, moved);
    };
    const signed = await sign('--key', path('key.asc'), '--to', path('moved'));
    assert.equal(signed.code, 0, signed.stderr);
    assert.deepEqual(await readdir(path('moved/signatures')), [digest.replace(':', '=')]);
    await release.putManifest(VERSION, mediaType, bytes);
    onceAsked = async () => {
      onceAsked = undefined;
      await release.putManifest(VERSION, mediaType, moved);
    };
    const { stdout } = await verify('--store', path('moved'));
    assert.ok(stdout.includes(`is ${digest}`), stdout);
  });

  it('warns of a secret that others can open', async () => {
    const flags = ['--key', path('key.asc'), '--to', path('modes'), '--cosign-key', path('cosign.key')];
    await chmod(path('key.asc'), 0o600);
    await chmod(path('cosign.key'), 0o644);
    const { stderr } = await sign(...flags);
    assert.match(stderr, /warning: .*cosign\.key: users other than its owner can open this secret \(mode 0644\)/);
    assert.doesNotMatch(stderr, /key\.asc/);
  });

  it('refuses a key that clusters do not trust yet, and signs nothing', async () => {
    const before = updateKeysManifest({ name: 'test', publicKeys: [key.publicKey], store: 'https://okd.io/s' });
    await writeFile(path('before.yaml'), before);
    const flags = ['--key', path('other.asc'), '--to', path('refused'), '--previous', path('before.yaml')];
    const refused = await sign(...flags);
    assert.equal(refused.code, 1, refused.stdout);
    assert.match(refused.stderr, /do not trust the key .*SIGN_KEY_REFUSED/);
    await assert.rejects(readdir(path('refused')), { code: 'ENOENT' });
    for (const args of [[], ['--key', path('key.asc')], ['--to', path('x')]])
      assert.equal((await sign(...args)).code, 2, args.join(' '));
  });

  /** Update keys that trust this ring; their file. */
  async function trusting(name: string, publicKey: string): Promise<string> {
    const manifest = updateKeysManifest({ name: 'test', publicKeys: [publicKey], store: 'https://okd.io/s' });
    await writeFile(path(name), manifest);
    return path(name);
  }

  /** Signs by a key that clusters know by its fingerprint, and whose signature they refuse all the same. */
  async function refusedByRing(keyFile: string, ring: string, told: RegExp): Promise<void> {
    const refused = await sign('--key', path(keyFile), '--to', path('unwritten'), '--previous', ring);
    assert.equal(refused.code, 1, refused.stdout + refused.stderr);
    assert.match(refused.stderr, told);
    await assert.rejects(readdir(path('unwritten')), { code: 'ENOENT' });
  }

  it('refuses a key that is revoked in the ring of clusters, and writes nothing', async () => {
    const secret = await readPrivateKey({ armoredKey: key.armored });
    const { publicKey } = await revokeKey({ key: secret, date: new Date('2026-01-02'), format: 'armored' });
    const ring = await trusting('revoked.yaml', publicKey);
    await refusedByRing('key.asc', ring, /run the previous release refuse the signature: .*revoked.*SIGN_KEY_REFUSED/);
  });

  it('refuses a signing subkey that the ring of clusters lacks', { skip: lacks('gpg') }, async () => {
    const home = path('gnupg');
    await mkdir(home, { mode: 0o700 });
    const gpg = async (day: string, ...args: string[]): Promise<string> => {
      const time = `--faked-system-time=202601${day}T000000!`;
      const done = await aside('gpg', ['--homedir', home, '--batch', '--passphrase', '', time, ...args]);
      assert.equal(done.code, 0, done.stderr);
      return done.stdout;
    };
    await gpg('01', '--quick-gen-key', 'Certifier <c@example.com>', 'rsa2048', 'cert', 'never');
    const primary = /^fpr:+(\w+):/m.exec(await gpg('01', '--with-colons', '--list-keys'))?.[1] ?? '';
    await gpg('02', '--quick-add-key', primary, 'rsa2048', 'sign', 'never');
    const ring = await trusting('subkeys.yaml', await gpg('02', '--armor', '--export'));
    await gpg('03', '--quick-add-key', primary, 'rsa2048', 'sign', 'never');
    await writeFile(path('subkey.asc'), await gpg('03', '--armor', '--export-secret-keys'), { mode: 0o600 });
    await aside('gpgconf', ['--homedir', home, '--kill', 'gpg-agent']);
    await refusedByRing('subkey.asc', ring, /refuse the signature: .*not in the keyring.*SIGN_KEY_REFUSED/);
  });

  it('says that clusters without update keys take the release only by force', async () => {
    const nothing = await sign('--key', path('key.asc'), '--to', path('forced'), '--previous', await unkeyed());
    assert.equal(nothing.code, 0, nothing.stderr);
    assert.match(nothing.stderr, /warning: The previous release has no update keys: .* only by force/);
  });

  /** A release that carries no update keys. */
  async function unkeyed(): Promise<string> {
    const to = `${registry.host}/okd/unkeyed:4.20.0-okd-scos.1`;
    const { stream } = await pushImages(registry, IMAGES);
    await writeFile(path('unkeyed'), stream);
    const flags = ['--reference-mode', 'source', '--name', '4.20.0-okd-scos.1', '--to-image', to];
    const made = await payload('new', '-f', path('unkeyed'), ...flags);
    assert.equal(made.code, 0, made.stderr);
    return to;
  }

  describe('beside the signatures of others', () => {
    const folders = (to: string) => {
      const hex = digest.replace(':', '=');
      return {
        cvo: path(`${to}/signatures/${hex}`),
        lookaside: path(`${to}/lookaside/okd/release@${hex}`),
        configMap: path(`${to}/configmaps/signature-${digest.replace(':', '-').slice(0, 23)}.json`),
      };
    };
    const inConfigMap = async (file: string): Promise<readonly string[]> =>
      Object.values(JSON.parse(await readFile(file, 'utf8')).binaryData);
    const base64 = async (file: string): Promise<string> => (await readFile(file)).toString('base64');
    const signTo = async (to: string, by: string): Promise<void> => {
      const done = await sign('--key', path(by), '--to', path(to));
      assert.equal(done.code, 0, done.stderr);
    };

    it('none is written over or dropped, whichever layout has it', async () => {
      const { cvo, lookaside, configMap } = folders('shared');
      await mkdir(lookaside, { recursive: true });
      await writeFile(join(lookaside, 'signature-1'), 'of somebody else');
      await signTo('shared', 'key.asc');
      assert.equal(await readFile(join(lookaside, 'signature-1'), 'utf8'), 'of somebody else');
      assert.deepEqual((await readdir(lookaside)).sort(), ['signature-1', 'signature-2']);
      const ours = await base64(join(lookaside, 'signature-2'));
      const theirs = Buffer.from('of somebody else').toString('base64');
      assert.deepEqual([...(await inConfigMap(configMap))].sort(), [ours, theirs].sort());
      // A file that went lost in one layout is in the others: it is not dropped there, and comes back.
      for (const name of await readdir(cvo)) if ((await base64(join(cvo, name))) === theirs) await rm(join(cvo, name));
      await signTo('shared', 'other.asc');
      for (const folder of [cvo, lookaside]) {
        const names = (await readdir(folder)).sort();
        assert.deepEqual(names, ['signature-1', 'signature-2', 'signature-3']);
        const held = await Promise.all(names.map((name) => base64(join(folder, name))));
        assert.ok(held.includes(ours) && held.includes(theirs), folder);
      }
      assert.equal((await inConfigMap(configMap)).length, 3);
    });

    it('two that sign at once both get a number', async () => {
      await Promise.all(['key.asc', 'other.asc'].map((by) => signTo('raced', by)));
      const { cvo, lookaside, configMap } = folders('raced');
      for (const folder of [cvo, lookaside])
        assert.deepEqual((await readdir(folder)).sort(), ['signature-1', 'signature-2']);
      assert.equal((await inConfigMap(configMap)).length, 2);
    });

    it('of sigstore: several writers at once lose none', async () => {
      const names = ['racer-1', 'racer-2', 'racer-3'];
      for (const name of names) {
        const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
        await writeFile(path(`${name}.key`), privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
        await writeFile(path(`${name}.pub`), publicKey.export({ format: 'pem', type: 'spki' }));
      }
      const signed = await Promise.all(names.map((name) => sign('--cosign-key', path(`${name}.key`))));
      for (const { code, stderr } of signed) assert.equal(code, 0, stderr);
      for (const name of names) {
        const { stdout } = await verify('--cosign-key', path(`${name}.pub`));
        assert.match(stdout, /sigstoreSigned +accepts it/, name);
      }
    });

    it('of sigstore: one that another writer overwrites is put again, on top of theirs', async (t) => {
      const release = registry.store.repository('okd/release');
      const tag = `${digest.replace(':', '-')}.sig`;
      const before = await release.manifest(tag);
      const { privateKey } = generateKeyPairSync('ed25519');
      await writeFile(path('late.key'), privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
      t.after(() => {
        oncePut = undefined;
      });
      let overwritten = 0;
      const overwrite = async (): Promise<void> => {
        overwritten += 1;
        const theirs = JSON.parse(Buffer.from(before.bytes).toString());
        theirs.annotations = { writer: `other ${overwritten}` };
        await release.putManifest(tag, before.mediaType, Buffer.from(JSON.stringify(theirs)));
      };
      oncePut = async () => {
        if (overwritten < 2) await overwrite();
      };
      const done = await sign('--cosign-key', path('late.key'));
      assert.equal(done.code, 0, done.stderr);
      assert.equal(overwritten, 2);
      const { annotations, layers } = JSON.parse(Buffer.from((await release.manifest(tag)).bytes).toString());
      assert.deepEqual(annotations, { writer: 'other 2' });
      assert.equal(layers.length, JSON.parse(Buffer.from(before.bytes).toString()).layers.length + 1);
      // Who is never let through is told so.
      await release.putManifest(tag, before.mediaType, before.bytes);
      oncePut = overwrite;
      const lost = await sign('--cosign-key', path('late.key'));
      assert.equal(lost.code, 2, lost.stdout);
      assert.match(lost.stderr, /overwrote the signature 8 times; .*not signed by this key.*SIGN_ATTACHMENT_LOST/);
      await release.putManifest(tag, before.mediaType, before.bytes);
    });
  });

  it('a creator that is empty is named', async () => {
    const { code, stderr } = await sign('--key', path('key.asc'), '--to', path('nobody'), '--creator', '');
    assert.equal(code, 2);
    assert.match(stderr, /--creator is empty/);
  });

  /** Copies by skopeo under a policy; `signatures` are what registries.d says. */
  async function skopeo(requirement: object, signatures: string, image: string): Promise<Outcome> {
    const registries = path(`registries-${Math.abs(JSON.stringify([requirement, signatures]).length)}.d`);
    await mkdir(registries, { recursive: true });
    await writeFile(join(registries, 'test.yaml'), `docker:\n  ${registry.host}:\n    ${signatures}\n`);
    const policy = path('skopeo-policy.json');
    const transports = { docker: { [registry.host]: [requirement] } };
    await writeFile(policy, JSON.stringify({ default: [{ type: 'reject' }], transports }));
    const to = `dir:${path(`copy-${Date.now()}`)}`;
    const flags = ['--policy', policy, '--registries.d', registries, 'copy', '--src-tls-verify=false'];
    return await aside(SKOPEO, [...flags, `docker://${image}`, to]);
  }
  /** Debian builds skopeo and podman without sigstore; another skopeo is named by SKOPEO. */
  const disabled = ({ stderr }: Outcome): boolean => stderr.includes('sigstore disabled');
  const byDigest = (): string => `${reference.replace(/:[^:/]*$/, '')}@${digest}`;

  it('skopeo accepts the OpenPGP signature by tag and by digest', { skip: lacks('skopeo') }, async () => {
    const lookaside = `lookaside: file://${path('public/lookaside')}`;
    const requirement = { type: 'signedBy', keyType: 'GPGKeys', keyPath: path('key.pub.asc') };
    for (const image of [reference, byDigest()]) {
      const copied = await skopeo(requirement, lookaside, image);
      assert.equal(copied.code, 0, copied.stderr);
    }
    const nowhere = await skopeo(requirement, `lookaside: file://${path('nowhere')}`, reference);
    assert.notEqual(nowhere.code, 0);
  });

  it('skopeo accepts the sigstore signature by tag and by digest', { skip: lacks('skopeo') }, async (t) => {
    const requirement = (name: string) => ({
      type: 'sigstoreSigned',
      keyPath: path(name),
      signedIdentity: { type: 'matchRepoDigestOrExact' },
    });
    for (const image of [reference, byDigest()]) {
      const copied = await skopeo(requirement('cosign.pub'), 'use-sigstore-attachments: true', image);
      if (disabled(copied)) return t.skip('this skopeo is built without sigstore; name another in SKOPEO');
      assert.equal(copied.code, 0, copied.stderr);
    }
    const wrong = await skopeo(requirement('wrong.pub'), 'use-sigstore-attachments: true', reference);
    assert.notEqual(wrong.code, 0);
    assert.match(wrong.stderr, /signature/);
  });

  it('signatures that skopeo makes with a key of cosign are accepted here', {
    skip: lacks('skopeo') || lacksShared('vectors/payload'),
  }, async (t) => {
    const keys = join(ROOT, '../shared/vectors/payload/oc-mirror/tests/integration/testdata/keys');
    const registries = path('signing.d');
    await mkdir(registries, { recursive: true });
    await writeFile(
      join(registries, 'test.yaml'),
      `docker:\n  ${registry.host}:\n    use-sigstore-attachments: true\n`,
    );
    await writeFile(path('empty'), '\n');
    const copy = `${registry.host}/signed/release:${VERSION}`;
    const copied = await aside(SKOPEO, [
      '--insecure-policy',
      '--registries.d',
      registries,
      'copy',
      '--src-tls-verify=false',
      '--dest-tls-verify=false',
      '--remove-signatures',
      '--sign-by-sigstore-private-key',
      join(keys, 'cosign.key'),
      '--sign-passphrase-file',
      path('empty'),
      `docker://${reference}`,
      `docker://${copy}`,
    ]);
    if (disabled(copied)) return t.skip('this skopeo is built without sigstore; name another in SKOPEO');
    assert.equal(copied.code, 0, copied.stderr);
    const verified = await payload('verify', copy, '--cosign-key', join(keys, 'cosign.pub'));
    assert.match(verified.stdout, /ClusterImagePolicy, sigstoreSigned +accepts it/);
    // And the other way round: by the same key, beside skopeo's own.
    const flags = ['--cosign-key', join(keys, 'cosign.key'), '--cosign-passphrase-file', path('empty')];
    const signed = await payload('sign', copy, ...flags);
    assert.equal(signed.code, 0, signed.stderr);
    assert.equal((await loadPayload(registry.store.repository('signed/release'), VERSION)).digest, digest);
  });

  it('podman pulls the signed release under a policy, and no other', { skip: lacks('podman') }, async () => {
    const home = path('podman-home');
    const config = join(home, '.config/containers');
    await mkdir(join(config, 'registries.d'), { recursive: true });
    const lookaside = `docker:\n  ${registry.host}:\n    lookaside: file://${path('public/lookaside')}\n`;
    await writeFile(join(config, 'registries.d/test.yaml'), lookaside);
    const store = ['--root', join(home, 'root'), '--runroot', join(home, 'run'), '--storage-driver', 'vfs'];
    const pull = async (image: string): Promise<Outcome> => {
      const policy = path('podman-policy.json');
      const requirement = { type: 'signedBy', keyType: 'GPGKeys', keyPath: path('key.pub.asc') };
      const transports = { docker: { [registry.host]: [requirement] } };
      await writeFile(policy, JSON.stringify({ default: [{ type: 'reject' }], transports }));
      const flags = ['pull', '-q', '--tls-verify=false', '--signature-policy', policy];
      // For root registries.d is that of the system, unless named.
      return await aside('podman', [...store, ...flags, image], { HOME: home, REGISTRIES_D: config });
    };
    const pulled = await pull(reference);
    assert.equal(pulled.code, 0, pulled.stderr);
    assert.notEqual((await pull(`${registry.host}/okd/content@${Object.values(specs)[0]?.split('@')[1]}`)).code, 0);
  });
});
