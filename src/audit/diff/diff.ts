import type { ComparedReport } from './compared.ts';

type Finding = ComparedReport['findings'][number];
type Image = ComparedReport['images'][number];
type Base = ComparedReport['bases'][number];
type Signer = ComparedReport['signers'][number];

/** A package that changed in images: `null` where it is not there. */
export interface PackageChange {
  /** `name.arch` */
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
  /** Who signed what is there now, or was there before. */
  readonly signer: string | null;
  readonly images: readonly string[];
}

export interface BaseDifference {
  readonly before: string | null;
  readonly after: string | null;
  /** Signers that only one of them has. */
  readonly signersAdded: readonly string[];
  readonly signersRemoved: readonly string[];
  readonly images: readonly string[];
}

/** What differs between the audits of two releases. */
export interface AuditDifference {
  readonly kind: 'AuditDifference';
  readonly apiVersion: 'slipway.okd.io/v1';
  readonly verdict: { readonly before: ComparedReport['verdict']; readonly after: ComparedReport['verdict'] };
  readonly images: { readonly added: readonly string[]; readonly removed: readonly string[] };
  readonly packages: readonly PackageChange[];
  readonly signers: { readonly added: readonly Signer[]; readonly removed: readonly Signer[] };
  readonly bases: readonly BaseDifference[];
  /** Findings by what lasts when images are built again, so that a rebuilt layer is no difference. */
  readonly findings: { readonly added: readonly Finding[]; readonly gone: readonly Finding[] };
}

const text = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** Compares the reports of two releases. Pure; the order of either's images does not matter. */
export function diffReports(before: ComparedReport, after: ComparedReport): AuditDifference {
  const names = (report: ComparedReport): string[] => report.images.map(({ name }) => name);
  return {
    kind: 'AuditDifference',
    apiVersion: 'slipway.okd.io/v1',
    verdict: { before: before.verdict, after: after.verdict },
    images: { added: missing(names(after), names(before)), removed: missing(names(before), names(after)) },
    packages: packageChanges(before, after),
    signers: { added: newSigners(before, after), removed: newSigners(after, before) },
    bases: baseDifferences(before, after),
    findings: { added: newFindings(before, after), gone: newFindings(after, before) },
  };
}

const missing = (these: readonly string[], those: readonly string[]): string[] => {
  const known = new Set(those);
  return [...new Set(these)].filter((name) => !known.has(name)).sort();
};

/** `name.arch` ► versions of what can be seen in an image, with their signer. */
function contentOf(
  report: ComparedReport,
  image: Image | undefined,
): Map<string, { version: string; signer: string | null }> {
  const found = new Map<string, { version: string; signer: string | null }>();
  for (const { package: index, hiddenBy } of image?.contents ?? []) {
    const pkg = report.packages[index];
    if (!pkg || hiddenBy !== null) continue;
    const arch = pkg.nevra.slice(pkg.nevra.lastIndexOf('.') + 1);
    const key = `${pkg.name}.${arch}`;
    const version = pkg.nevra.slice(pkg.name.length + 1, -arch.length - 1);
    const other = found.get(key);
    const versions = other === undefined ? version : [other.version, version].sort().join(', ');
    found.set(key, { version: versions, signer: pkg.signer });
  }
  return found;
}

function packageChanges(before: ComparedReport, after: ComparedReport): PackageChange[] {
  const changes = new Map<string, Omit<PackageChange, 'images'> & { images: string[] }>();
  const common = after.images.filter(({ name }) => before.images.some((image) => image.name === name));
  for (const image of common) {
    const old = contentOf(
      before,
      before.images.find(({ name }) => name === image.name),
    );
    const now = contentOf(after, image);
    for (const name of new Set([...old.keys(), ...now.keys()])) {
      const [was, is] = [old.get(name), now.get(name)];
      // The same version by another hand is the very change that an audit is there to tell.
      if (was?.version === is?.version && was?.signer === is?.signer) continue;
      const change = {
        name,
        before: was?.version ?? null,
        after: is?.version ?? null,
        signer: (is ?? was)?.signer ?? null,
      };
      const key = JSON.stringify(change);
      const known = changes.get(key) ?? { ...change, images: [] };
      known.images.push(image.name);
      changes.set(key, known);
    }
  }
  return [...changes].sort(([a], [b]) => text(a, b)).map(([, change]) => ({ ...change, images: change.images.sort() }));
}

const newSigners = (before: ComparedReport, after: ComparedReport): Signer[] =>
  after.signers.filter(({ keyId }) => !before.signers.some((signer) => signer.keyId === keyId));

function baseDifferences(before: ComparedReport, after: ComparedReport): BaseDifference[] {
  const baseOf = (report: ComparedReport, image: string): Base | undefined =>
    report.bases.find(({ images }) => images.includes(image));
  const named = (base: Base | undefined): string[] =>
    (base?.signers ?? []).map(({ owner, keyId }) => `${owner}, key ${keyId}`);
  const found = after.images.flatMap(({ name }) => {
    const [was, is] = [baseOf(before, name), baseOf(after, name)];
    const known = before.images.some((image) => image.name === name);
    if (!known || was?.chainId === is?.chainId) return [];
    return { was, is, name };
  });
  return [...Map.groupBy(found, ({ was, is }) => `${was?.chainId} ${is?.chainId}`).values()].flatMap((same) => {
    const [one] = same;
    if (!one) return [];
    return {
      before: one.was?.name ?? null,
      after: one.is?.name ?? null,
      signersAdded: missing(named(one.is), named(one.was)),
      signersRemoved: missing(named(one.was), named(one.is)),
      images: same.map(({ name }) => name).sort(),
    };
  });
}

/** Findings of which something was not there before. */
function newFindings(before: ComparedReport, after: ComparedReport): Finding[] {
  const keys = new Set(before.findings.flatMap(({ subjects }) => subjects.flatMap((subject) => subject.keys)));
  const ids = new Set(before.findings.map(({ id }) => id));
  return after.findings.filter(({ id, subjects }) => {
    const lasting = subjects.flatMap((subject) => subject.keys);
    return lasting.length === 0 ? !ids.has(id) : lasting.some((key) => !keys.has(key));
  });
}
