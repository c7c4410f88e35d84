import { sha256Hex } from '../../util/index.ts';
import { emptyLayer, type ImageFacts, type LayerFacts, type PackageFacts } from '../model/index.ts';
import type { PolicyCase, PolicyCasePackage } from './schema.ts';

const RPMDB = 'var/lib/rpm/rpmdb.sqlite';
const HISTORY = 'var/lib/dnf/history.sqlite';

const idOf = (fingerprint: string): string =>
  fingerprint.length === 64 ? fingerprint.slice(0, 16) : fingerprint.slice(-16);

function packageFacts(pkg: PolicyCasePackage): PackageFacts {
  const { name, epoch, version = '1.0', release = '1', arch = 'x86_64', signedBy, claims = [], tampered = false } = pkg;
  const keyId = signedBy === undefined ? undefined : idOf(signedBy);
  const claimed = signedBy === undefined ? claims : [idOf(signedBy), ...claims];
  const nothing = signedBy === undefined && claims.length === 0;
  return {
    name,
    epoch: epoch ?? null,
    version,
    release,
    arch,
    nevra: `${name}-${epoch === undefined ? '' : `${epoch}:`}${version}-${release}.${arch}`,
    vendor: pkg.vendor ?? null,
    packager: pkg.packager ?? null,
    buildHost: pkg.buildHost ?? null,
    buildTime: null,
    sourceRpm: pkg.sourceRpm ?? null,
    license: pkg.license ?? null,
    installTid: null,
    keyIds: [...new Set(claimed)],
    headerDigest: tampered ? 'bad' : 'ok',
    signature: nothing ? 'absent' : tampered ? 'bad' : signedBy === undefined ? 'no-key' : 'ok',
    signedBy: tampered || signedBy === undefined || keyId === undefined ? null : { keyId, fingerprint: signedBy },
    signatures: [],
    unsignedClaims: [],
    header: sha256Hex(JSON.stringify(pkg)),
  };
}

const empty = (diffId: string): LayerFacts =>
  emptyLayer({ digest: diffId, diffId, size: 0, keyring: `sha256:${sha256Hex('')}` });

function rpmdb(packages: readonly PackageFacts[]): LayerFacts['rpmdbs'] {
  const sha256 = sha256Hex(JSON.stringify(packages));
  const rest = { links: [], named: true, format: 'sqlite' as const, keys: [], logChanges: [], journal: null };
  return [{ path: RPMDB, sha256, packages: [...packages], ...rest }];
}

function history(packages: readonly PolicyCasePackage[]): LayerFacts['dnfHistories'] {
  const found = packages.flatMap((pkg) =>
    pkg.repository === undefined ? [] : [{ facts: packageFacts(pkg), repository: pkg.repository }],
  );
  if (found.length === 0) return [];
  return [
    {
      path: HISTORY,
      format: 'dnf4',
      transactions: [{ id: 1, begin: null, end: null, releasever: null, commandLine: null }],
      packages: found.map(({ facts: { nevra, name }, repository }) => ({
        nevra,
        name,
        repository,
        action: 'install',
        reason: 'user',
        transaction: 1,
      })),
    },
  ];
}

/** The facts of the image that a case makes up: one layer with everything, and one that hides what is to be hidden. */
export function factsOfCase(made: PolicyCase): ImageFacts {
  const { packages = [], repositories = [], contentSets, osRelease, certificates = [], unreadable = [] } = made;
  const digest = (what: string): string => `sha256:${sha256Hex(JSON.stringify([made, what]))}`;
  const lowest: LayerFacts = {
    ...empty(digest('layer 1')),
    rpmdbs: packages.length === 0 ? [] : rpmdb(packages.map(packageFacts)),
    osReleases:
      osRelease === undefined ? [] : [{ path: 'etc/os-release', id: osRelease, name: osRelease, versionId: '' }],
    repositories: repositories.map(({ id, urls = [], enabled = true, gpgcheck = true, sslverify = true }) => ({
      path: `etc/yum.repos.d/${id}.repo`,
      id,
      urls,
      enabled,
      gpgcheck,
      sslverify,
    })),
    contentManifests:
      contentSets === undefined
        ? []
        : [{ path: 'root/buildinfo/content_manifests/case.json', contentSets, layerIndex: null, fromDnfHint: false }],
    certificates: certificates.map((kind) => ({
      path: `etc/pki/${kind}/case.pem`,
      kind,
      privateKey: kind !== 'product',
      subject: '',
      issuer: '',
      sha256: sha256Hex(kind),
    })),
    dnfHistories: history(packages),
    gaps: unreadable.map((path) => ({ kind: 'rpmdb', path, code: 'AUDIT_CASE', message: 'the case says so.' })),
  };
  const visible = packages.filter(({ hidden }) => hidden !== true);
  const layers =
    visible.length === packages.length
      ? [lowest]
      : [lowest, { ...empty(digest('layer 2')), rpmdbs: rpmdb(visible.map(packageFacts)) }];
  return {
    name: made.component ?? 'component',
    digest: digest('image'),
    pullSpec: null,
    architecture: 'amd64',
    created: null,
    labels: made.labels ?? {},
    environment: made.environment ?? {},
    annotations: {},
    comments: [],
    diffIds: layers.map(({ diffId }) => diffId),
    layers: layers.map((facts, index) => ({ number: index + 1, createdBy: 'RUN case', span: ['RUN case'], facts })),
    base: false,
    files: null,
  };
}
