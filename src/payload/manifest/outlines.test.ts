import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { scratch } from '../../oci/testing/images.ts';
import { explainOutlines, explainPayload } from '../explain/explain.ts';
import { facts } from '../testing/facts.ts';
import { configMap } from '../testing/images.ts';
import { shared } from '../testing/shared.ts';
import { ManifestOutlines } from './outlines.ts';
import { parseManifests } from './parse.ts';
import { viewOf } from './view.ts';

const FILES = Object.fromEntries(
  Array.from({ length: 300 }, (_, n) => [`0000_50_a_${n}.yaml`, `${configMap(`a${n}`)}---\n${configMap(`b${n}`)}`]),
);

describe('outlines of manifests', () => {
  it('are read once, kept for the next process, and explain what the objects do', async (t) => {
    const folder = await scratch(t);
    const { payload } = await facts({ files: FILES });
    let read = 0;
    // Whoever parses looks at the bytes.
    const watched = {
      ...payload,
      files: payload.files.map((file) => ({
        ...file,
        get bytes() {
          read += 1;
          return file.bytes;
        },
      })),
    };
    const first = new ManifestOutlines(folder);
    const [one, two] = await Promise.all([first.of(watched), first.of(watched)]);
    assert.equal(one, two);
    assert.equal(read, 300);
    const next = new ManifestOutlines(folder);
    assert.deepEqual(await next.of(watched), one);
    assert.equal(read, 300);
    for (const cluster of [{}, { featureSet: 'OKD', capabilities: { baseline: 'None', additional: [] } }])
      assert.deepEqual(explainOutlines(payload, one, cluster), explainPayload(payload, cluster));
  });

  it('that are damaged on disk are made again', async (t) => {
    const folder = await scratch(t);
    const { payload } = await facts({ files: { 'a.yaml': configMap('a') } });
    const made = await new ManifestOutlines(folder).of(payload);
    const [name = ''] = await readdir(folder);
    const whole = await readFile(join(folder, name), 'utf8');
    for (const text of ['{', '[{"file": 1}]']) {
      await writeFile(join(folder, name), text);
      assert.deepEqual(await new ManifestOutlines(folder).of(payload), made);
      assert.equal(await readFile(join(folder, name), 'utf8'), whole);
    }
  });

  it('let others have their turn', async (t) => {
    const { payload } = await facts({
      files: Object.fromEntries(Array.from({ length: 2000 }, (_, n) => [`${n}.yaml`, configMap(`a${n}`)])),
    });
    const seen: number[] = [];
    const files = payload.files.map((file) => ({
      ...file,
      get bytes() {
        seen.push(turns);
        return file.bytes;
      },
    }));
    let turns = 0;
    let done = false;
    const spin = (): void => {
      turns += 1;
      if (!done) setImmediate(spin);
    };
    setImmediate(spin);
    await new ManifestOutlines(await scratch(t)).of({ ...payload, files });
    done = true;
    assert.equal(seen.length, 2000);
    assert.ok((seen.at(-1) ?? 0) > (seen[0] ?? 0), 'between the first file and the last others had a turn');
  });

  it('keep why a file is refused, and throw it as it was', async (t) => {
    const { payload } = await facts({ files: { 'a.yaml': configMap('a'), 'b.yaml': `${configMap('b')}---\nx: [` } });
    const files = await new ManifestOutlines(await scratch(t)).of(payload);
    assert.deepEqual(
      files.map(({ objects, refusal }) => [objects.length, refusal?.code]),
      [
        [1, undefined],
        [0, 'PAYLOAD_YAML_INVALID'],
      ],
    );
    const said = (work: () => unknown) => {
      try {
        work();
      } catch (error) {
        return { ...(error as object), message: (error as Error).message };
      }
      return undefined;
    };
    const refusal = said(() => explainPayload(payload));
    assert.match(refusal?.message ?? '', /^b\.yaml: invalid YAML/);
    assert.deepEqual(
      said(() => explainOutlines(payload, files)),
      refusal,
    );
  });

  it('have the gates of real FeatureGates', (t) => {
    const folder = shared(t, 'featuregates');
    if (folder === undefined) return;
    return readdir(folder).then(async (names) => {
      const texts = await Promise.all(
        names
          .filter((name) => name.endsWith('.yaml'))
          .map(async (name) => [name, await readFile(join(folder, name))] as const),
      );
      const manifests = texts.flatMap(([name, bytes]) => parseManifests(bytes, name));
      const { payload } = await facts({
        files: Object.fromEntries(texts.map(([name, bytes]) => [name, bytes.toString('utf8')])),
      });
      const outlines = await new ManifestOutlines(await scratch(t)).of(payload);
      for (const featureSet of ['Default', 'OKD', 'TechPreviewNoUpgrade']) {
        const view = viewOf(manifests, payload.metadata.version, { featureSet });
        assert.ok((view.enabledGates?.size ?? 0) > 10, featureSet);
        assert.deepEqual(
          viewOf(
            outlines.flatMap(({ objects }) => objects),
            payload.metadata.version,
            { featureSet },
          ),
          view,
        );
      }
    });
  });
});
