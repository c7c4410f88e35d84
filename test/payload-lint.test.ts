// `payload lint --from`: whether clusters of one release would accept the next, by their own keys and stores.
import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { nobody } from '../src/oci/testing/fakes.ts';
import { slipwayAside } from './support/clone.ts';
import { servedRegistry } from './support/registry.ts';
import { otherKey, release, sign } from './support/release.ts';

interface Finding {
  readonly rule: string;
  readonly severity: string;
  readonly message: string;
}

/** Findings of the rules about trust and structure that are asked for. */
async function lint(rules: RegExp, ...args: string[]): Promise<readonly string[]> {
  const done = await slipwayAside(['payload', 'lint', '--format', 'json', ...args]);
  assert.ok(done.code === 0 || done.code === 1, done.stderr);
  const { findings }: { findings: readonly Finding[] } = JSON.parse(done.stdout);
  const chosen = findings.filter(({ rule }) => rules.test(rule));
  if (chosen.some(({ severity }) => severity === 'error')) assert.equal(done.code, 1);
  return chosen.map(({ rule, severity, message }) => `${rule} ${severity}: ${message}`);
}

describe('payload lint', () => {
  it('judges an update by the keys and stores of the release that clusters run', async (t) => {
    const registry = await servedRegistry(t);
    const [stores, others] = ['store', 'other-store'].map((name) => join(registry.folder, name));
    const a = await release(registry, {}, { version: '4.21.0-okd-scos.1' });
    const b = await release(registry, {}, { version: '4.21.0-okd-scos.2', trusted: otherKey, store: others ?? '' });
    const edge = () => lint(/^T30[35]$/, '--from', a.reference, b.reference);

    const unsigned = await edge();
    assert.match(unsigned.join('\n'), /^T303 warning: It shares no key with 4\.21\.0-okd-scos\.1/);
    assert.match(
      unsigned.join('\n'),
      new RegExp(
        `T305 error: A cluster of 4\\.21\\.0-okd-scos\\.1 refuses it: the stores of .* have no signature of ${b.digest}: file://${stores}`,
      ),
    );
    // A signature where only the new release looks for it.
    await sign(b, { by: otherKey });
    assert.match((await edge()).join('\n'), /T305 error: .*have no signature/);
    // In the right store, but by a key that only the new release has.
    await sign(b, { by: otherKey, store: stores ?? '' });
    assert.match((await edge()).join('\n'), /T305 error: .* refuses it: /);
    assert.doesNotMatch((await edge()).join('\n'), /have no signature/);
    await sign(b, { store: stores ?? '' });
    assert.deepEqual(
      (await edge()).filter((line) => line.startsWith('T305')),
      [],
    );
    // The way back is one that the new release has to allow.
    assert.match((await lint(/^T305$/, '--from', b.reference, a.reference)).join('\n'), /T305 error/);
  });

  it('asks the stores of a release when told to, and compares the sizes that the registry has', async (t) => {
    const registry = await servedRegistry(t);
    const absent = `http://${await nobody()}/signatures`;
    const made = await release(registry, {}, { store: absent });
    assert.doesNotMatch((await lint(/^T302$/, made.reference)).join('\n'), /can not be asked/);
    assert.match(
      (await lint(/^T302$/, '--check-stores', made.reference)).join('\n'),
      new RegExp(`T302 error: A signature store can not be asked: ${absent}`),
    );
    const local = await release(registry, {}, { version: '4.21.0-okd-scos.8' });
    assert.deepEqual(await lint(/^(T302|P005)$/, '--check-stores', local.reference), []);
    const repository = registry.store.repository('okd/release');
    const { bytes } = await repository.manifest('4.21.0-okd-scos.8');
    const { layers }: { layers: readonly { digest: `sha256:${string}` }[] } = JSON.parse(Buffer.from(bytes).toString());
    // The lowest layer is not read to judge a release, only asked for.
    const [lowest] = layers;
    assert.ok(lowest !== undefined && layers.length > 1);
    await repository.deleteBlob(lowest.digest);
    assert.match(
      (await lint(/^P005$/, local.reference)).join('\n'),
      /P005 error: The registry does not have this part/,
    );
    await rm(registry.folder, { recursive: true, force: true });
  });
});
