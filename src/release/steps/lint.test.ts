import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import { configMap, file, imageStream, pushImage, temporaryRegistry } from '../../payload/testing/images.ts';
import { lintViews } from '../catalogue/views.ts';
import type { StepContext } from '../context.ts';
import { parseLintFindings } from '../kept/reports.ts';
import { lintStep } from './lint.ts';

it('weighs findings by the policy that the stream names, and keeps waived ones with their waiver', async (t) => {
  const registry = await temporaryRegistry(t);
  const staging = registry.repository('staging/release');
  const digest = await pushImage(staging, {
    layers: [
      [],
      [
        file('release-manifests/image-references', imageStream({})),
        file(
          'release-manifests/release-metadata',
          '{"kind": "cincinnati-metadata-v0", "version": "4.21.0-okd-scos.0"}',
        ),
        file('release-manifests/0000_50_a_1.yaml', configMap('a1', '{{.ReleaseImage}}')),
      ],
    ],
  });
  const folder = await mkdtemp(join(tmpdir(), 'slipway-lint-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const policy = join(folder, 'lint.yaml');
  let kept: unknown;
  const context = {
    release: { createdAt: new Date('2026-11-23T06:00:00Z') },
    definition: { lint: { policy } },
    repositories: {
      stagingRelease: staging,
      stagingContent: registry.repository('staging/content'),
      releaseName: 'example.org/okd/release',
    },
    evidence: {
      put: async (value: unknown) => {
        kept = value;
        return `sha256:${'0'.repeat(64)}`;
      },
    },
    outlines: { of: async () => [] },
    output: async () => ({ digest }),
  };
  const judge = async (text: string | undefined) => {
    if (text !== undefined) await writeFile(policy, text);
    const { definition, ...rest } = context;
    const judged = text === undefined ? { ...rest, definition: {} } : { ...rest, definition };
    const { state, detail } = await lintStep.run(judged as unknown as StepContext);
    const findings = parseLintFindings(JSON.parse(JSON.stringify(kept)), {});
    const shown = lintViews(findings).filter(({ rule }) => rule === 'M211');
    return {
      state,
      detail,
      shown,
      owners: findings.filter(({ rule }) => rule === 'M211').map(({ waiver }) => waiver?.owner),
    };
  };
  // A release of one manifest breaks more rules than this one.
  const others = 'severities: {P001: info, P002: info, P003: info, I105: info, I106: info, T301: info}\n';
  assert.deepEqual((await judge(undefined)).state, 'bad');
  assert.deepEqual(await judge(others), {
    state: 'bad',
    detail: '1 error, first M211: "{{.ReleaseImage}}" is a template, which is only rendered in /manifests.',
    owners: [undefined],
    shown: [
      {
        rule: 'M211',
        severity: 'error',
        message: '"{{.ReleaseImage}}" is a template, which is only rendered in /manifests.',
        place: '0000_50_a_1.yaml: 9: data.value',
      },
    ],
  });
  const waivers = (expires: string) =>
    `${others}waivers: [{rule: M211, reason: rendered by its operator, owner: me, expires: ${expires}}]\n`;
  const waived = await judge(waivers('2026-11-23'));
  assert.match(waived.detail, /^no errors, \d+ warnings?, 1 waived$/);
  assert.deepEqual([waived.state, waived.owners], ['done', ['me']]);
  assert.match(waived.shown[0]?.message ?? '', /\. Waived by me until 2026-11-23: rendered by its operator$/);
  assert.equal(waived.shown[0]?.severity, 'info');
  assert.equal((await judge(waivers('2026-11-22'))).state, 'bad');
  await assert.rejects(judge('severities: {X1: error}'), { code: 'PAYLOAD_LINT_POLICY_INVALID' });
});
