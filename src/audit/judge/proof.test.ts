// The whole ladder of proof, with packages that rpmbuild built and rpmsign signed, and a catalogue of createrepo's.
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { parseKeyring, readRpmdb } from '../../rpm/index.ts';
import { buildCatalogue, formatCatalogue } from '../catalogue/build.ts';
import { type Catalogue, parseCatalogue } from '../catalogue/model.ts';
import { folderRepository } from '../catalogue/source.ts';
import { auditImages } from '../facts/image.ts';
import { parsePolicy } from '../policy/parse.ts';
import { BuiltRpms, rpmToolsMissing as skip } from '../testing/built-rpms.ts';
import { MemorySource, makeLayer, type TestFiles, type TestLayer } from '../testing/image.ts';
import { judge } from './judge.ts';

const AT = new Date('2026-06-01T00:00:00Z');
const RPMDB = 'var/lib/rpm/rpmdb.sqlite';
const built = new BuiltRpms();
after(() => built.remove());

const files: Record<string, string> = {};
let keyrings: { readonly all: Buffer; readonly open: Buffer } = { all: Buffer.alloc(0), open: Buffer.alloc(0) };
let fingerprints: readonly string[] = [];
let catalogue: Catalogue | undefined;

/** A layer with the files of packages and the database that lists them. */
function layer(name: string, packages: readonly string[], changes: TestFiles = {}): TestLayer {
  const rpms = packages.map((each) => files[each] ?? '');
  const content = Object.assign({}, ...rpms.map((rpm) => built.payload(rpm)));
  return makeLayer({ ...content, [RPMDB]: built.database(`db-${name}`, rpms), ...changes });
}

const policy = () =>
  parsePolicy(
    `
kind: AuditPolicy
apiVersion: slipway.okd.io/v1
name: ladder
signers:
  - { owner: Open, verdict: allow, keys: [${fingerprints[0]}] }
  - { owner: Licensed, verdict: deny, keys: [${fingerprints[1]}] }
`,
    'policy.yaml',
  );

async function report(images: Readonly<Record<string, readonly TestLayer[]>>, deep = true, keyring = keyrings.all) {
  const source = new MemorySource();
  const facts = await auditImages(
    Object.entries(images).map(([name, layers]) => ({ name, source, reference: source.add(layers) })),
    { keyring: parseKeyring([keyring]), deep },
  );
  return judge(facts, policy(), { at: AT, catalogues: catalogue ? [catalogue] : [] });
}

const levels = ({ packages }: Awaited<ReturnType<typeof report>>) =>
  Object.fromEntries(packages.map(({ name, proof }) => [name, proof]));

before(async () => {
  if (skip !== false) return;
  const [open, licensed] = [built.key('Open'), built.key('Licensed')];
  keyrings = { all: Buffer.from(`${open}\n${licensed}`), open: Buffer.from(open) };
  fingerprints = parseKeyring([keyrings.all]).certificates.map(({ primary }) => primary.fingerprint);
  for (const [name, program, signer] of [
    ['listed', 'true', 'Open'],
    ['unlisted', 'false', 'Open'],
    ['licensed', 'env', 'Licensed'],
    ['scratch', 'id', undefined],
  ] as const) {
    files[name] = built.build({
      name,
      vendor: name,
      ...(signer === undefined ? {} : { signer }),
      install: ['mkdir -p %{buildroot}/usr/bin', `install -m 755 /usr/bin/${program} %{buildroot}/usr/bin/${name}`],
      files: [`/usr/bin/${name}`],
    });
  }
  const repository = built.path('repository');
  mkdirSync(repository);
  for (const name of ['listed', 'licensed'])
    copyFileSync(files[name] ?? '', `${repository}/${basename(files[name] ?? '')}`);
  built.run('createrepo_c', '--quiet', '--no-database', '--general-compress-type=gz', repository);
  catalogue = parseCatalogue(
    formatCatalogue(await buildCatalogue(folderRepository(repository), { name: 'open' })),
    'c',
  );
});

describe('proof', { skip }, () => {
  const all = ['listed', 'unlisted', 'licensed', 'scratch'];

  it('of L1 for words, L2 for a key id, L3 for a signature, L4 for a catalogue, L5 for files', async () => {
    const image = layer('all', all);
    const deep = await report({ a: [image] }, true, keyrings.open);
    assert.deepEqual(levels(deep), { licensed: 'L2', listed: 'L5', scratch: 'L1', unlisted: 'L3' });
    assert.deepEqual(
      deep.proof.map(({ level, packages }) => [level, packages]),
      [
        ['L0', 0],
        ['L1', 1],
        ['L2', 1],
        ['L3', 1],
        ['L4', 0],
        ['L5', 1],
      ],
    );
    assert.equal(deep.deep, true);
    assert.deepEqual(
      deep.catalogues.map(({ name, digest, packages }) => [name, digest, packages]),
      [['open', catalogue?.digest, 2]],
    );
    assert.ok(deep.findings.some(({ rule, message }) => rule === 'RPM-010' && /2 of its 4 packages/.test(message)));
    const shallow = await report({ a: [image] }, false);
    assert.deepEqual(levels(shallow), { licensed: 'L4', listed: 'L4', scratch: 'L1', unlisted: 'L3' });
    assert.equal(shallow.deep, false);
  });

  it('is lost where a file was changed, and the change is found (RPM-011)', async () => {
    const good = layer('good', ['listed']);
    const bad = makeLayer({ 'usr/bin/listed': 'changed later' });
    const found = await report({ a: [good, bad], b: [good] });
    assert.deepEqual(levels(found), { listed: 'L4' }, 'a package is as good as in the worst of its images');
    const changed = found.findings.find(({ rule }) => rule === 'RPM-011');
    assert.equal(changed?.origin?.layer, 2);
    assert.deepEqual(
      changed?.images.map(({ name }) => name),
      ['a'],
    );
    assert.match(
      changed?.subjects[0]?.evidence[0] ?? '',
      /^usr\/bin\/listed, of layer 2: [0-9a-f]{64} instead of [0-9a-f]{64}$/,
    );
    assert.equal(found.verdict, 'fail');
  });

  it('finds a program that was copied out of an image of a denied signer (BIN-001)', async () => {
    const program = built.payload(files.licensed ?? '')['usr/bin/licensed'] ?? '';
    const found = await report({
      clean: [layer('clean', ['listed'])],
      copier: [
        layer('copier', ['listed']),
        makeLayer({ 'opt/own-name': program }, 'COPY --from=build /usr/bin/licensed /opt/own-name'),
      ],
      owner: [layer('owner', ['licensed'])],
    });
    const [copied] = found.findings.filter(({ rule }) => rule === 'BIN-001');
    assert.deepEqual(
      copied?.images.map(({ name }) => name),
      ['copier'],
    );
    assert.equal(copied?.subjects[0]?.label, 'opt/own-name');
    assert.match(copied.message, /byte for byte a program of licensed-1:1\.0-1\.el9\.x86_64/);
    assert.deepEqual(copied.origin?.instructions, ['COPY --from=build /usr/bin/licensed /opt/own-name']);
  });

  it('agrees with rpmkeys: what rpm verifies with a key is L3 or more, what it does not is less', async () => {
    const root = built.path('keys');
    mkdirSync(root);
    built.run(
      'rpmkeys',
      '--dbpath',
      root,
      '--import',
      ...[keyrings.open].map((key, index) => {
        const file = built.path(`open-${index}.asc`);
        writeFileSync(file, key);
        return file;
      }),
    );
    const { packages } = readRpmdb(
      built.database(
        'agree',
        all.map((name) => files[name] ?? ''),
      ),
    );
    const proven = levels(await report({ a: [layer('agrees', all)] }, false, keyrings.open));
    for (const { name } of packages) {
      let accepted = true;
      try {
        const printed = built.run('rpmkeys', '--dbpath', root, '-Kv', files[name] ?? '');
        accepted = /Signature, key ID [0-9a-f]+: OK/.test(printed);
      } catch {
        // rpmkeys exits with 1 for a signature whose key it does not have.
        accepted = false;
      }
      assert.equal((proven[name] ?? 'L0') >= 'L3', accepted, name);
    }
  });
});
