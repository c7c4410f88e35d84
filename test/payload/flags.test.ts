// Flags that scripts written for oc bring along: certificates, mirrors, folders, signatures for a cluster.
import assert from 'node:assert/strict';
import { mkdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { digestOf, loadImage, MEDIA, MirrorFolder } from '../../src/oci/index.ts';
import { signatureConfigMap } from '../../src/sign/index.ts';
import { aside, lacks, type Outcome, SLIPWAY, slipwayAside } from '../support/clone.ts';
import { servedRegistry } from '../support/registry.ts';
import { release, sign } from '../support/release.ts';
import { certificate, secure, secureFront } from '../support/tls.ts';

const payload = (...args: string[]): Promise<Outcome> => slipwayAside(['payload', ...args]);

describe('flags of oc', () => {
  it('of several releases says which can not be read; names are no form of a difference', async (t) => {
    const registry = await servedRegistry(t);
    const { reference } = await release(registry);
    const absent = ['x', 'y'].map((tag) => reference.replace(/:[^:]*$/, `:${tag}`));
    const some = await payload('info', reference, ...absent);
    assert.equal(some.code, 2);
    assert.match(some.stdout, /^Name: +4\.21\.0-okd-scos\.7$/m);
    for (const one of absent)
      assert.ok(
        some.stderr.includes(`error: ${one}: the registry has no such image. [OCI_MANIFEST_UNKNOWN]\n`),
        some.stderr,
      );
    const names = await payload('info', '--changes-from', reference, reference, '-o', 'name');
    assert.deepEqual([names.code, names.stdout], [2, '']);
    assert.match(names.stderr, /unrecognized output mode: name\./);
    const auth = await payload('info', '-a', join(registry.folder, 'none.json'), reference);
    assert.deepEqual([auth.code, auth.stdout], [2, '']);
    assert.match(auth.stderr, /none\.json: the auth file does not exist/);
  });

  it('--filter-by-os is a regular expression over os/arch[/variant]', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    const store = registry.store.repository('okd/release');
    const amd = await loadImage(store, made.digest);
    const { mediaType } = amd;
    const config = Buffer.from(
      JSON.stringify({ ...JSON.parse(Buffer.from(amd.rawConfig).toString()), architecture: 'arm64' }),
    );
    await store.putBlob({ digest: digestOf(config), size: config.length }, config);
    const described = { ...amd.manifest.config, digest: digestOf(config), size: config.length };
    const manifest = Buffer.from(JSON.stringify({ ...amd.manifest, config: described }));
    const arm = await store.putManifest(digestOf(manifest), mediaType, manifest);
    const member = (digest: string, size: number, platform: object) => ({ mediaType, digest, size, platform });
    const list = {
      schemaVersion: 2,
      mediaType: MEDIA.dockerList,
      manifests: [
        member(made.digest, amd.rawManifest.length, { os: 'linux', architecture: 'amd64' }),
        member(arm, manifest.length, { os: 'linux', architecture: 'arm64', variant: 'v8' }),
      ],
    };
    await store.putManifest('multi', MEDIA.dockerList, Buffer.from(JSON.stringify(list)));
    const reference = `${registry.host}/okd/release:multi`;
    const { OC } = process.env;
    const env = { HOME: registry.folder, KUBECONFIG: '/dev/null' };
    for (const [filter, expected] of [
      ['linux/arm64', 'linux/arm64'],
      ['linux/arm64/v8', 'linux/arm64'],
      ['.*', 'linux/amd64'],
      ['linux/a.*4/', 'linux/arm64'],
      ['linux/a.*4', 'linux/amd64'],
      ['', 'linux/amd64'],
      ['windows/arm64', undefined],
      ['arm64$', undefined],
    ] as const) {
      const done = await payload('info', `--filter-by-os=${filter}`, reference);
      const oc =
        OC === undefined
          ? undefined
          : await aside(OC, ['adm', 'release', 'info', '--insecure', `--filter-by-os=${filter}`, reference], env);
      if (expected === undefined) {
        assert.deepEqual([done.code, done.stdout, oc?.code ?? 1], [2, '', 1]);
        assert.match(
          done.stderr,
          /filtered all images from manifest list: .* It has: linux\/amd64, linux\/arm64\/v8\./,
        );
      } else {
        assert.match(done.stdout, new RegExp(`^OS/Arch: +multi \\(${expected}\\)$`, 'm'), done.stderr);
        if (oc !== undefined) assert.equal(done.stdout, oc.stdout, oc.stderr);
      }
    }
    const wrong = await payload('info', '--filter-by-os=(', reference);
    assert.match(wrong.stderr, /--filter-by-os was not a valid regular expression: .*\[CLI_USAGE\]/);
  });

  it('in the syntax of oc: switches with a value, short flags with an equals sign', async (t) => {
    const registry = await servedRegistry(t);
    const { reference } = await release(registry);
    const said = async (...args: string[]): Promise<string> => {
      const done = await payload(...args);
      assert.equal(done.code, 0, done.stderr);
      return done.stdout;
    };
    const names = await said('info', '-o', 'name', reference);
    assert.equal(await said('info', '-o=name', '--insecure=true', reference), names);
    assert.equal(await said('info', '-o=jsonpath={.metadata.version}', reference), '4.21.0-okd-scos.7');
    const plain = await said('info', reference);
    assert.equal(await said('info', '--pullspecs=false', '--size=true', '--size=false', reference), plain);
    assert.equal(await said('info', '--pullspecs=true', reference), await said('info', '--pullspecs', reference));
    const to = `${registry.host}/syntax/release`;
    await said('mirror', `--from=${reference}`, `--to=${to}`, '--dry-run=true', '--keep-manifest-list=false');
    assert.deepEqual(await registry.store.repository('syntax/release').tags(), []);
    const refused = await payload('info', '--insecure=maybe', reference);
    assert.equal(refused.code, 2);
    assert.match(refused.stderr, /invalid argument "maybe" for "--insecure" flag: .*\[CLI_USAGE\]/);
  });

  it('--certificate-authority trusts a registry with its own certificate', { skip: lacks('openssl') }, async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    const tls = await certificate(registry.folder);
    const host = await secureFront(t, tls, registry.host);
    const reference = `${host}/okd/release@${made.digest}`;
    const done = await payload('info', '--certificate-authority', tls.file, reference);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, new RegExp(made.digest));
    const wrong = join(registry.folder, 'other');
    await writeFile(wrong, 'no certificate');
    const refused = await payload('info', '--certificate-authority', wrong, reference);
    assert.deepEqual([refused.code, /CLI_CA_INVALID/.test(refused.stderr)], [2, true], refused.stderr);
    const missing = await payload('info', '--certificate-authority', `${wrong}.not`, reference);
    assert.match(missing.stderr, /the file does not exist/);
    const another = join(registry.folder, 'another');
    await mkdir(another);
    const untrusted = await payload('info', '--certificate-authority', (await certificate(another)).file, reference);
    assert.equal(untrusted.code, 2);
    assert.match(untrusted.stderr, /self-signed certificate.*--certificate-authority/);
    const ignored = await payload('info', '--skip-verification', made.reference);
    assert.match(ignored.stderr, /^warning: --skip-verification is ignored/);
  });

  it('--idms-file and --icsp-file read from mirrors, and from the source where they do not have it', async (t) => {
    const far = await servedRegistry(t);
    const made = await release(far);
    const near = await servedRegistry(t);
    const mirrored = `${near.host}/near/release`;
    const copied = await payload('mirror', made.reference, '--to', mirrored);
    assert.equal(copied.code, 0, copied.stderr);
    const idms = join(near.folder, 'idms.yaml');
    const rules = copied.stdout.slice(copied.stdout.indexOf('apiVersion'));
    await writeFile(idms, rules);
    const before = await payload('info', '--size', made.reference.replace(/:[^:]*$/, `@${made.digest}`));
    await far.app.close();
    const reference = made.reference.replace(/:[^:]*$/, `@${made.digest}`);
    for (const flag of ['--idms-file', '--icsp-file']) {
      const info = await payload('info', '--size', flag, idms, reference);
      assert.deepEqual([info.code, info.stdout], [0, before.stdout], info.stderr);
    }
    const file = await payload('extract', '--file', 'release-metadata', '--idms-file', idms, reference);
    assert.match(file.stdout, /cincinnati-metadata-v0/);
    const none = await payload('info', reference);
    assert.equal(none.code, 2);
    assert.match(none.stderr, /OCI_REGISTRY_UNREACHABLE/);
    const absent = `${far.host}/okd/release@sha256:${'0'.repeat(64)}`;
    const both = await payload('info', '--idms-file', idms, absent);
    assert.match(
      both.stderr,
      new RegExp(`neither mirror nor source could be read: ${mirrored}: .*${far.host}/okd/release: `),
    );
    const never = join(near.folder, 'never.yaml');
    await writeFile(never, rules.replaceAll('  source: ', '  mirrorSourcePolicy: NeverContactSource\n    source: '));
    const only = await payload('info', '--idms-file', never, reference);
    assert.equal(only.code, 0, only.stderr);
    assert.doesNotMatch((await payload('info', '--idms-file', never, absent)).stderr, /UNREACHABLE/);
    await truncate(never, 3 * 2 ** 30);
    const huge = await payload('info', '--idms-file', never, reference);
    assert.deepEqual([huge.code, huge.stdout], [2, '']);
    assert.match(
      huge.stderr,
      /never\.yaml: the file has more than the 16777216 bytes that are read\. \[CLI_FILE_UNREADABLE\]/,
    );
    await writeFile(never, 'kind: ConfigMap\n');
    assert.match((await payload('info', '--idms-file', never, reference)).stderr, /"ConfigMap" has no mirrors/);
  });

  it('a file without end is refused by its size, whatever it is for', async () => {
    const nobody = 'localhost:1/okd/release:1';
    const zero = '/dev/zero';
    for (const [...args] of [
      ['new', '-f', zero, '--name', '4.21.0-okd-scos.0'],
      ['new', '--from-lock', zero],
      ['new', '--mapping-file', zero, 'etcd=localhost:1/etcd:1'],
      ['new', '-f', zero, '--audit-policy', zero],
      ['extract', '--included', '--install-config', zero, nobody],
      ['explain', '--install-config', zero, nobody],
      ['lint', '--policy', zero, nobody],
      ['info', '-o', `go-template-file=${zero}`, nobody],
      ['info', '--registry-config', zero, nobody],
      ['info', '--idms-file', zero, nobody],
      ['info', '--certificate-authority', zero, nobody],
      ['mirror', '--apply-release-image-signature', '--kubeconfig', zero, nobody, '--to-dir', '/nowhere'],
    ]) {
      const done = await payload(...args);
      assert.deepEqual([done.code, done.stdout], [2, ''], args.join(' '));
      assert.match(
        done.stderr,
        /\/dev\/zero: .*the file has more than the 16777216 bytes that are read\. \[/,
        args.join(' '),
      );
    }
    const slow = await aside('/bin/sh', [
      '-c',
      `(sleep 1; echo kind: ConfigMap) | "${SLIPWAY}" payload info --idms-file - ${nobody}`,
    ]);
    assert.match(slow.stderr, /"ConfigMap" has no mirrors/);
    const endless = await aside('/bin/sh', ['-c', `yes | "${SLIPWAY}" payload new -f - --name 4.21.0-okd-scos.0`]);
    assert.equal(endless.code, 2);
    assert.match(
      endless.stderr,
      /-: the file has more than the 16777216 bytes that are read\. \[CLI_FILE_UNREADABLE\]/,
    );
  });

  it('a manifest given as text/plain counts by what it states, for every verb alike', async (t) => {
    const registry = await servedRegistry(t, (app) => {
      app.addHook('onSend', async (request, reply, content) => {
        if (request.method === 'GET' && request.url.includes('/manifests/')) reply.header('content-type', 'text/plain');
        return content;
      });
    });
    const made = await release(registry);
    await sign(made);
    const to = ['--to-dir', join(registry.folder, 'usb')];
    for (const args of [['info', '--size'], ['verify'], ['mirror', ...to]]) {
      const done = await payload(...args, made.reference);
      assert.equal(done.code, 0, `${args[0]}: ${done.stderr}${done.stdout}`);
    }
  });

  it('info and extract read file:// references of a folder', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    const folder = join(registry.folder, 'usb');
    assert.equal((await payload('mirror', made.reference, '--to-dir', folder)).code, 0);
    const reference = `file://openshift/release:${'4.21.0-okd-scos.7'}-x86_64`;
    const info = await payload('info', '--size', '--dir', folder, reference);
    assert.equal(info.code, 0, info.stderr);
    const out = join(registry.folder, 'out');
    const extracted = await payload('extract', '--dir', folder, '--to', out, reference);
    assert.equal(extracted.code, 0, extracted.stderr);
    assert.match(await readFile(join(out, 'image-references'), 'utf8'), /etcd-operator/);
    const absent = await payload('info', '--dir', `${folder}-not`, reference);
    assert.ok(
      absent.stderr.includes(`${folder}-not: the folder has no such image. --dir names the folder`),
      absent.stderr,
    );
    const byDigest = `file://openshift/release@${made.digest}`;
    const same = await payload('info', '--pullspecs', '--dir', folder, byDigest);
    assert.equal(same.code, 0, same.stderr);
    assert.match(same.stdout, new RegExp(`^Pull From: ${byDigest}$`, 'm'));
    const wrong = await payload('info', '--dir', folder, 'file://openshift/release@sha256:1');
    assert.match(wrong.stderr, /named by file:\/\/REPOSITORY:TAG or @DIGEST\./);
    const { OC } = process.env;
    if (OC === undefined) return;
    const env = { HOME: folder, KUBECONFIG: '/dev/null' };
    const oc = await aside(OC, ['adm', 'release', 'info', '--pullspecs', `--dir=${folder}`, byDigest], env);
    assert.equal(same.stdout, oc.stdout, oc.stderr);
    for (const flags of [[], ['--pullspecs'], ['-o', 'json']]) {
      const theirs = await aside(OC, ['adm', 'release', 'info', ...flags, `--dir=${folder}`, reference], env);
      assert.equal((await payload('info', ...flags, '--dir', folder, reference)).stdout, theirs.stdout, theirs.stderr);
    }
  });

  it('diff, changelog, explain, lint, verify and reproduce read them too, with the signatures that the folder keeps', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    await sign(made);
    const later = await release(registry, {}, { version: '4.21.0-okd-scos.8' });
    const folder = join(registry.folder, 'usb');
    for (const { reference } of [made, later])
      assert.equal((await payload('mirror', reference, '--to-dir', folder)).code, 0);
    const of = (version: number) => `file://openshift/release:4.21.0-okd-scos.${version}-x86_64`;
    const online = await payload('diff', made.reference, later.reference);
    const onlineReport = await payload('lint', '--format', 'json', later.reference);
    const judged = await payload('verify', made.reference);
    // What is on the stick is all there is.
    await registry.app.close();
    await rm(made.store, { recursive: true });
    const there = (verb: string, ...args: string[]) => payload(verb, '--dir', folder, ...args);

    const diff = await there('diff', '--size', '--no-manifests', of(7), of(8));
    assert.equal(diff.code, 0, diff.stderr);
    assert.equal(online.code, 0, online.stderr);
    const changelog = await there('changelog', of(7), of(8));
    assert.equal(changelog.code, 0, changelog.stderr);
    assert.match(changelog.stdout, /^# 4\.21\.0-okd-scos\.8$/m);
    const explained = await there('explain', of(8));
    assert.equal(explained.code, 0, explained.stderr);
    const again = await there('reproduce', of(8));
    assert.match(again.stdout, /^equal/, again.stderr);

    const counted = (text: string) => JSON.parse(text).counts;
    const linted = await there('lint', '--format', 'json', of(8));
    assert.equal(linted.stderr, '');
    assert.deepEqual(counted(linted.stdout), counted(onlineReport.stdout), linted.stderr);
    const edge = await there('lint', '--from', of(7), '--format', 'json', of(8));
    const accepted = (text: string): readonly string[] =>
      JSON.parse(text)
        .findings.filter(({ rule }: { rule: string }) => rule === 'T305')
        .map(({ severity, message }: { severity: string; message: string }) => `${severity}: ${message}`);
    assert.match(
      accepted(edge.stdout).join('\n'),
      /^error: A cluster of .*scos\.7 refuses it: the stores of .* have no signature/,
    );
    // The way back: of that release the folder has signatures.
    const back = await there('lint', '--from', of(8), '--format', 'json', of(7));
    assert.deepEqual(accepted(back.stdout), [
      'info: A cluster of 4.21.0-okd-scos.8 accepts it by the signatures kept with it, once they are applied there; whether its stores have any was not asked.',
    ]);

    const verified = await there('verify', of(7));
    assert.equal(verified.code, 0, verified.stderr + verified.stdout);
    const accepting = (text: string) => text.split('\n').slice(1);
    assert.deepEqual(accepting(verified.stdout), accepting(judged.stdout));
    assert.match(verified.stdout, new RegExp(`^${registry.host}/okd/release@${made.digest} is ${made.digest}$`, 'm'));
    const unsigned = await there('verify', of(8));
    assert.notEqual(unsigned.code, 0);
    await rm(join(folder, 'config', 'mirror-4.21.0-okd-scos.7-x86_64.json'));
    const nameless = await there('verify', of(7));
    assert.deepEqual(
      [nameless.code, /--source-repository names the repository that clients pull/.test(nameless.stderr)],
      [2, true],
    );
    assert.equal((await there('verify', '--source-repository', `${registry.host}/okd/release`, of(7))).code, 0);

    const [layer] = (await loadImage(new MirrorFolder(folder, 'openshift/release'), of(8).slice(25))).manifest.layers;
    await rm(join(folder, 'v2/openshift/release/blobs', layer?.digest ?? ''));
    assert.match((await there('lint', of(8))).stdout, /P005/);
  });

  it('mirror --apply-release-image-signature writes the ConfigMap to the cluster', {
    skip: lacks('openssl'),
  }, async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    const tls = await certificate(registry.folder);
    const cluster = { maps: new Map<string, unknown>(), calls: [] as string[], allowed: true };
    const host = await secure(
      t,
      tls,
      (request, response) =>
        void answer(request).then(([status, body]) => {
          response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
        }),
    );
    async function answer(request: IncomingMessage): Promise<[number, unknown]> {
      const { method = '', url = '', headers } = request;
      cluster.calls.push(`${method} ${url}`);
      if (headers.authorization !== 'Bearer secret') return [401, { message: 'Unauthorized' }];
      if (!cluster.allowed) return [403, { message: 'forbidden: User "x" cannot create configmaps' }];
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const list = '/api/v1/namespaces/openshift-config-managed/configmaps';
      const name = url.slice(list.length + 1);
      if (method === 'GET')
        return cluster.maps.has(name) ? [200, cluster.maps.get(name)] : [404, { message: 'not found' }];
      const object = JSON.parse(Buffer.concat(chunks).toString());
      if (method === 'POST' && cluster.maps.has(object.metadata.name)) return [409, { message: 'already exists' }];
      cluster.maps.set(object.metadata.name, object);
      return [method === 'POST' ? 201 : 200, object];
    }
    const kubeconfig = join(registry.folder, 'kubeconfig');
    const config = {
      'current-context': 'a',
      contexts: [{ name: 'a', context: { cluster: 'a', user: 'a' } }],
      clusters: [{ name: 'a', cluster: { server: `https://${host}`, 'certificate-authority': 'cert.pem' } }],
      users: [{ name: 'a', user: { token: 'secret' } }],
    };
    await writeFile(kubeconfig, JSON.stringify(config));
    const to = `${registry.host}/applied/release`;
    const apply = (...args: string[]) =>
      payload(
        'mirror',
        made.reference,
        '--to',
        to,
        '--apply-release-image-signature',
        '--kubeconfig',
        kubeconfig,
        ...args,
      );

    const unsigned = await apply();
    assert.equal(unsigned.code, 0, unsigned.stderr);
    assert.match(unsigned.stderr, /no valid signature, so none is written to the cluster/);
    assert.deepEqual(cluster.calls, []);

    await sign(made);
    const name = made.digest.replace(':', '-');
    const dry = await apply('--dry-run');
    assert.match(dry.stdout, new RegExp(`^info: Create or configure configmap ${name}$`, 'm'));
    assert.deepEqual(cluster.calls, []);
    const created = await apply();
    assert.match(created.stdout, new RegExp(`^configmap/${name} created$`, 'm'), created.stderr);
    const signature = await readFile(join(made.store, made.digest.replace(':', '='), 'signature-1'));
    assert.deepEqual(cluster.maps.get(name), JSON.parse(signatureConfigMap(made.digest, [signature])));
    const again = await apply();
    assert.equal(again.code, 2);
    assert.match(again.stderr, /already \(409: already exists\)\. --overwrite replaces it\. \[KUBE_CONFLICT\]/);
    assert.match((await apply('--overwrite')).stdout, new RegExp(`^configmap/${name} configured$`, 'm'));
    cluster.allowed = false;
    assert.match(
      (await apply()).stderr,
      /403: forbidden.*must be able to write ConfigMaps of openshift-config-managed/,
    );

    const other = ['mirror', made.reference, '--to', `${registry.host}/none/release`];
    const bad = await payload(...other, '--apply-release-image-signature', '--kubeconfig', `${kubeconfig}.not`);
    assert.match(bad.stderr, /KUBE_CONFIG_INVALID/);
    assert.match((await payload(...other, '--overwrite')).stderr, /only valid when --apply-release-image-signature/);
    assert.deepEqual(await registry.store.repository('none/release').tags(), []);
  });
});
