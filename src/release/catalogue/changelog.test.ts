import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AuditReport } from '../../audit/index.ts';
import type { Payload } from '../../payload/index.ts';
import { changelogOf } from './changelog.ts';

interface Part {
  readonly digest: string;
  readonly commit: string;
  readonly repository?: string;
}

/** Only what a changelog reads of a payload. */
function payload(parts: Readonly<Record<string, Part>>): Payload {
  const tags = Object.entries(parts).map(([name, { digest, commit, repository = 'https://github.com/o/r' }]) => ({
    name,
    from: { kind: 'DockerImage', name: `localhost/content@sha256:${digest.repeat(64)}` },
    annotations: { 'io.openshift.build.commit.id': commit, 'io.openshift.build.source-location': repository },
    generation: null,
    importPolicy: {},
    referencePolicy: { type: '' },
  }));
  const image = {
    config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
    digest: `sha256:${JSON.stringify(parts).length}`,
  };
  return {
    image,
    digest: image.digest,
    imageReferences: { tags },
    metadata: { version: '4.21.0', previous: [], next: [], metadata: {} },
    files: [],
  } as unknown as Payload;
}

const report = (...nevras: string[]): AuditReport =>
  ({ packages: nevras.map((nevra) => ({ name: nevra.replace(/-\d.*/, ''), nevra })) }) as unknown as AuditReport;

describe('changelogOf', () => {
  it('groups images that one change reached, and tells rebuilt from changed', () => {
    const from = payload({
      a: { digest: '1', commit: 'c1' },
      b: { digest: '2', commit: 'c1' },
      c: { digest: '3', commit: 'x' },
      d: { digest: '4', commit: 'y' },
      e: { digest: '5', commit: 'z' },
    });
    const to = payload({
      a: { digest: '6', commit: 'c2' },
      b: { digest: '7', commit: 'c2' },
      c: { digest: '8', commit: 'x' },
      e: { digest: '5', commit: 'z' },
      f: { digest: '9', commit: 'n' },
    });
    const changes = changelogOf(
      { payload: to, report: undefined },
      { name: 'before', payload: from, report: undefined },
    );
    assert.deepEqual([changes.from, changes.added, changes.removed, changes.rebuilt], ['before', ['f'], ['d'], ['c']]);
    assert.deepEqual(changes.changed, [
      {
        names: ['a', 'b'],
        repository: 'https://github.com/o/r',
        fromCommit: 'c1',
        toCommit: 'c2',
        compareUrl: 'https://github.com/o/r/compare/c1...c2',
      },
    ]);
  });

  it('compares packages by name and architecture, keeping all their versions', () => {
    const one = payload({ a: { digest: '1', commit: 'c' } });
    const changes = changelogOf(
      {
        payload: one,
        report: report(
          'bash-5.1-1.el9.x86_64',
          'kernel-5.14-2.el9.x86_64',
          'kernel-5.14-3.el9.x86_64',
          'jq-1.6-1.el9.x86_64',
        ),
      },
      {
        name: 'before',
        payload: one,
        report: report('bash-5.1-1.el9.x86_64', 'kernel-5.14-1.el9.x86_64', 'vim-9.0-1.el9.x86_64'),
      },
    );
    assert.deepEqual(changes.packages, {
      added: ['jq.x86_64 1.6-1.el9'],
      removed: ['vim.x86_64 9.0-1.el9'],
      changed: [{ name: 'kernel.x86_64', from: '5.14-1.el9', to: '5.14-2.el9, 5.14-3.el9' }],
    });
  });

  it('calls no package new when it is not known which there were', () => {
    const one = payload({ a: { digest: '1', commit: 'c' } });
    const known = { name: 'before', payload: one, report: report('bash-5.1-1.el9.x86_64') };
    const unknown = { ...known, report: undefined };
    assert.deepEqual([changelogOf(known, unknown).packages, changelogOf(unknown, known).packages], [null, null]);
  });
});
