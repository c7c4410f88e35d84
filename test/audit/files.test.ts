// Audits of what lies in files: releases in OCI layouts, archives and mirrored folders, and RPM databases by themselves.
import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { loadImage, openLayout, readFiles } from '../../src/oci/index.ts';
import { aside, ROOT, slipwayAside, temporaryFolder } from '../support/clone.ts';
import { servedRegistry } from '../support/registry.ts';
import { release } from '../support/release.ts';

const HARBOR = join(ROOT, 'examples/harbor');
const JUDGING = ['--policy', join(HARBOR, 'policy.yaml'), '--keyring', join(HARBOR, 'keys/harbor-rpm.asc')];

/** The blobs of a mirrored folder as an OCI layout, with one of them named `release`. */
async function layOut(blobs: string, layout: string, digest: string): Promise<void> {
  await mkdir(join(layout, 'blobs/sha256'), { recursive: true });
  for (const name of await readdir(blobs))
    if (name.startsWith('sha256:')) await copyFile(join(blobs, name), join(layout, 'blobs/sha256', name.slice(7)));
  const bytes = await readFile(join(layout, 'blobs/sha256', digest.slice(7)));
  const { mediaType } = JSON.parse(bytes.toString()) as { mediaType: string };
  const annotations = { 'org.opencontainers.image.ref.name': 'release' };
  await writeFile(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  await writeFile(
    join(layout, 'index.json'),
    JSON.stringify({ schemaVersion: 2, manifests: [{ mediaType, digest, size: bytes.length, annotations }] }),
  );
}

describe('audit payload', () => {
  it('says the same of a release in a registry, a layout, an archive and a mirrored folder', async (t) => {
    const registry = await servedRegistry(t);
    const { reference, digest } = await release(registry);
    const audit = (ref: string) => slipwayAside(['audit', 'payload', ref, ...JUDGING, '--format', 'json']);
    const pulled = await audit(reference);
    assert.equal(pulled.code, 1, pulled.stderr);
    const said = JSON.parse(pulled.stdout) as { images: { name: string; digest: string; pullSpec: string }[] };
    assert.ok(said.images.length >= 3);

    const folder = join(registry.folder, 'usb');
    const mirrored = await slipwayAside(['payload', 'mirror', reference, '--to-dir', folder]);
    assert.equal(mirrored.code, 0, mirrored.stderr);
    const layout = join(registry.folder, 'layout');
    await layOut(join(folder, 'v2/openshift/release/blobs'), layout, digest);
    const archive = join(registry.folder, 'layout.tar');
    assert.equal((await aside('tar', ['-cf', archive, '-C', layout, '.'])).code, 0);
    await registry.app.close();

    for (const ref of [`oci:${layout}:release`, `${layout}:release`, `oci-archive:${archive}:release`, folder]) {
      const read = await audit(ref);
      assert.equal(read.code, 1, `${ref}: ${read.stderr}`);
      assert.deepEqual(JSON.parse(read.stdout), said, ref);
    }
    const sbom = await slipwayAside(['audit', 'payload', folder, ...JUDGING, '--format', 'cyclonedx']);
    assert.equal(sbom.code, 1, sbom.stderr);
    const explained = await slipwayAside(['audit', 'explain', 'bash', '--payload', folder, ...JUDGING]);
    assert.equal(explained.code, 1, 'no image of this release has it');
    assert.equal(explained.stderr, '');
  });
});

describe('audit of an RPM database file', () => {
  it('answers how it is known of a package, and judges the file as an image', async (t) => {
    const folder = await temporaryFolder(t);
    // The database of one of the example's images.
    const layout = await openLayout(join(HARBOR, 'images'));
    const image = await loadImage(layout, 'bases/base-stream9');
    const files = await readFiles(layout, image, (path) => path.endsWith('rpmdb.sqlite'), { limit: 64 << 20 });
    const content = [...files.values()][0]?.content;
    assert.ok(content);
    const file = join(folder, 'any-name.db');
    await writeFile(file, content);
    const explained = await slipwayAside(['audit', 'explain', 'tzdata', file, ...JUDGING, '--format', 'json']);
    assert.equal(explained.code, 0, explained.stderr);
    const { packages } = JSON.parse(explained.stdout) as {
      packages: {
        nevra: string;
        proof: { level: string };
        origins: { databases: string[]; origin: { createdBy: string } }[];
      }[];
    };
    assert.deepEqual(
      packages.map(({ nevra, proof }) => [nevra, proof.level]),
      [['tzdata-2026b-1.el9.noarch', 'L3']],
    );
    assert.equal(packages[0]?.origins[0]?.origin.createdBy, 'the file any-name.db');
    const audited = await slipwayAside(['audit', 'image', file, ...JUDGING]);
    assert.equal(audited.code, 0, audited.stdout + audited.stderr);
    await writeFile(file, content.subarray(0, 5000));
    const damaged = await slipwayAside(['audit', 'image', file, ...JUDGING]);
    assert.equal(damaged.code, 1);
    assert.match(damaged.stdout, /COV-001/);
  });
});
