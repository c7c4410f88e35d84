import type { Gap } from './evidence.ts';
import type { ImageFacts, LayerFacts } from './facts.ts';
import type { PackageFacts, RpmdbFacts } from './packages.ts';

/** A package of an image and the layers (0 is the lowest) between which it is there. */
export interface PackageOccurrence {
  readonly pkg: PackageFacts;
  /** Path of the database that lists it first. */
  readonly database: string;
  readonly layer: number;
  /** Layer that hides it; its bytes are still in the image and are distributed with it. */
  readonly hiddenBy: number | undefined;
}

const identities = new WeakMap<PackageFacts, string>();

/**
 * Equal for the same build of a package wherever it is installed, different as soon as anything that is judged
 * differs: a copy with a replaced vendor or a spoilt signature is another one although the signed header is the same.
 */
export function identityOf(pkg: PackageFacts): string {
  const known = identities.get(pkg);
  if (known !== undefined) return known;
  const identity = JSON.stringify([
    pkg.header,
    pkg.nevra,
    pkg.vendor,
    pkg.packager,
    pkg.buildHost,
    pkg.buildTime,
    pkg.sourceRpm,
    pkg.license,
    pkg.keyIds,
    pkg.headerDigest,
    pkg.signature,
    pkg.signedBy?.fingerprint,
    pkg.unsignedClaims,
  ]);
  identities.set(pkg, identity);
  return identity;
}

/** Does the layer remove `path` of lower layers? (OCI image-spec, Whiteouts) */
export function hides(layer: LayerFacts, path: string): boolean {
  return (
    layer.whiteouts.some((gone) => path === gone || path.startsWith(`${gone}/`)) ||
    layer.opaque.some((folder) => folder === '' || path.startsWith(`${folder}/`))
  );
}

/** What is at which path after all layers: the lower layers' entries go first, then this layer's come. */
function merge<T>(view: Map<string, T>, layer: LayerFacts, entries: Iterable<readonly [string, T]>): void {
  if (layer.whiteouts.length > 0 || layer.opaque.length > 0) {
    for (const path of [...view.keys()]) if (hides(layer, path)) view.delete(path);
  }
  for (const [path, value] of entries) view.set(path, value);
}

/** Evidence that counts only while it can be seen from inside: what a later layer replaced or removed is gone. */
export function visible<T extends { readonly path: string }>(
  image: ImageFacts,
  of: (layer: LayerFacts) => readonly T[],
): { readonly subject: T; readonly layer: number }[] {
  const view = new Map<string, { subject: T; layer: number }[]>();
  for (const [index, { facts }] of image.layers.entries()) {
    const byPath = Map.groupBy(of(facts), (subject) => subject.path);
    merge(
      view,
      facts,
      [...byPath].map(([path, subjects]) => [path, subjects.map((subject) => ({ subject, layer: index }))] as const),
    );
  }
  return [...view.values()].flat();
}

export interface PackageView {
  readonly packages: readonly PackageOccurrence[];
  /** Hard links named like evidence whose file can not be read. */
  readonly gaps: readonly { readonly subject: Gap; readonly layer: number }[];
}

/**
 * Every package of every database copy in every layer, with the layer that introduced it (spec audit.md § 4.4). Each
 * layer that touches a database carries a complete copy, so a package belongs to the first layer that lists it, under
 * whatever path.
 */
export function packagesOf(image: Pick<ImageFacts, 'layers'>): PackageView {
  const view = new Map<string, RpmdbFacts>();
  const files = new Map<string, RpmdbFacts>();
  const seen = new Map<string, { pkg: PackageFacts; database: string; layer: number; last: number }>();
  const gaps: { subject: Gap; layer: number }[] = [];
  for (const [index, { facts }] of image.layers.entries()) {
    const here: [string, RpmdbFacts][] = facts.rpmdbs.flatMap((copy) =>
      [copy.path, ...copy.links].map((path): [string, RpmdbFacts] => [path, copy]),
    );
    for (const [path, copy] of here) files.set(path, copy);
    for (const link of facts.looseLinks) {
      const copy = link.kind === 'rpmdb' ? files.get(link.target) : undefined;
      if (copy) here.push([link.path, copy]);
      else gaps.push({ subject: lost(link), layer: index });
    }
    merge(view, facts, here);
    for (const copy of new Set(here.map(([, copy]) => copy))) {
      for (const pkg of copy.packages) {
        const identity = identityOf(pkg);
        if (!seen.has(identity)) seen.set(identity, { pkg, database: copy.path, layer: index, last: -1 });
      }
    }
    for (const copy of new Set(view.values())) {
      for (const pkg of copy.packages) {
        const entry = seen.get(identityOf(pkg));
        if (entry) entry.last = index;
      }
    }
  }
  const top = image.layers.length - 1;
  const packages = [...seen.values()].map(({ pkg, database, layer, last }) => ({
    pkg,
    database,
    layer,
    hiddenBy: last === top ? undefined : Math.max(last, layer) + 1,
  }));
  return { packages, gaps };
}

const lost = ({ kind, path, target }: LayerFacts['looseLinks'][number]): Gap => ({
  kind,
  path,
  code: 'AUDIT_LINK_UNRESOLVED',
  message: `it is a hard link to ${target}, which this layer does not have${kind === 'rpmdb' ? ' and no lower one has as a database' : ''}.`,
});
