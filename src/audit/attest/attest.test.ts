import assert from 'node:assert/strict';
import { createHash, createPublicKey, verify } from 'node:crypto';
import { before, describe, it } from 'node:test';
import { digestOf, MEDIA, RegistryClient, type Repository } from '../../oci/index.ts';
import { debianRegistry } from '../../oci/testing/debian-registry.ts';
import { lacks } from '../../oci/testing/fakes.ts';
import { scratch, serve } from '../../oci/testing/images.ts';
import { generateAttestationKey, loadAttestationKey } from '../../sign/index.ts';
import { prettyJson } from '../../util/index.ts';
import type { AuditReport } from '../model/report.ts';
import { CONTEXT, sampleReport } from '../testing/report.ts';
import { attestationsOf, type SignedAttestation, signAttestation } from './attestations.ts';
import { PREDICATES } from './predicates.ts';
import { attachAttestations, attachDocument, cosignTag, findAttestations } from './registry.ts';

const made = generateAttestationKey();
const privateKey = loadAttestationKey(made.privateKey, 'private');
const publicKey = loadAttestationKey(made.publicKey, 'public');
const stranger = loadAttestationKey(generateAttestationKey().publicKey, 'public');

let report: AuditReport;
before(async () => {
  report = await sampleReport();
});

/** A manifest of a repository, and the report as if it were the release. */
async function release(repository: Repository) {
  const config = Buffer.from('{}');
  await repository.putBlob({ digest: digestOf(config), size: config.length }, config);
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.ociManifest,
      config: { mediaType: MEDIA.ociConfig, digest: digestOf(config), size: config.length },
      layers: [],
    }),
  );
  const digest = await repository.putManifest('v1', MEDIA.ociManifest, bytes);
  const payload = { name: 'v1', digest, pullSpec: `${repository.name}@${digest}` };
  return { subject: { mediaType: MEDIA.ociManifest, digest, size: bytes.length }, context: { ...CONTEXT, payload } };
}

const ofRelease = (context: typeof CONTEXT): SignedAttestation[] =>
  [...attestationsOf(report, context)]
    .filter(({ image }) => image === null)
    .map((each) => signAttestation(each, privateKey));

const statementOf = ({ statement }: { statement: Uint8Array }) => JSON.parse(Buffer.from(statement).toString());

describe('statements', () => {
  it('cover the release with every image, and each image alone', () => {
    const all = [...attestationsOf(report, CONTEXT)];
    assert.deepEqual(
      all.map(({ name }) => name),
      [
        'release.test-result',
        'release.vsa',
        'release.cyclonedx',
        'release.spdx',
        ...['base-stream', 'branding', 'driver', 'web'].flatMap((name) => [`${name}.cyclonedx`, `${name}.spdx`]),
      ],
    );
    const [result, vsa, sbom] = all.map(statementOf);
    assert.equal(result._type, 'https://in-toto.io/Statement/v1');
    assert.deepEqual(
      result.subject.map(({ digest }: { digest: { sha256: string } }) => `sha256:${digest.sha256}`),
      [CONTEXT.payload?.digest, ...report.images.map(({ digest }) => digest)],
    );
    assert.equal(result.predicate.result, 'FAILED');
    assert.deepEqual(result.predicate.failedTests, ['RPM-004', 'RPM-006']);
    assert.ok(result.predicate.passedTests.includes('RPM-003'));
    const configured = result.predicate.configuration.at(-1);
    assert.deepEqual(configured, {
      name: 'report',
      digest: { sha256: createHash('sha256').update(prettyJson(report)).digest('hex') },
    });
    assert.equal(vsa.predicate.verificationResult, 'FAILED');
    assert.equal(vsa.predicate.timeVerified, '2026-06-02T08:30:00Z');
    assert.equal(vsa.predicate.resourceUri, CONTEXT.payload?.pullSpec);
    assert.equal(sbom.subject.length, 1);
    assert.equal(sbom.predicate.bomFormat, 'CycloneDX');
    for (const { statement, predicateType } of all) {
      assert.equal(statementOf({ statement }).predicateType, predicateType);
      assert.ok(PREDICATES.some(({ type }) => type === predicateType));
    }
  });

  it('are the same bytes each time', () => {
    const [one, other] = [[...attestationsOf(report, CONTEXT)], [...attestationsOf(structuredClone(report), CONTEXT)]];
    assert.deepEqual(one, other);
  });

  it('say PASSED and WARNED by what is open', () => {
    const without = (severity: string): AuditReport => ({
      ...report,
      verdict: 'pass',
      findings: report.findings
        .filter(({ status }) => status !== 'open')
        .concat(report.findings.filter(({ status }) => status === 'open').slice(0, severity === 'warn' ? 1 : 0))
        .map((finding) => ({ ...finding, severity: 'warn' as const })),
    });
    const resultOf = (of: AuditReport): string => {
      const [first] = attestationsOf(of, CONTEXT);
      assert.ok(first);
      return statementOf(first).predicate.result;
    };
    assert.equal(resultOf(without('warn')), 'WARNED');
    assert.equal(resultOf(without('')), 'PASSED');
  });
});

/** The way of anybody without this program: the registry's own API and node:crypto. */
async function verifyByHand(url: string, path: string, digest: string): Promise<string[]> {
  const get = async (what: string): Promise<Buffer> => {
    const answer = await fetch(`${url}/v2/${path}/${what}`, {
      headers: { accept: `${MEDIA.ociManifest}, ${MEDIA.ociIndex}` },
    });
    assert.equal(answer.status, 200, what);
    return Buffer.from(await answer.arrayBuffer());
  };
  const json = async (what: string) => JSON.parse((await get(what)).toString());
  const list = await json(
    `referrers/${digest}?artifactType=${encodeURIComponent('application/vnd.in-toto+json')}`,
  ).catch(
    // A registry before 1.1 has the list under a tag.
    () => json(`manifests/${digest.replace(':', '-')}`),
  );
  const types: string[] = [];
  for (const { digest: referrer } of list.manifests) {
    const { layers, subject } = await json(`manifests/${referrer}`);
    assert.equal(subject.digest, digest);
    const { payloadType, payload, signatures } = await json(`blobs/${layers[0].digest}`);
    const body = Buffer.from(payload, 'base64');
    const pae = Buffer.concat([Buffer.from(`DSSEv1 ${payloadType.length} ${payloadType} ${body.length} `), body]);
    const signature = Buffer.from(signatures[0].sig, 'base64');
    assert.ok(verify('sha256', pae, createPublicKey(made.publicKey), signature));
    const statement = JSON.parse(body.toString());
    assert.equal(`sha256:${statement.subject[0].digest.sha256}`, digest);
    types.push(statement.predicateType);
  }
  return types.sort();
}

async function roundTrip(repository: Repository, url: string, path: string): Promise<void> {
  const { subject, context } = await release(repository);
  const attestations = ofRelease(context);
  const digests = await attachAttestations(repository, subject, attestations);
  const types = attestations.map(({ predicateType }) => predicateType).sort();
  assert.deepEqual(await verifyByHand(url, path, subject.digest), types);
  const found = await findAttestations(repository, subject.digest, [publicKey]);
  assert.deepEqual(
    found.map(({ predicateType, keyIds, refused }) => [predicateType, keyIds.join(), refused]),
    types.map((type) => [type, made.keyId, null]),
  );
  // Once more with the same envelopes: nothing new.
  assert.deepEqual(await attachAttestations(repository, subject, attestations), digests);
  assert.equal((await repository.referrers(subject.digest)).length, digests.length);
  // What a key did not sign is there, and is told to be refused.
  const untrusted = await findAttestations(repository, subject.digest, [stranger]);
  assert.ok(
    untrusted.every(({ statement, refused }) => statement === null && /0 of 1 trusted keys/.test(refused ?? '')),
  );
  assert.equal(untrusted.length, types.length);
}

describe('attestations in a registry', () => {
  it('are referrers of the release in the embedded registry', async (t) => {
    const { host, url } = await serve(t, await scratch(t));
    await roundTrip(new RegistryClient().repository(`${host}/okd/release`), url, 'okd/release');
  });

  it("are listed under a tag in Debian's docker-registry", { skip: lacks('docker-registry') }, async (t) => {
    const host = await debianRegistry(t);
    const client = new RegistryClient({ backoff: 100, retries: 6 });
    await roundTrip(client.repository(`${host}/okd/release`), `http://${host}`, 'okd/release');
  });

  it('have the layout that cosign reads', async (t) => {
    const { store } = await serve(t, await scratch(t));
    const repository = store.repository('okd/release');
    const { subject, context } = await release(repository);
    const attestations = ofRelease(context);
    await attachAttestations(repository, subject, attestations);
    const manifest = JSON.parse(Buffer.from((await repository.manifest(cosignTag(subject.digest))).bytes).toString());
    assert.deepEqual(
      manifest.layers.map(({ annotations }: { annotations: object }) => annotations),
      attestations.map(({ predicateType }) => ({ 'dev.cosignproject.cosign/signature': '', predicateType })),
    );
    assert.ok(
      manifest.layers.every(
        ({ mediaType }: { mediaType: string }) => mediaType === 'application/vnd.dsse.envelope.v1+json',
      ),
    );
  });

  it('of another image do not count, whoever signed them', async (t) => {
    const { store } = await serve(t, await scratch(t));
    const repository = store.repository('okd/release');
    const { subject, context } = await release(repository);
    const other = { ...context, payload: { name: 'other', digest: `sha256:${'cd'.repeat(32)}`, pullSpec: 'other' } };
    await attachAttestations(repository, subject, ofRelease(other));
    const found = await findAttestations(repository, subject.digest, [publicKey]);
    assert.equal(found.length, 4);
    for (const { statement, refused } of found) {
      assert.equal(statement, null);
      assert.match(refused ?? '', /not about this image/);
    }
  });

  it('stand beside plain SBOMs', async (t) => {
    const { store } = await serve(t, await scratch(t));
    const repository = store.repository('okd/release');
    const { subject } = await release(repository);
    const mediaType = 'application/spdx+json';
    await attachDocument(repository, subject, { mediaType, bytes: Buffer.from('{}') }, 'release.spdx.json');
    assert.equal((await repository.referrers(subject.digest, mediaType)).length, 1);
    assert.deepEqual(await findAttestations(repository, subject.digest, [publicKey]), []);
  });
});
