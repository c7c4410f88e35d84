import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parse } from 'yaml';
import { vectors } from '../testing/shared.ts';
import { mirrorInstructions, mirrorManifest } from './instructions.ts';

interface Vector {
  readonly type: 'icsp' | 'idms' | 'none';
  readonly from: string;
  readonly repositories: readonly string[];
  readonly to: readonly string[];
  readonly signatureDir: string;
  readonly output: string;
}

/** Entries of a list in order of their sources: oc's own order is that of chance. */
function sorted(text: string): string {
  return text.replace(/(?:^ *- mirrors:\n(?: +- .*\n)+ +source: .*\n)+/gm, (list) =>
    list
      .split(/^(?= *- mirrors:\n)/m)
      .sort((a, b) => ((/source: .*/.exec(a)?.[0] ?? '') < (/source: .*/.exec(b)?.[0] ?? '') ? -1 : 1))
      .join(''),
  );
}

const repository = (spec: string): string => spec.replace(/:[^/:]*$/, '');

describe('instructions for a mirror', () => {
  it("are oc's, but for the order of the sources", (t) => {
    let compared = 0;
    for (const { type, from, repositories, to, signatureDir, output } of vectors<Vector>(
      t,
      'mirror-instructions.json',
    )) {
      if (type === 'none' || output === '') continue;
      const sources = [...repositories, ...(from === '' ? [] : [repository(from)])];
      const mirrors = to.map((spec) => (spec.split('/').at(-1)?.includes(':') ? repository(spec) : spec));
      assert.equal(mirrorInstructions(type, { sources, mirrors }, signatureDir), sorted(output));
      compared++;
    }
    if (compared > 0) assert.equal(compared, 8);
  });

  it('have the same order whatever order the sources come in', () => {
    const sources = ['quay.io/okd/scos-release', 'quay.io/okd/scos-content', 'quay.io/a/b'];
    fc.assert(
      fc.property(fc.shuffledSubarray(sources, { minLength: 3 }), (shuffled) => {
        const mirrors = ['reg.local:5000/okd/release'];
        assert.equal(
          mirrorInstructions('idms', { sources: shuffled, mirrors }),
          mirrorInstructions('idms', { sources, mirrors }),
        );
      }),
    );
  });

  it('are there for tags as well', () => {
    const text = mirrorManifest(
      'itms',
      { sources: ['quay.io/okd/scos-release'], mirrors: ['reg.local/okd/release'] },
      'okd',
    );
    assert.deepEqual(parse(text), {
      apiVersion: 'config.openshift.io/v1',
      kind: 'ImageTagMirrorSet',
      metadata: { name: 'okd' },
      spec: { imageTagMirrors: [{ mirrors: ['reg.local/okd/release'], source: 'quay.io/okd/scos-release' }] },
    });
  });
});
