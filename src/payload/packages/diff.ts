import { compareBytes, type GoValue, goJson } from '../text/index.ts';
import type { NodePackage } from './read.ts';

export interface PackageOptions {
  /** As oc: one version a name, the last that was found (payload format § 1.12, B11). */
  readonly compat?: boolean;
}

/** Name, or `name.arch` where a name stands for several architectures ► its versions. */
export type PackageVersions = ReadonlyMap<string, readonly string[]>;

export interface PackageDifference {
  readonly changed: readonly { readonly name: string; readonly from: string; readonly to: string }[];
  readonly added: readonly { readonly name: string; readonly version: string }[];
  readonly removed: readonly { readonly name: string; readonly version: string }[];
}

/** Names that one of the lists has for several architectures: there the architecture belongs to the name. */
function severalArchitectures(lists: readonly (readonly NodePackage[])[]): ReadonlySet<string> {
  const found = new Map<string, Set<string>>();
  for (const { name, arch } of lists.flat()) found.set(name, (found.get(name) ?? new Set()).add(arch));
  return new Set([...found].filter(([, archs]) => archs.size > 1).map(([name]) => name));
}

function versionsOf(
  packages: readonly NodePackage[],
  qualified: ReadonlySet<string>,
  compat: boolean,
): PackageVersions {
  const found = new Map<string, string[]>();
  for (const { name, version, arch } of packages) {
    const key = !compat && qualified.has(name) && arch !== '' ? `${name}.${arch}` : name;
    const known = found.get(key) ?? [];
    if (compat) found.set(key, [version]);
    else if (!known.includes(version)) found.set(key, [...known, version].sort(compareBytes));
  }
  return new Map([...found].sort(([a], [b]) => compareBytes(a, b)));
}

/** Packages by name; those of several versions keep them all. Pure. */
export function packageVersions(
  packages: readonly NodePackage[],
  { compat = false }: PackageOptions = {},
): PackageVersions {
  return versionsOf(packages, severalArchitectures([packages]), compat);
}

/** What is different between the packages of two node images. Pure. */
export function diffPackages(
  from: readonly NodePackage[],
  to: readonly NodePackage[],
  { compat = false }: PackageOptions = {},
): PackageDifference {
  const qualified = severalArchitectures([from, to]);
  const [before, after] = [versionsOf(from, qualified, compat), versionsOf(to, qualified, compat)];
  const only = (these: PackageVersions, those: PackageVersions) =>
    [...these].filter(([name]) => !those.has(name)).map(([name, versions]) => ({ name, version: versions.join(', ') }));
  return {
    changed: [...after].flatMap(([name, versions]) => {
      const [old, now] = [before.get(name)?.join(', '), versions.join(', ')];
      return old === undefined || old === now ? [] : [{ name, from: old, to: now }];
    }),
    added: only(after, before),
    removed: only(before, after),
  };
}

/** The text of `oc adm release info --rpmdb`. */
export function formatPackages(versions: PackageVersions): string {
  const lines = [...versions].flatMap(([name, all]) => all.map((version) => `  ${name}-${version}`));
  return `${['Package contents:', ...lines.sort(compareBytes)].join('\n')}\n`;
}

export function formatPackagesJson(versions: PackageVersions): string {
  return `${goJson(new Map([...versions].map(([name, all]) => [name, all.join(', ')])), '  ')}\n`;
}

/** The text of `oc adm release info A B --rpmdb-diff`; empty when nothing is different. */
export function formatPackageDifference({ changed, added, removed }: PackageDifference): string {
  const part = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)];
  return [
    ...part(
      'Changed:',
      changed.map(({ name, from, to }) => `${name} ${from} → ${to}`),
    ),
    ...part(
      'Removed:',
      removed.map(({ name, version }) => `${name} ${version}`),
    ),
    ...part(
      'Added:',
      added.map(({ name, version }) => `${name} ${version}`),
    ),
  ]
    .map((line) => `${line}\n`)
    .join('');
}

/** The value of `--rpmdb-diff -o json`; oc leaves out what is empty. */
export function packageDifferenceValue({ changed, added, removed }: PackageDifference): GoValue {
  const map = (entries: readonly (readonly [string, GoValue])[]): GoValue | undefined =>
    entries.length === 0 ? undefined : new Map(entries);
  return {
    changed: map(changed.map(({ name, from, to }) => [name, { old: from, new: to }])),
    added: map(added.map(({ name, version }) => [name, version])),
    removed: map(removed.map(({ name, version }) => [name, version])),
  };
}

export function formatPackageDifferenceJson(difference: PackageDifference): string {
  return `${goJson(packageDifferenceValue(difference), '  ')}\n`;
}
