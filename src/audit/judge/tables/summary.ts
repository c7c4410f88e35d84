import {
  type AuditReport,
  type ImageFacts,
  identityOf,
  type PackageFacts,
  type PackageOccurrence,
  type Policy,
  type ReportContent,
  type ReportImage,
  type ReportOs,
  type ReportPackage,
  type ReportSigner,
  visible,
} from '../../model/index.ts';
import { DnfLog, type Examined, type Lineage } from '../../origin/index.ts';
import { PROOF_LEVELS, type ProofLevel, signerOf } from '../../rules/index.ts';
import { packageOf } from '../hits.ts';
import type { Proofs } from '../proofs.ts';

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Package occurrences by level of proof. */
export function proofTable(examined: readonly Examined[], proofs: Proofs): AuditReport['proof'] {
  const counts = new Map<ProofLevel, number>();
  for (const { image, packages } of examined) {
    for (const { pkg } of packages) {
      const level = proofs.in(image, pkg);
      counts.set(level, (counts.get(level) ?? 0) + 1);
    }
  }
  return (Object.keys(PROOF_LEVELS) as ProofLevel[]).map((level) => ({
    level,
    label: PROOF_LEVELS[level],
    packages: counts.get(level) ?? 0,
  }));
}

/** Who signed what, most packages first; unsigned packages are a line of their own. */
export function signerTable(examined: readonly Examined[], policy: Policy): ReportSigner[] {
  type Row = { -readonly [Key in keyof ReportSigner]: ReportSigner[Key] } & { seenIn: Set<string> };
  const rows = new Map<string, Row>();
  const signers = new Map<PackageFacts, ReturnType<typeof signerOf>>();
  for (const { image, packages } of examined) {
    for (const { pkg } of packages) {
      const signer = signers.get(pkg) ?? signerOf(pkg, policy);
      signers.set(pkg, signer);
      const unsigned = signer.keyId === null;
      const key = `${signer.keyId ?? ''} ${signer.fingerprint ?? ''}`;
      const row: Row = rows.get(key) ?? {
        keyId: signer.keyId ?? '',
        fingerprint: signer.fingerprint,
        owner: signer.entry?.owner ?? (unsigned ? 'unsigned' : 'unknown'),
        verdict: signer.entry?.verdict ?? (unsigned ? 'unsigned' : 'unknown'),
        packages: 0,
        verified: 0,
        images: 0,
        seenIn: new Set<string>(),
      };
      row.packages += 1;
      row.verified += signer.verified ? 1 : 0;
      row.seenIn.add(`${image.name} ${image.digest}`);
      row.images = row.seenIn.size;
      rows.set(key, row);
    }
  }
  return [...rows.values()]
    .map(({ seenIn: _, ...row }): ReportSigner => row)
    .sort(
      (a, b) => b.packages - a.packages || text(a.keyId, b.keyId) || text(a.fingerprint ?? '', b.fingerprint ?? ''),
    );
}

/** Every distinct package with the number of images that carry it, sorted by NEVRA, and where each stands by identity. */
export function packageTable(
  examined: readonly Examined[],
  policy: Policy,
  proofs: Proofs,
): { readonly packages: readonly ReportPackage[]; readonly places: ReadonlyMap<string, number> } {
  const rows = new Map<string, { pkg: PackageFacts; images: number; repositories: Set<string> }>();
  for (const { image, packages } of examined) {
    const log = new DnfLog(image);
    for (const { pkg, layer } of packages) {
      const row = rows.get(identityOf(pkg)) ?? { pkg, images: 0, repositories: new Set<string>() };
      row.images += 1;
      const repository = log.originOf(pkg, layer)?.repository ?? null;
      if (repository !== null) row.repositories.add(repository);
      rows.set(identityOf(pkg), row);
    }
  }
  const sorted = [...rows].sort(([a, { pkg: one }], [b, { pkg: other }]) => text(one.nevra, other.nevra) || text(a, b));
  return {
    packages: sorted.map(([, { pkg, images, repositories }]) => {
      const { epoch, version, release, arch } = pkg;
      const told = repositories.size > 0 ? [...repositories] : proofs.cataloguesOf(pkg);
      const repository = told.length === 1 ? (told[0] ?? null) : null;
      return { ...packageOf(pkg, policy, proofs.of(pkg)), epoch, version, release, arch, images, repository };
    }),
    places: new Map(sorted.map(([identity], place) => [identity, place])),
  };
}

function contentsOf(packages: readonly PackageOccurrence[], places: ReadonlyMap<string, number>): ReportContent[] {
  return packages
    .flatMap(({ pkg, database, layer, hiddenBy }) => {
      const place = places.get(identityOf(pkg));
      if (place === undefined) return [];
      return { package: place, database, layer: layer + 1, hiddenBy: hiddenBy === undefined ? null : hiddenBy + 1 };
    })
    .sort((a, b) => a.package - b.package);
}

/** What its os-release says; the one below /usr is what /etc's links to, so it comes first (os-release(5)). */
function osOf(image: ImageFacts): ReportOs | null {
  const found = visible(image, (facts) => facts.osReleases)
    .map(({ subject }) => subject)
    .sort((a, b) => text(b.path, a.path))[0];
  return found === undefined ? null : { id: found.id, name: found.name, versionId: found.versionId };
}

/** One image of the report. */
export function imageRow(
  { image, chainIds, packages, base, flattened }: Examined,
  policy: Policy,
  lineage: Lineage,
  places: ReadonlyMap<string, number>,
): ReportImage {
  const signers = new Map<string, number>();
  const introduced = new Map<number, number>();
  for (const { pkg, layer } of packages) {
    const { keyId } = signerOf(pkg, policy);
    if (keyId !== null) signers.set(keyId, (signers.get(keyId) ?? 0) + 1);
    introduced.set(layer, (introduced.get(layer) ?? 0) + 1);
  }
  const nevras = (hidden: boolean): string[] =>
    [
      ...new Set(packages.filter(({ hiddenBy }) => (hiddenBy !== undefined) === hidden).map(({ pkg }) => pkg.nevra)),
    ].sort();
  return {
    name: image.name,
    digest: image.digest,
    pullSpec: image.pullSpec,
    ...(image.platform === undefined ? {} : { platform: image.platform }),
    architecture: image.architecture,
    os: osOf(image),
    base: base?.name ?? null,
    baseBy: flattened ? 'transactions' : base ? 'layer' : null,
    packages: nevras(false),
    hiddenPackages: nevras(true),
    signers: [...signers]
      .map(([keyId, count]) => ({ keyId, packages: count }))
      .sort((a, b) => b.packages - a.packages || text(a.keyId, b.keyId)),
    layers: image.layers.map((layer, index) => ({
      number: layer.number,
      digest: layer.facts.digest,
      diffId: layer.facts.diffId,
      size: layer.facts.size,
      createdBy: layer.createdBy,
      base: lineage.introducing(chainIds, index)?.name ?? null,
      packages: introduced.get(index) ?? 0,
    })),
    contents: contentsOf(packages, places),
  };
}
