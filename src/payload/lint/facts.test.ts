import assert from 'node:assert/strict';
import { it } from 'node:test';
import { loadPayload } from '../info/load.ts';
import { AT, digest } from '../testing/facts.ts';
import { file, imageStream, pushImage, temporaryRegistry } from '../testing/images.ts';
import { gatherFacts } from './facts.ts';
import { lintFacts } from './lint.ts';

it('a component whose name is no pull spec is a finding of P006, beside all others', async (t) => {
  const repository = (await temporaryRegistry(t)).repository('okd/release');
  const names = ['http://quay.io/x/y', 'quay.io/X/y', 'quay.io/x/\u001b[2Ky'];
  const specs = Object.fromEntries(names.map((name, index) => [`a${index}`, `${name}@${digest('a')}`]));
  const layer = {
    'image-references': imageStream(specs),
    'release-metadata': JSON.stringify({ kind: 'cincinnati-metadata-v0', version: '4.21.0-okd-scos.0', previous: [] }),
    '0000_50_a_1.yaml': 'a: b: c',
  };
  const entries = Object.entries(layer).map(([name, text]) => file(`release-manifests/${name}`, text));
  const release = await pushImage(repository, { layers: [[file('etc/os-release', ''), ...entries]] });
  const payload = await loadPayload(repository, release);
  const judged = await gatherFacts(payload, { resolve: () => repository, release: repository, at: AT });
  const found = lintFacts(judged).filter(({ severity }) => severity === 'error');
  assert.deepEqual(
    found.filter(({ rule }) => rule === 'P006').map(({ place }) => place.image),
    Object.values(specs),
  );
  assert.ok(found.some(({ rule }) => rule === 'M201'));
});
