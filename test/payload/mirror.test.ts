// `payload mirror` from the command line: to a registry, to a folder and back, with signatures; killed, and gone on with.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { digestOf, MirrorFolder, writeLayer } from '../../src/oci/index.ts';
import { loadPayload } from '../../src/payload/index.ts';
import { file } from '../../src/payload/testing/images.ts';
import { type Outcome, ROOT, slipwayAside, start } from '../support/clone.ts';
import { servedRegistry } from '../support/registry.ts';
import { release, sign, VERSION } from '../support/release.ts';

const TAG = `${VERSION}-x86_64`;
const mirror = (...args: string[]): Promise<Outcome> => slipwayAside(['payload', 'mirror', ...args]);

/** A registry with a release of which one layer comes by half at first, and then silence. */
async function stallingRelease(t: Parameters<typeof servedRegistry>[0]) {
  const big = file('usr/lib/big', '');
  const content = randomBytes(6 << 20);
  const layer = writeLayer([{ ...big, content }]);
  const state = { held: true, ranges: [] as string[] };
  const registry = await servedRegistry(t, (app) => {
    app.addHook('onSend', async (request, _reply, payload) => {
      if (request.method !== 'GET' || !request.url.endsWith(`/blobs/${layer.digest}`)) return payload;
      state.ranges.push(request.headers.range ?? '');
      if (!state.held || !(payload instanceof Readable)) return payload;
      async function* half() {
        let left = 3 << 20;
        for await (const chunk of payload as AsyncIterable<Buffer>) {
          yield chunk.subarray(0, left);
          left -= chunk.length;
          if (left <= 0) await new Promise(() => {});
        }
      }
      return Readable.from(half(), { objectMode: false });
    });
  });
  const made = await release(registry, { big: { layers: [[{ ...big, content }]] } });
  state.ranges.length = 0;
  return { ...made, folder: registry.folder, layer, state };
}

describe('payload mirror', () => {
  it('brings a signed release by way of a folder to a registry, signatures in every form', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    await sign(made);
    const usb = join(registry.folder, 'usb');
    const out = await mirror(made.reference, '--to-dir', usb, '--require-signature');
    assert.equal(out.code, 0, out.stderr);
    assert.match(out.stderr, /REGISTRY\/REPOSITORY` uploads it with its signatures\n/);
    const hex = made.digest.slice('sha256:'.length);
    assert.match(
      out.stdout,
      new RegExp(`Configmap signature file .*/config/signature-sha256-${hex.slice(0, 16)}\\.json created`),
    );
    const back = `${registry.host}/disconnected/release`;
    const signatures = join(registry.folder, 'signatures');
    const up = await mirror('--from-dir', usb, '--to', back, '--release-image-signature-to-dir', signatures);
    assert.equal(up.code, 0, up.stderr);
    assert.match(up.stdout, new RegExp(`Update image:  ${back}:${TAG}\\n`));
    assert.match(
      up.stdout,
      new RegExp(
        `source: ${registry.host}/okd/content\\n- mirrors:\\n  - ${back}\\n  source: ${registry.host}/okd/release\\n`,
      ),
    );
    const copy = await loadPayload(registry.store.repository('disconnected/release'), TAG);
    assert.equal(copy.digest, made.digest);
    // By its digest it is the same release, and known to come from the same place.
    const byDigest = `file://openshift/release@${made.digest}`;
    const again = await mirror('--from-dir', usb, byDigest, '--to', back, '--require-signature');
    assert.equal(again.code, 0, again.stderr);
    assert.doesNotMatch(again.stderr, /--source-repository/);
    assert.ok(again.stdout.includes(`source: ${registry.host}/okd/release\n`), again.stdout);
    assert.deepEqual((await readdir(signatures)).sort(), [
      'lookaside',
      `signature-sha256-${hex.slice(0, 16)}.json`,
      'signatures',
    ]);
    const forms = [`lookaside/disconnected/release@sha256=${hex}/signature-1`, `signatures/sha256=${hex}/signature-1`];
    const original = await readFile(join(made.store, `sha256=${hex}/signature-1`));
    for (const form of forms) assert.deepEqual(await readFile(join(signatures, form)), original);
  });

  it('warns of an unsigned release before it copies, and copies nothing where a signature is asked for', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    const to = `${registry.host}/m/release`;
    const refused = await mirror(made.reference, '--to', to, '--require-signature');
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /^warning: An image was retrieved that failed verification/m);
    assert.match(refused.stderr, /PAYLOAD_UNSIGNED/);
    assert.deepEqual(await registry.store.repository('m/release').tags(), []);
    const stick = await mirror(made.reference, '--to-dir', join(registry.folder, 'stick'));
    assert.match(stick.stderr, /REGISTRY\/REPOSITORY` uploads it\n/);
    const signatures = join(registry.folder, 'none');
    const done = await mirror(made.reference, '--to', to, '--release-image-signature-to-dir', signatures);
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stderr, /info: .* of .*, \d+ of \d+ blobs/);
    const json = await mirror(made.reference, '--to', to, '--format', 'json');
    const { sent, signed, totalBytes } = JSON.parse(json.stdout);
    assert.deepEqual([sent, signed], [0, false]);
    assert.ok(totalBytes > 0);
  });

  it('plans, prints mappings, and puts the release image elsewhere', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    const to = `${registry.host}/plan/release`;
    const dry = await mirror(made.reference, '--to', to, '--dry-run', '--print-mirror-instructions', 'icsp');
    assert.match(dry.stdout, /ImageContentSourcePolicy/);
    assert.deepEqual(await registry.store.repository('plan/release').tags(), []);
    const lines = await mirror(made.reference, '--to', to, '--to-mirror');
    assert.equal(lines.stdout.split('\n').length, 6);
    const apart = `${registry.host}/apart/release:now`;
    const done = await mirror(
      made.reference,
      '--to',
      to,
      '--to-release-image',
      apart,
      '--print-mirror-instructions',
      'none',
    );
    assert.equal(done.code, 0, done.stderr);
    assert.match(done.stdout, new RegExp(`Update image:  ${apart}\n`));
    assert.deepEqual(await registry.store.repository('apart/release').tags(), ['now']);
    assert.equal((await registry.store.repository('plan/release').tags()).includes(TAG), false);
    for (const args of [[made.reference], [made.reference, '--to', to, '--to-dir', 'x'], ['--to', to]])
      assert.equal((await mirror(...args)).code, 2, args.join(' '));
  });

  it('heeds where the release image goes, in the lines to mirror and in what it reports', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    const to = `${registry.host}/parts/release`;
    const apart = `${registry.host}/apart/release:now`;
    const mapped = async (...flags: string[]): Promise<string[]> => {
      const done = await mirror(made.reference, '--to', to, '--to-mirror', ...flags);
      assert.equal(done.code, 0, done.stderr);
      return done.stdout.trim().split('\n');
    };
    const pullSpec = made.reference.replace(/:[^:]*$/, `@${made.digest}`);
    const [head, ...components] = await mapped();
    assert.equal(head, `${pullSpec} ${to}:${TAG}`);
    assert.deepEqual(await mapped('--skip-release-image'), components);
    assert.deepEqual(await mapped('--to-release-image', apart), [`${pullSpec} ${apart}`, ...components]);
    const both = await mirror(made.reference, '--to', to, '--skip-release-image', '--to-release-image', apart);
    assert.equal(both.code, 2);
    assert.match(both.stderr, /--skip-release-image and --to-release-image may not both be specified/);
    assert.deepEqual(await registry.store.repository('apart/release').tags(), []);

    const skipped = await mirror(made.reference, '--to', to, '--skip-release-image');
    assert.equal(skipped.code, 0, skipped.stderr);
    assert.doesNotMatch(skipped.stdout, /Update image/);
    const elsewhere = await mirror(made.reference, '--to', to, '--to-release-image', apart);
    assert.match(
      elsewhere.stdout,
      new RegExp(`Update image:  ${apart}\nMirror prefix: ${to}\nMirror prefix: ${apart}\n`),
    );
    assert.match(elsewhere.stdout, new RegExp(`- mirrors:\n  - ${to}\n  - ${registry.host}/apart/release\n  source:`));

    const usb = join(registry.folder, 'usb');
    const parts = await mirror(made.reference, '--to-dir', usb, '--skip-release-image');
    assert.match(parts.stderr, /The folder has no release image/);
    assert.doesNotMatch(parts.stderr, /--from-dir \S+ --to/);
    assert.match((await mirror('--from-dir', usb, '--to', to)).stderr, /the folder holds no release\./);
  });

  it('writes signatures to the folder that is asked for beside the one of the images', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    await sign(made);
    const [usb, asked] = [join(registry.folder, 'usb'), join(registry.folder, 'asked')];
    const done = await mirror(made.reference, '--to-dir', usb, '--release-image-signature-to-dir', asked);
    const name = `signature-sha256-${made.digest.slice(7, 23)}.json`;
    for (const file of [join(asked, name), join(usb, 'config', name)]) {
      assert.ok(done.stdout.includes(`Configmap signature file ${file} created\n`), done.stdout + done.stderr);
      assert.match(await readFile(file, 'utf8'), /verification-signatures/);
    }
  });

  it('ended by SIGINT while a registry lets it wait for a manifest says so, and ends', async (t) => {
    const state = { held: '', waits: false };
    const registry = await servedRegistry(t, (app) => {
      app.addHook('onRequest', async (request) => {
        if (state.held === '' || !request.url.endsWith(`/manifests/${state.held}`)) return;
        state.waits = true;
        await new Promise(() => {});
      });
    });
    const made = await release(registry);
    const payload = await loadPayload(registry.store.repository('okd/release'), VERSION);
    state.held = payload.images[0]?.digest ?? '';
    const usb = join(registry.folder, 'usb');
    const child = start(t, join(ROOT, 'bin/slipway'), ['payload', 'mirror', made.reference, '--to-dir', usb]);
    while (!state.waits) await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await child.stop('SIGINT'), 130);
    assert.match(child.output(), /info: Stopping; another Ctrl-C ends it at once\.\n(?:.*\n)*.*PAYLOAD_MIRROR_STOPPED/);
  });

  for (const signal of ['SIGKILL', 'SIGINT'] as const)
    it(`ended by ${signal} in the middle of a blob shows no release, and goes on at that byte`, async (t) => {
      const { reference, digest, folder: scratch, layer, state } = await stallingRelease(t);
      const folder = join(scratch, 'usb');
      const blobs = join(folder, 'v2/openshift/release/blobs');
      const child = start(t, join(ROOT, 'bin/slipway'), ['payload', 'mirror', reference, '--to-dir', folder]);
      const part = async (): Promise<number> => {
        const names = await readdir(blobs).catch(() => []);
        const name = names.find((candidate) => candidate.startsWith(`.${layer.digest}`));
        return name === undefined ? 0 : (await stat(join(blobs, name))).size;
      };
      while ((await part()) < 3 << 20) await new Promise((resolve) => setTimeout(resolve, 20));
      assert.equal(await child.stop(signal), signal === 'SIGINT' ? 130 : null);
      if (signal === 'SIGINT') assert.match(child.output(), /run the command again .*PAYLOAD_MIRROR_STOPPED/);
      const disk = new MirrorFolder(folder, 'openshift/release');
      assert.deepEqual(await disk.tags(), []);
      state.held = false;
      const again = await mirror(reference, '--to-dir', folder);
      assert.equal(again.code, 0, again.stderr);
      assert.deepEqual(state.ranges, ['', `bytes=${3 << 20}-`]);
      assert.equal((await loadPayload(disk, TAG)).digest, digest);
      assert.deepEqual(
        (await readdir(blobs)).filter((name) => name.startsWith('.')),
        [],
      );
      assert.equal(digestOf(await readFile(join(blobs, layer.digest))), layer.digest);
    });

  for (const signal of ['SIGKILL', 'SIGINT'] as const)
    it(`ended by ${signal} in the middle of an upload, goes on at the byte that the registry has`, async (t) => {
      const { reference, digest, folder, layer, state } = await stallingRelease(t);
      const other = await servedRegistry(t);
      const env = { XDG_STATE_HOME: join(folder, 'state') };
      const args = ['payload', 'mirror', reference, '--to', `${other.host}/far/release`];
      const child = start(t, join(ROOT, 'bin/slipway'), args, env);
      const uploads = join(other.folder, 'registry/uploads');
      const sizes = async (): Promise<number[]> => {
        const ids = await readdir(uploads).catch(() => []);
        return await Promise.all(
          ids.map(async (id) => (await stat(join(uploads, id, 'data')).catch(() => null))?.size ?? 0),
        );
      };
      while (!(await sizes()).includes(3 << 20)) await new Promise((resolve) => setTimeout(resolve, 20));
      await child.stop(signal);
      assert.deepEqual(await other.store.repository('far/release').tags(), []);
      state.held = false;
      const again = await slipwayAside(args, env);
      assert.equal(again.code, 0, again.stderr);
      assert.match(
        again.stderr,
        new RegExp(`^info: .*the upload of ${layer.digest} goes on at byte ${3 << 20}\\.$`, 'm'),
      );
      assert.deepEqual(state.ranges, ['', `bytes=${3 << 20}-`]);
      assert.equal((await loadPayload(other.store.repository('far/release'), TAG)).digest, digest);
      assert.deepEqual(await readdir(join(folder, 'state/slipway/uploads')), []);
    });

  it('says what is wrong with a folder, by its file', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    const usb = join(registry.folder, 'usb');
    assert.equal((await mirror(made.reference, '--to-dir', usb)).code, 0);
    const to = `${registry.host}/half/release`;
    const blobs = join(usb, 'v2/openshift/release/blobs');
    const payload = await loadPayload(registry.store.repository('okd/release'), VERSION);
    const layer = join(blobs, payload.image.manifest.layers[0]?.digest ?? '');
    await truncate(layer, 10);
    const cut = await mirror('--from-dir', usb, '--to', to);
    assert.equal(cut.code, 2);
    assert.match(cut.stderr, new RegExp(`${layer}: .*has 10 of \\d+ bytes\\. Mirror into the folder again`));
    await rm(layer);
    assert.match(
      (await mirror('--from-dir', usb, '--to', to)).stderr,
      /the folder lacks sha256:\w+\. \[OCI_BLOB_UNKNOWN\]/,
    );
    assert.equal((await mirror(made.reference, '--to-dir', usb)).code, 0);
    assert.equal((await mirror('--from-dir', usb, '--to', to)).code, 0);
    const occupied = await mirror(made.reference, '--to-dir', join(registry.folder, 'stream.json'));
    assert.match(occupied.stderr, /a file is where a folder is needed\. \[STORAGE_NOT_A_FOLDER\]/);
  });

  it('looks at what a folder has already, and brings again what was cut short or changed', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    const usb = join(registry.folder, 'usb');
    assert.equal((await mirror(made.reference, '--to-dir', usb)).code, 0);
    const blobs = join(usb, 'v2/openshift/release/blobs');
    const payload = await loadPayload(registry.store.repository('okd/release'), VERSION);
    const [layer = '', config = ''] = [payload.image.manifest.layers[0]?.digest, payload.image.manifest.config.digest];
    await truncate(join(blobs, layer), 20);
    const bytes = await readFile(join(blobs, config));
    bytes[30] = (bytes[30] ?? 0) ^ 1;
    await writeFile(join(blobs, config), bytes);
    const again = await mirror(made.reference, '--to-dir', usb, '--format', 'json');
    assert.equal(again.code, 0, again.stderr);
    assert.match(again.stderr, new RegExp(`${layer}: the file has 20 of \\d+ bytes\\. It is copied again\\.`));
    assert.match(again.stderr, new RegExp(`${config}: its bytes have the digest \\w{64}\\. It is copied again\\.`));
    assert.match(again.stderr, / there already checked/);
    for (const digest of [layer, config]) assert.equal(digestOf(await readFile(join(blobs, digest))), digest);
    const { size = 0 } = payload.image.manifest.layers[0] ?? {};
    assert.equal(JSON.parse(again.stdout).sent, size + bytes.length);
    const up = await mirror('--from-dir', usb, '--to', `${registry.host}/up/release`);
    assert.equal(up.code, 0, up.stderr);
  });

  it('says that it can not go on later where the folder for that is not writable, and copies all the same', async (t) => {
    const registry = await servedRegistry(t);
    const made = await release(registry);
    const blocked = join(registry.folder, 'blocked');
    await writeFile(blocked, '');
    const args = ['payload', 'mirror', made.reference, '--to', `${registry.host}/m/release`];
    const done = await slipwayAside(args, { XDG_STATE_HOME: blocked });
    assert.equal(done.code, 0, done.stderr);
    assert.match(
      done.stderr,
      /^warning: Uploads to registries begin anew if this command is killed: .*STORAGE_NOT_A_FOLDER/m,
    );
  });
});
