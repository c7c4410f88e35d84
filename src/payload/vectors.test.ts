import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Readable } from 'node:stream';
import { describe, it } from 'node:test';
import { imageMapper } from './assemble/image-mapper.ts';
import { versionMapper } from './assemble/version-mapper.ts';
import { commitUrl, compareUrl } from './info/source-location.ts';
import { exclusionReason } from './manifest/inclusion.ts';
import { describeResource, parseManifests } from './manifest/parse.ts';
import { formatImageStream } from './stream/format.ts';
import { parseMappings } from './stream/mappings.ts';
import { imageStreamOf } from './stream/parse.ts';
import { formatPullSpec, parsePullSpec } from './stream/pull-spec.ts';
import { resolveTags } from './stream/reference-mode.ts';
import { shared, vectors } from './testing/shared.ts';
import { humanSize, shortDuration } from './text/human.ts';
import { MarkerPatch } from './tools/markers.ts';
import { formatComponentVersions, parseComponentVersions } from './versions/component-versions.ts';
import { sortUpgrades } from './versions/upgrades.ts';

/** The result of a call, or the message it throws. */
function attempt<T>(call: () => T): { value: T | null; error: string | null } {
  try {
    return { value: call(), error: null };
  } catch (error) {
    return { value: null, error: (error as Error).message };
  }
}

interface Version {
  readonly Version: string;
  readonly DisplayName: string;
}

describe('vectors computed by upstream functions', () => {
  it('component versions in labels', (t) => {
    const cases = vectors<{
      label: string;
      displayNames: string;
      result: Record<string, Version> | null;
      versionLabel: string;
      displayNameLabel: string;
      error: string | null;
    }>(t, 'component-versions-label.json');
    let periods = 0;
    for (const e of cases) {
      const { value, error } = attempt(() => parseComponentVersions(e.label, e.displayNames));
      if (e.error?.endsWith('symbols in [():-]')) {
        // oc 4.20 refused a period in display names; newer ones and Slipway take it (payload format § 1.4), and name it.
        const twin = cases.find(({ label, displayNames }) => label === e.label && displayNames === '');
        const taken = e.displayNames === 'ab=a.b';
        if (taken) periods += 1;
        assert.equal(error, taken ? twin?.error : e.error.replace('[():-]', '[().:-]'), JSON.stringify(e));
        continue;
      }
      assert.equal(error, e.error, JSON.stringify(e));
      if (value === null) continue;
      const result = Object.fromEntries(
        [...value].map(([key, { version, displayName }]) => [key, { Version: version, DisplayName: displayName }]),
      );
      assert.deepEqual(result, e.result ?? {}, JSON.stringify(e));
      assert.deepEqual(formatComponentVersions(value), { versions: e.versionLabel, displayNames: e.displayNameLabel });
    }
    assert.ok(cases.length === 0 || periods === 24);
  });

  it('image substitution', (t) => {
    for (const e of vectors<{
      images: Record<string, { SourceRepository: string; TargetPullSpec: string }>;
      input?: string;
      output?: string;
      error?: string;
    }>(t, 'image-mapper.json')) {
      const mappings = new Map(
        Object.entries(e.images).map(([name, { SourceRepository, TargetPullSpec }]) => [
          name,
          { sourceRepository: SourceRepository, targetPullSpec: TargetPullSpec },
        ]),
      );
      const { value, error } = attempt(() => Buffer.from(imageMapper(mappings)(Buffer.from(e.input ?? ''))).toString());
      assert.deepEqual({ value, error }, { value: e.output ?? null, error: e.error ?? null }, JSON.stringify(e));
    }
  });

  it('version substitution', (t) => {
    for (const e of vectors<{
      releaseName: string;
      versions: Record<string, Version> | null;
      tagsByName: Record<string, string[]> | null;
      input: string;
      output: string;
      error: string | null;
    }>(t, 'component-versions-mapper.json')) {
      const versions = new Map(
        Object.entries(e.versions ?? {}).map(([key, v]) => [key, { version: v.Version, displayName: v.DisplayName }]),
      );
      const map = versionMapper({
        releaseName: e.releaseName,
        versions,
        tagsByName: new Map(Object.entries(e.tagsByName ?? {})),
      });
      const { value, error } = attempt(() => Buffer.from(map(Buffer.from(e.input))).toString());
      assert.deepEqual({ value: value ?? '', error }, { value: e.output, error: e.error }, JSON.stringify(e));
    }
  });

  it('reference mode', (t) => {
    const status = { dockerImageRepository: '', publicDockerImageRepository: '', tags: [] };
    for (const e of vectors<{
      imageStream: Record<string, never>;
      mode: string;
      exclude: string[] | null;
      tags: unknown[] | null;
      error: string | null;
    }>(t, 'reference-mode.json')) {
      const stream = imageStreamOf(
        { kind: 'ImageStream', apiVersion: 'image.openshift.io/v1', ...e.imageStream },
        'is.json',
      );
      const { value, error } = attempt(() => resolveTags(stream, e.mode, new Set(e.exclude ?? [])).tags);
      assert.equal(error, e.error, JSON.stringify(e));
      const written = formatImageStream({
        name: '',
        annotations: {},
        labels: {},
        lookupLocal: false,
        tags: value ?? [],
        status,
      });
      assert.deepEqual(JSON.parse(written).spec.tags ?? [], e.tags ?? [], JSON.stringify(e));
    }
  });

  it('pull specs', (t) => {
    for (const e of vectors<{
      input: string;
      type?: string;
      parsed?: Record<string, string>;
      exact?: string;
      typedError: string | null;
    }>(t, 'image-reference.json')) {
      // file:// and s3:// references are places that oc mirrors to; a payload never names one
      if (e.type !== undefined) continue;
      const { value, error } = attempt(() => parsePullSpec(e.input));
      assert.equal(error, e.typedError);
      if (value === null) continue;
      assert.deepEqual(
        { Registry: value.registry, Namespace: value.namespace, Name: value.name, Tag: value.tag, ID: value.id },
        e.parsed,
      );
      assert.equal(formatPullSpec(value), e.exact);
    }
  });

  it('mapping arguments', (t) => {
    for (const e of vectors<{
      args: string[];
      mappings: { Source: string; Destination: string }[] | null;
      error: string | null;
    }>(t, 'mapping-args.json')) {
      const { value, error } = attempt(() => parseMappings(e.args, { compat: 'oc' }));
      assert.equal(error, e.error);
      assert.deepEqual(
        value?.map(({ source, destination }) => ({ Source: source, Destination: destination })) ?? null,
        e.mappings,
      );
    }
  });

  it('source locations', (t) => {
    for (const e of vectors<{ input: string; urlForRepoAndCommit: string; urlForRepoAndCommitRange: string }>(
      t,
      'source-location.json',
    )) {
      assert.equal(commitUrl(e.input, 'abc123'), e.urlForRepoAndCommit);
      assert.equal(compareUrl(e.input, 'abc', 'def'), e.urlForRepoAndCommitRange);
    }
  });

  it('durations and sizes', (t) => {
    const path = shared(t, 'vectors/human-format.json');
    if (path === undefined) return;
    const { durations, sizes } = JSON.parse(readFileSync(path, 'utf8'));
    for (const e of durations) assert.equal(shortDuration(e.seconds), e.short);
    for (const e of sizes) assert.equal(humanSize(e.bytes), e.humanSize);
  });

  it('upgrade lists', (t) => {
    const path = shared(t, 'vectors/semver-parse.json');
    if (path === undefined) return;
    const { sorted, sortedWithInvalid } = JSON.parse(readFileSync(path, 'utf8'));
    assert.deepEqual(sortUpgrades(sorted.toReversed()), sorted);
    assert.deepEqual(sortUpgrades(sortedWithInvalid), sortedWithInvalid);
  });

  it('manifest parsing', (t) => {
    for (const e of vectors<{ input: string; manifests: string[] | null; error: string | null }>(
      t,
      'manifest-parse.json',
    )) {
      const { value, error } = attempt(() => parseManifests(e.input, 'x.yaml').map(describeResource));
      assert.equal(error === null, e.error === null, `${JSON.stringify(e)}: ${error}`);
      if (e.error === null) assert.deepEqual(value, e.manifests ?? []);
      // the reasons that a person can act on are worded alike
      const reason = /(?:Resource with fields .*|Object 'Kind' is missing .*|duplicate resource: .*)$/.exec(
        e.error ?? '',
      );
      if (reason !== null) assert.ok(error?.endsWith(reason[0]), `${error} ends with ${reason[0]}`);
    }
  });

  it('manifest inclusion', (t) => {
    for (const e of vectors<{
      annotations: Record<string, string> | null;
      kind: string;
      reason: string | null;
      config: {
        profile: string;
        featureSet: string;
        enabledGates: string[];
        majorVersion: number | null;
        excludeIdentifier: string;
        capabilities: { knownCapabilities: string[]; enabledCapabilities?: string[] } | null;
      };
    }>(t, 'manifest-inclusion.json')) {
      const { profile, featureSet, enabledGates, majorVersion, excludeIdentifier, capabilities } = e.config;
      const gates = enabledGates.length > 0 || majorVersion !== null;
      const reason = exclusionReason(
        { annotations: e.annotations, kind: e.kind },
        {
          profile,
          featureSet,
          excludeIdentifier,
          ...(gates ? { enabledGates: new Set(enabledGates) } : {}),
          ...(majorVersion === null ? {} : { majorVersion }),
          ...(capabilities === null
            ? {}
            : {
                capabilities: {
                  known: capabilities.knownCapabilities,
                  enabled: capabilities.enabledCapabilities ?? [],
                },
              }),
        },
      );
      assert.equal(reason ?? null, e.reason, JSON.stringify(e));
    }
  });

  it('marker replacement, however the stream is cut', async (t) => {
    for (const e of vectors<{
      input: string;
      output: string;
      bufferSize: number;
      replacements: { name: string; marker: string; value: string }[];
      error: string | null;
      warning: string;
    }>(t, 'copy-and-replace.json')) {
      for (const length of [1, 2, 3, 100]) {
        const { value: patch, error } = attempt(
          () =>
            new MarkerPatch(
              e.replacements.map((r) => ({ ...r, marker: Buffer.from(r.marker) })),
              { bufferSize: e.bufferSize },
            ),
        );
        assert.equal(error, e.error);
        if (patch === null) continue;
        const pieces = e.input.match(new RegExp(`.{1,${length}}`, 'g')) ?? [];
        const chunks: Buffer[] = [];
        for await (const chunk of Readable.from(pieces.map((piece) => Buffer.from(piece))).pipe(patch))
          chunks.push(chunk as Buffer);
        assert.equal(Buffer.concat(chunks).toString(), e.output);
        const left = patch.remaining.join(', ');
        assert.equal(
          left === '' ? '' : `warning: Unable to make all expected replacements in cmd.  Remaining: ${left}`,
          e.warning,
        );
      }
    }
  });
});
