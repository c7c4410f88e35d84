import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { digestOf } from '../../oci/index.ts';
import {
  emptyImageStream,
  formatInput,
  newPayload,
  parseMappings,
  preparePayload,
  readMappingFile,
  reproducePayload,
} from '../index.ts';
import { temporaryRegistry } from '../testing/images.ts';
import { recorded } from '../testing/recorded.ts';
import type { PayloadInput, PreparedPayload, PrepareOptions } from './options.ts';

const RELEASE = '127.0.0.1:5099/okd/release';
const FULL = '4.99.0-0.okd-scos-2024-06-01-000000';
const MULTI = '127.0.0.1:5099/multi/release';

type Golden = NonNullable<Awaited<ReturnType<typeof recorded>>>;

/** A recorded run of `oc adm release new`, with what was typed. */
interface Run {
  readonly file: string;
  readonly input: (golden: Golden) => PayloadInput | Promise<PayloadInput>;
  readonly options: Partial<PrepareOptions>;
  /** Image that the recording pushed, whose payload layer must come out the same. */
  readonly pushed?: readonly [repository: string, tag: string];
}

const stream =
  (name: string) =>
  (golden: Golden): PayloadInput => ({ imageStream: golden.stream(name) });
const release =
  (repository: string, tag: string) =>
  async (golden: Golden): Promise<PayloadInput> => ({ fromRelease: await golden.load(repository, tag) });

const INCLUDE = ['cli', 'cli-artifacts', 'installer', 'installer-artifacts', 'cloud-credential-operator'];

const RUNS: readonly Run[] = [
  {
    file: 'new-full.txt',
    input: stream('is.json'),
    options: { name: FULL, previous: ['4.98.1', '4.98.0'], metadata: { url: 'https://okd.io/x' }, include: INCLUDE },
    pushed: [RELEASE, FULL],
  },
  {
    file: 'new-plain.txt',
    input: stream('is.json'),
    options: { name: '4.99.4', previous: ['4.99.3'] },
    pushed: [RELEASE, '4.99.4'],
  },
  {
    file: 'mapping-file.txt',
    input: () => ({ imageStream: emptyImageStream() }),
    options: { name: '4.99.3' },
    pushed: [RELEASE, '4.99.3'],
  },
  {
    file: 'fromrelease-mapping.txt',
    input: release(RELEASE, '4.99.4'),
    options: { name: '4.99.5', overrides: parseMappings(['second-operator=127.0.0.1:5099/okd/content:unused-image']) },
    pushed: [RELEASE, '4.99.5'],
  },
  { file: 'reproduce-plain-dry.txt', input: release(RELEASE, '4.99.4'), options: {}, pushed: [RELEASE, '4.99.4'] },
  {
    file: 'reproduce-plain-bydigest.txt',
    input: release(RELEASE, 'sha256:71d59a91788dbebe214cca1f9c8a30bee3c5ded62c9ecd2d7a745bf22f445cd8'),
    options: {},
    pushed: [RELEASE, '4.99.4'],
  },
  { file: 'reproduce-plain-image.txt', input: release(RELEASE, '4.99.4'), options: {}, pushed: [RELEASE, '4.99.4'] },
  { file: 'reproduce.txt', input: release(RELEASE, FULL), options: {} },
  { file: 'reproduce-again-image.txt', input: release(RELEASE, FULL), options: {} },
  {
    file: 'multi-new.txt',
    input: stream('is-multi.json'),
    options: { name: '4.99.20', metadata: { 'release.openshift.io/architecture': 'multi' }, keepManifestList: true },
    pushed: [MULTI, '4.99.20'],
  },
  {
    file: 'multi-new-nokeep.txt',
    input: stream('is-multi.json'),
    options: { name: '4.99.21' },
    pushed: [MULTI, '4.99.21'],
  },
  { file: 'multilayer-operator.txt', input: stream('is-ml.json'), options: { name: '4.99.7' } },
  {
    file: 'multilayer-operator-override.txt',
    input: stream('is.json'),
    options: { name: '4.99.7', overrides: parseMappings(['second-operator=127.0.0.1:5099/okd/content:ml']) },
  },
  {
    file: 'fromrelease-override.txt',
    input: release(RELEASE, FULL),
    options: { name: '4.99.1', overrides: parseMappings(['hyperkube=127.0.0.1:5099/okd/content:kube-rbac-proxy']) },
  },
  {
    file: 'err-missing-base.txt',
    input: stream('is.json'),
    options: { name: FULL, exclude: ['cluster-version-operator'] },
  },
  { file: 'err-missing-image.txt', input: stream('is.json'), options: { name: FULL, exclude: ['hyperkube'] } },
  { file: 'err-name.txt', input: stream('is.json'), options: { name: '4.99' } },
  {
    file: 'allow-missing.txt',
    input: stream('is.json'),
    options: { name: FULL, exclude: ['hyperkube'], allowMissingImages: true },
  },
  { file: 'compver-bad.txt', input: stream('is.json'), options: { name: '4.99.6', componentVersions: 'k=5.14.0' } },
];

/** What oc says it loads comes in the order in which the registry answered. */
const unordered = (lines: readonly string[]): readonly string[] =>
  lines.filter((line) => line.startsWith('info: ') && !line.startsWith('info: Pushed')).sort();

describe("recorded runs of oc's release new", () => {
  for (const { file, input, options, pushed } of RUNS)
    it(file, async (t) => {
      const golden = await recorded(t);
      if (golden === undefined) return;
      const mappings =
        file === 'mapping-file.txt'
          ? parseMappings(readMappingFile(readFileSync(`${golden.folder}inputs/mapping.txt`, 'utf8'), 'mapping.txt'))
          : options.overrides;
      const before = pushed && (await golden.load(...pushed));
      const lines: string[] = [];
      const run = (): Promise<PreparedPayload> =>
        Promise.resolve(input(golden)).then((given) =>
          preparePayload(given, {
            creationTimestamp: new Date(before?.imageReferences.creationTimestamp ?? 0),
            resolve: golden.resolve,
            anyVersion: true,
            compat: 'oc',
            ...options,
            ...(mappings === undefined ? {} : { overrides: mappings }),
            onProgress: (line) => lines.push(`info: ${line}`),
          }),
        );
      const expected = golden.errors(file);
      const error = expected.find((line) => line.startsWith('error: '))?.slice('error: '.length);
      if (error === undefined || error === 'the release could not be reproduced from its inputs') {
        const made = await run();
        if (file.startsWith('multilayer'))
          assert.equal(
            made.files.some(({ name }) => name.includes('second-operator')),
            file.includes('override'),
          );
        if (error !== undefined) assert.equal(made.reproduced, false);
        // An override is stored by its tag there, and by its digest here (payload format § 1.12, B3).
        const pinned = file === 'fromrelease-mapping.txt';
        if (before && !pinned) assert.equal(made.layer.diffId, before.image.config.rootfs.diff_ids.at(-1));
      } else {
        await assert.rejects(run(), ({ message }: Error) => {
          assert.ok(
            message
              .toLowerCase()
              .includes(error.replace('unable to create a release: ', '').split(':')[0]?.toLowerCase() ?? error),
            `${message}\n${error}`,
          );
          return true;
        });
      }
      // What fails on the way says so before oc counts what it would have included.
      const wanted = unordered(expected).filter(
        (line) => error === undefined || lines.includes(line) || !line.includes('Included'),
      );
      assert.deepEqual(unordered(lines), wanted);
    });

  it('reproduce.txt and reproduce-again-image.txt: a release made with --include is made again all the same', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const full = await reproducePayload(await golden.load(RELEASE, FULL), { resolve: golden.resolve });
    // Go's deflate made the recorded layer, zlib this one.
    assert.deepEqual([full.equal, full.differences, full.recompressed], [true, [], true]);
  });

  it('multi-reproduce.txt: nothing is pushed to make a list again, and it is equal', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const payload = await golden.load(MULTI, '4.99.20');
    const multi = await reproducePayload(payload, { resolve: golden.resolve });
    assert.equal(multi.digest.recorded, payload.listDigest);
    assert.deepEqual([multi.equal, multi.differences], [true, []]);
  });

  it('new-to-dir: every file, byte for byte', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const folder = `${golden.folder}outputs/new-to-dir/`;
    const references: { metadata: { name: string; creationTimestamp: string } } = JSON.parse(
      readFileSync(`${folder}image-references`, 'utf8'),
    );
    const metadata: { previous: string[]; metadata?: Record<string, string> } = JSON.parse(
      readFileSync(`${folder}release-metadata`, 'utf8'),
    );
    const made = await preparePayload(
      { imageStream: golden.stream('is.json') },
      {
        name: references.metadata.name,
        creationTimestamp: new Date(references.metadata.creationTimestamp),
        resolve: golden.resolve,
        previous: metadata.previous,
        ...(metadata.metadata === undefined ? {} : { metadata: metadata.metadata }),
        anyVersion: true,
      },
    );
    assert.deepEqual(made.files.map(({ name }) => name).sort(), readdirSync(folder).sort());
    for (const { name, bytes } of made.files)
      assert.equal(digestOf(bytes), digestOf(readFileSync(`${folder}${name}`)), name);
  });

  it('compver.txt: -o json prints the input, and asks no registry', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const creationTimestamp = new Date('2026-11-23T02:55:03Z');
    const resolve = (): never => assert.fail('no registry is asked');
    assert.equal(
      formatInput({ imageStream: golden.stream('is.json') }, { name: '4.99.6', creationTimestamp, resolve }),
      golden.output('compver.txt'),
    );
  });

  it('compver.txt: a version given as an option counts, where oc loses it', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const options = { name: FULL, creationTimestamp: new Date(0), resolve: golden.resolve, exclude: ['hyperkube'] };
    const made = await preparePayload(
      { imageStream: golden.stream('is.json') },
      {
        ...options,
        allowMissingImages: true,
        componentVersions: 'kubernetes=1.30.9',
        componentVersionNames: 'kubernetes=Kubernetes',
      },
    );
    assert.match(Buffer.concat(made.files.map(({ bytes }) => Buffer.from(bytes))).toString(), /1\.30\.9/);
    for (const componentVersions of ['openssl=3.0.0', 'kubernetes=one'])
      await assert.rejects(
        preparePayload({ imageStream: golden.stream('is.json') }, { ...options, componentVersions }),
        {
          code: 'PAYLOAD_COMPONENT_VERSION_INVALID',
          place: { field: '--component-versions' },
        },
      );
  });

  it('an approval comes when the release is complete and pruned, and before anything of it is pushed', async (t) => {
    const golden = await recorded(t);
    if (golden === undefined) return;
    const to = (await temporaryRegistry(t)).repository('okd/release');
    const seen: string[] = [];
    await assert.rejects(
      newPayload(
        { imageStream: golden.stream('is.json') },
        {
          name: FULL,
          creationTimestamp: new Date(0),
          resolve: golden.resolve,
          to,
          approve: async ({ imageReferences, layer }) => {
            seen.push(...imageReferences.tags.map(({ name }) => name));
            assert.equal(await to.hasBlob(layer.digest), false);
            throw new Error('refused');
          },
        },
      ),
      { message: 'refused' },
    );
    assert.equal(seen.length, 8);
    assert.ok(!seen.includes('unused-image'));
    assert.deepEqual(await to.tags(), []);
  });
});
